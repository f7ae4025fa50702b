"""Which answer keys a learner may not see yet. No other module decides this for learners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import Q

from courses.models.records import CourseRelease, Enrolment
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, AttemptState
from quizzes.versions import versions_by_pk

TestToPass = tuple[int, UUID]  # the id of an enrolment, and the key of a test in it


def withheld_from(attempt: Attempt) -> dict[UUID, set[TestToPass]]:
    """The questions of this attempt whose key the learner may not see yet, and the tests that withhold each.

    A test withholds what it has asked the learner and what it may ask them, from the day they join its course until they
    have passed it. It may ask every question that fits its blueprint, whether the page and the question are published
    or not; another question in the same words counts as the same. At most seven queries.
    """
    tests: dict[UUID, set[TestToPass]] = defaultdict(set)
    for test in _tests_to_pass(attempt.enrolment.learner_id):
        tests[test[1]].add(test)
    if not tests:
        return {}
    paper = versions_by_pk(attempt.items.values_list("version_id", flat=True)).values()
    own = tests.pop(attempt.quiz_key, set())  # the test of this attempt has asked all its questions
    withheld = {version.key: set(own) for version in paper}
    if tests:
        asked_here = _with_copies(paper)
        for quiz_key, question in _asked_or_may_ask(attempt.enrolment.learner_id, tests.keys(), asked_here.keys()):
            for key in asked_here[question]:
                withheld[key] |= tests[quiz_key]
    return {key: by for key, by in withheld.items() if by}


def _tests_to_pass(learner_id: int) -> set[TestToPass]:
    """The tests that a certificate still depends on, also in a course that the person has left, and those they take now."""
    enrolments = Enrolment.objects.of(learner_id).filter(completed_at=None).values_list("pk", "release_id")
    asked_for = {
        (enrolment, UUID(key))
        for enrolment, release in enrolments
        for key in CourseRelease.objects.remembered(release).tests
    }
    attempts = Attempt.objects.of(learner_id).filter(practice=False).with_passed()
    attempts = attempts.filter(Q(enrolment__completed_at=None) | Q(state=AttemptState.OPEN))
    rows = list(attempts.values_list("enrolment_id", "quiz_key", "state", "passed", named=True))  # type: ignore[misc]
    passed = {(row.enrolment_id, row.quiz_key) for row in rows if row.passed}
    return (asked_for - passed) | {(row.enrolment_id, row.quiz_key) for row in rows if row.state == AttemptState.OPEN}


def _with_copies(paper: Collection[QuestionVersion]) -> dict[UUID, set[UUID]]:
    """The questions of the paper and all that have had the same words: by key, which of the paper's they stand for."""
    same = {version.key: {version.key} for version in paper}
    by_words: dict[str, set[UUID]] = defaultdict(set)
    for version in paper:
        by_words[version.words_digest].add(version.key)
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
    for page in QuizPage.objects.filter(translation_key__in=quiz_keys).only("translation_key", "draws"):
        cells = page.cells
        for card in cards:
            if any(cell.fits(card) for cell in cells):
                yield page.translation_key, card.key
