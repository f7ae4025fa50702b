"""The running tests of a person, as My learning and the course page show them."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from courses.outline import course_page, pages_by_key
from courses.running import RunningStep
from quizzes.answer_states import count_by_attempt
from quizzes.attempt_pages import Clock
from quizzes.models.records import Attempt


def running_tests(user: User, course_key=None) -> list[RunningStep]:
    """The tests that may still be answered, in one course or in all. One query; at most four when a test is running."""
    now = timezone.now()
    attempts = Attempt.objects.of(user).open().filter(deadline__gt=now).with_title()
    attempts = attempts.select_related("enrolment__release")
    if course_key:
        attempts = attempts.filter(enrolment__course_key=course_key)
    rows = list(attempts)
    if not rows:
        return []
    counts = count_by_attempt(user, rows)
    courses = pages_by_key({str(attempt.enrolment.course_key) for attempt in rows}, get_language() or "")
    return [
        RunningStep(
            course=course_page(attempt.enrolment.release, courses),
            title=attempt.title,
            language=attempt.enrolment.release.language,
            url=reverse("quizzes:attempt", args=[attempt.uuid]),
            started_at=attempt.started_at,
            closes_at=attempt.deadline,
            minutes_left=Clock(now, attempt.deadline).minutes,
            progress=counts[attempt.pk].words,
        )
        for attempt in rows
    ]
