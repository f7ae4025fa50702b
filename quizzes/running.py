"""The running tests of a person, as My learning and the course page show them."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.running import RunningStep
from quizzes.answer_states import count_by_attempt
from quizzes.attempt_pages import Clock
from quizzes.models.records import Attempt


def running_tests(user: User, course_key=None) -> list[RunningStep]:
    """The tests that may still be answered, in one course or in all. One query; at most three when a test is running."""
    now = timezone.now()
    attempts = Attempt.objects.of(user).open().filter(deadline__gt=now).select_related("enrolment__release")
    if course_key:
        attempts = attempts.filter(enrolment__course_key=course_key)
    rows = list(attempts)
    counts = count_by_attempt(user, rows) if rows else {}
    return [
        RunningStep(
            course_key=str(attempt.enrolment.course_key),
            title=attempt.quiz_title,
            language=attempt.enrolment.release.language,
            url=reverse("quizzes:attempt", args=[attempt.uuid]),
            started_at=attempt.started_at,
            closes_at=attempt.deadline,
            minutes_left=Clock(now, attempt.deadline).minutes,
            progress=counts[attempt.pk].words,
        )
        for attempt in rows
    ]
