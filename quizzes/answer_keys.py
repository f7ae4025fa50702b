"""Which answer keys a learner may not see yet. No other module decides this for learners."""

from __future__ import annotations

from uuid import UUID

from quizzes.models.records import Attempt, AttemptItem, AttemptState


def withheld_from(learner_id: int) -> set[UUID]:
    """The questions whose key this learner may not see yet, by question key; two queries.

    These are the questions that an attempt has asked them in a test which they have not passed in that enrolment, or
    are taking now. The key of such a question stays hidden on every result, also of another test or of practice.
    """
    attempts = list(Attempt.objects.of(learner_id).filter(practice=False).with_result())
    passed = {(attempt.enrolment_id, attempt.quiz_key) for attempt in attempts if attempt.passed}
    running = {attempt.quiz_key for attempt in attempts if attempt.state == AttemptState.OPEN}
    withholding = [
        attempt.pk
        for attempt in attempts
        if attempt.quiz_key in running or (attempt.enrolment_id, attempt.quiz_key) not in passed
    ]
    items = AttemptItem.objects.of(learner_id).filter(attempt__in=withholding)
    return set(items.values_list("version__key", flat=True))
