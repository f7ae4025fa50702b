"""Which answer keys a learner may not see yet. No other module decides this for learners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import Q

from courses.models.records import Enrolment
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, AttemptState

TestToPass = tuple[int, UUID]  # the id of an enrolment, and the key of a test in it


def withheld_from(attempt: Attempt) -> dict[UUID, set[TestToPass]]:
    """The questions of this attempt whose key the learner may not see yet, and the tests that withhold each.

    A test withholds what it has asked the learner and what it may ask them, from the day they join its course until they
    have passed it. It may ask every question that fits its blueprint, whether the page and the question are published
    or not; another question in the same words counts as the same. At most seven queries.
    """
    tests = _tests_to_pass(attempt.enrolment.learner_id)
    if not tests:
        return {}
    asked_here = _with_copies(attempt)
    quiz_keys = {quiz_key for _enrolment, quiz_key in tests}
    withheld: dict[UUID, set[TestToPass]] = defaultdict(set)
    for quiz_key, question in _asked_or_may_ask(attempt.enrolment.learner_id, quiz_keys, asked_here.keys()):
        for key in asked_here[question]:
            withheld[key] |= {test for test in tests if test[1] == quiz_key}
    return dict(withheld)


def _tests_to_pass(learner_id: int) -> set[TestToPass]:
    """The tests that a certificate still depends on, also in a course that the person has left, and those they take now."""
    enrolments = Enrolment.objects.of(learner_id).filter(completed_at=None).select_related("release")
    asked_for = {
        (enrolment.pk, UUID(step["key"]))
        for enrolment in enrolments
        for step in enrolment.release.steps
        if step["certifies"]
    }
    attempts = Attempt.objects.of(learner_id).filter(practice=False).with_result()
    rows = list(attempts.filter(Q(enrolment__completed_at=None) | Q(state=AttemptState.OPEN)))
    passed = {(row.enrolment_id, row.quiz_key) for row in rows if row.passed}
    return (asked_for - passed) | {(row.enrolment_id, row.quiz_key) for row in rows if row.state == AttemptState.OPEN}


def _with_copies(attempt: Attempt) -> dict[UUID, set[UUID]]:
    """The questions of the attempt and all that have had the same words: by key, which of the attempt's they stand for."""
    paper = set(attempt.items.values_list("version__key", "version__words_digest"))
    same = {key: {key} for key, _words in paper}
    by_words: dict[str, set[UUID]] = defaultdict(set)
    for key, words in paper:
        by_words[words].add(key)
    copies = QuestionVersion.objects.filter(words_digest__in=by_words.keys())
    for key, words in copies.values_list("key", "words_digest"):
        same.setdefault(key, set()).update(by_words[words])
    return same


def _asked_or_may_ask(
    learner_id: int, quiz_keys: Collection[UUID], questions: Collection[UUID]
) -> Iterator[tuple[UUID, UUID]]:
    """Which of these tests asks the learner which of these questions, or may ask it: (test, question); three queries."""
    items = AttemptItem.objects.of(learner_id).filter(attempt__quiz_key__in=quiz_keys, version__key__in=questions)
    yield from items.values_list("attempt__quiz_key", "version__key")
    cards = Question.objects.filter(translation_key__in=questions).cards()
    for page in QuizPage.objects.filter(translation_key__in=quiz_keys):
        cells = page.cells
        for card in cards:
            if any(cell.fits(card) for cell in cells):
                yield page.translation_key, card.key
