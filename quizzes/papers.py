"""Draw a paper from the question bank. With the same bank and history, the stored seed repeats the draw."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from courses.models.records import Enrolment
from quizzes.blueprint import Cell, pick
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import AttemptItem


def times_seen(enrolment: Enrolment, quiz_key: UUID) -> Counter[UUID]:
    """How often each question was in this person's papers of the test, by question key; one query."""
    items = AttemptItem.objects.of(enrolment.learner_id).filter(attempt__quiz_key=quiz_key)
    return Counter(items.values_list("version__key", flat=True))


def draw_paper(
    cells: Sequence[Cell], language: str, seed: int, seen: Counter[UUID] | None = None, mixed: bool = False
) -> list[tuple[QuestionVersion, list[str]]]:
    """Draw a paper: the newest version of each question with the order of its options. Raises CannotFill.

    Two queries. The questions follow the order of the cells, or are shuffled when `mixed`. Questions with the lowest
    count in `seen` are preferred.
    """
    draw = random.Random(seed)  # noqa: S311 - the draw must be repeatable; the seed itself is not guessable
    keys = pick(cells, Question.objects.cards_for(cells, language), draw, seen)
    if mixed:
        draw.shuffle(keys)
    versions = {version.key: version for version in QuestionVersion.objects.latest_of(keys, language)}
    return [(versions[key], versions[key].question_type.order(versions[key].content["body"], draw)) for key in keys]
