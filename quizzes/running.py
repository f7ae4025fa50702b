"""The running tests of a person, as My learning and the course page show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses import studies
from courses.models.records import CourseRelease
from courses.outline import course_page
from courses.running import RunningStep
from quizzes.answer_states import count_by_attempt
from quizzes.attempt_pages import Clock
from quizzes.models.records import Attempt

# In SQL, because pages ask it of everybody, and nearly always there is none; see courses.studies.RECORDS.
RUNNING = """
    SELECT attempt.*, enrolment.release_id
    FROM quizzes_attempt AS attempt
    JOIN courses_enrolment AS enrolment ON enrolment.id = attempt.enrolment_id
    WHERE enrolment.learner_id = %(learner)s AND attempt.state = 'open' AND attempt.deadline > %(now)s
    ORDER BY attempt.started_at DESC
"""


def running_tests(user: User, course_key=None) -> list[RunningStep]:
    """The tests that may still be answered, in one course or in all. One query; at most three when a test is running."""
    now = timezone.now()
    attempts: Iterable[Any] = Attempt.objects.of(user).raw(RUNNING, {"learner": user.pk, "now": now})
    running = [(attempt, CourseRelease.objects.remembered(attempt.release_id)) for attempt in attempts]
    if course_key:
        running = [(attempt, release) for attempt, release in running if release.course_key == course_key]
    if not running:
        return []
    counts = count_by_attempt(user, [attempt for attempt, _release in running])
    return [_running_step(attempt, release, now, counts[attempt.pk].words) for attempt, release in running]


def _running_step(attempt: Attempt, release: CourseRelease, now: datetime, answered: str) -> RunningStep:
    test = studies.remembered_pages(release, release.language).get(str(attempt.quiz_key))
    return RunningStep(
        course=course_page(release, studies.remembered_pages(release)),
        title=test.title if test and test.language == release.language else attempt.quiz_title,
        language=release.language,
        url=reverse("quizzes:attempt", args=[attempt.uuid]),
        started_at=attempt.started_at,
        closes_at=attempt.deadline,
        minutes_left=Clock(now, attempt.deadline).minutes,
        progress=answered,
    )
