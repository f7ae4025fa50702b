"""Give or take away extra minutes and attempts for one person in one test. The only writer of Accommodation."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import roles
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from quizzes.models.records import Accommodation, Attempt, AttemptState


def give(learner: User, quiz, minutes: int, attempts: int, reason: str, by: User) -> Accommodation:
    """Give extra minutes and attempts. They replace what the person had. A running attempt gets the time at once.

    Raises roles.NotForOneself.
    """
    roles.refuse_oneself(learner, by)
    with transaction.atomic():
        rows = Accommodation.objects.of(learner).filter(quiz_key=quiz.translation_key)
        accommodation, _created = rows.update_or_create(
            quiz_key=quiz.translation_key,
            learner=learner,
            defaults={
                "quiz_title": quiz.title,
                "extra_minutes": minutes,
                "extra_attempts": attempts,
                "reason": reason,
                "by": by,
                "at": timezone.now(),
            },
        )
        _extend_running(learner, quiz.translation_key, minutes)
        trail.record(
            Verb.ACCOMMODATION_GIVEN, by, learner, quiz=quiz.translation_key, minutes=minutes, attempts=attempts
        )
    return accommodation


def take_away(accommodation: Accommodation, by: User) -> None:
    """Remove an accommodation from the next attempt on. A running attempt keeps its time."""
    with transaction.atomic():
        trail.record(Verb.ACCOMMODATION_TAKEN, by, accommodation.learner, quiz=accommodation.quiz_key)
        Accommodation.objects.this(accommodation).delete()


def _extend_running(learner: User, quiz_key, minutes: int) -> None:
    """Extend a running attempt to `minutes` of extra time in all. Never shortens it or reopens an overdue one."""
    running = Attempt.objects.of(learner).filter(
        quiz_key=quiz_key, state=AttemptState.OPEN, deadline__gt=timezone.now()
    )
    attempt = running.filter(extra_minutes__lt=minutes).select_for_update().first()
    if attempt:
        added = minutes - attempt.extra_minutes
        Attempt.objects.this(attempt).update(
            deadline=F("deadline") + timedelta(minutes=added), minutes=F("minutes") + added, extra_minutes=minutes
        )
