"""The courses that people of the seed take, and the papers of their tests, drawn and graded as the product does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courses import progress, releases
from courses.models.pages import CoursePage
from courses.models.releases import CourseRelease
from courses.outline import pages_by_key
from quizzes import grading
from quizzes.answers import decimal
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.papers import draw_paper

PAPERS = 12  # of each test, passed and not passed; many people get the same paper


class NotGradable(Exception):
    """People mark a part of the test, or no paper of it passes or fails by our answers."""


@dataclass(frozen=True)
class Paper:
    """A paper with its answers. Its seed stands for it: an attempt with this seed has these questions and answers."""

    seed: int
    questions: list[tuple[QuestionVersion, list[str], Any]]  # with the order of the options, and the answer
    score: Decimal
    max_score: Decimal
    passed: bool
    critical_errors: int

    @property
    def answered(self) -> int:
        return sum(answer is not None for _version, _order, answer in self.questions)


@dataclass(frozen=True)
class CourseTest:
    quiz: QuizPage
    practice: bool
    passed: list[Paper]
    failed: list[Paper]


@dataclass(frozen=True)
class Course:
    """The release that new learners get. `steps` are the keys of its published steps, in order, with their tests."""

    release: CourseRelease
    title: str
    steps: list[tuple[str, CourseTest | None]]


def courses() -> list[Course]:
    """Every released course that can be completed without people who mark."""
    keys = CourseRelease.objects.order_by().values_list("course_key", flat=True).distinct()
    seeds = itertools.count(1)
    found = []
    for key in sorted(keys):
        release = releases.current(key)
        needed = progress.needed_keys(release) if release else set()
        if release is None or not needed or not needed <= progress.live_keys(release, pages_by_key(release.page_keys)):
            continue
        try:
            found.append(_course(release, needed, seeds))
        except NotGradable:
            continue
    return found


def _course(release: CourseRelease, needed: set[str], seeds: Iterator[int]) -> Course:
    pages = CoursePage.objects.filter(translation_key=release.course_key, locale__language_code=release.language)
    title = pages.values_list("title", flat=True).first() or release.title
    steps = [step for step in release.steps if step["key"] in needed]
    return Course(release, title, [(step["key"], _test(release, step, seeds)) for step in steps])


def _test(release: CourseRelease, step: dict, seeds: Iterator[int]) -> CourseTest | None:
    """The test of this step; None for a lesson. Raises NotGradable."""
    quizzes = QuizPage.objects.live().filter(translation_key=step["key"], locale__language_code=release.language)
    quiz = quizzes.first()
    if quiz is None:
        return None
    passed = [_passed(quiz, release.language, next(seeds), number % 4) for number in range(PAPERS)]
    failed = [_failed(quiz, release.language, next(seeds)) for _number in range(PAPERS)]
    return CourseTest(quiz, not step["certifies"], passed, failed)


def _passed(quiz: QuizPage, language: str, seed: int, mistakes: int) -> Paper:
    """A paper that passes, with so many mistakes or fewer. Raises NotGradable."""
    papers = (_paper(quiz, language, seed, number) for number in range(mistakes, -1, -1))
    return _first(paper for paper in papers if paper.passed)


def _failed(quiz: QuizPage, language: str, seed: int) -> Paper:
    """A paper that does not pass: half of it is wrong, or all where that is not enough. Raises NotGradable."""
    papers = (_paper(quiz, language, seed, mistakes) for mistakes in ((quiz.item_count + 1) // 2, quiz.item_count))
    return _first(paper for paper in papers if not paper.passed)


def _first(papers: Iterator[Paper]) -> Paper:
    paper = next(papers, None)
    if paper is None:
        raise NotGradable
    return paper


def _paper(quiz: QuizPage, language: str, seed: int, mistakes: int) -> Paper:
    """The paper of this seed. All its answers are right but the last `mistakes`. Raises NotGradable."""
    drawn = draw_paper(quiz.cells, language, seed, None, quiz.mixed)
    answers = [version.question_type.key(version.content["body"]) for version, _order in drawn]
    for index in range(len(drawn) - mistakes, len(drawn)):
        answers[index] = _wrong(drawn[index][1], answers[index])
    result = grading.grade([version.content for version, _order in drawn], dict(enumerate(answers, 1)))
    if result.pending:
        raise NotGradable
    return Paper(
        seed=seed,
        questions=[(version, order, answer) for (version, order), answer in zip(drawn, answers, strict=True)],
        score=decimal(result.score),
        max_score=Decimal(result.max_score),
        passed=result.passes(quiz.pass_percent),
        critical_errors=len(result.critical_errors),
    )


def _wrong(order: list[str], key: Any) -> Any:
    """Another answer than the key, where the question lists its options; else None, which is no answer."""
    if isinstance(key, str) and key in order:
        return next((name for name in order if name != key), None)
    if isinstance(key, list):
        return [name for name in order if name not in key][:1] or key[::-1]
    return None
