"""Drawing a paper from the bank: decided by a seed alone, so that it can be explained afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterable
from uuid import UUID

from quizzes.models.questions import Question, QuestionVersion

Draw = tuple[str, int]  # pool, how many


class CannotFill(Exception):
    """The bank has too few published questions for this test."""

    def __init__(self, pool: str):
        super().__init__(f"too few questions in the pool {pool}")
        self.pool = pool


def pick(draws: Iterable[Draw], bank: dict[str, list[UUID]], draw: random.Random) -> list[UUID]:
    """The keys of a paper, pool by pool, none twice. Pure. Raises CannotFill."""
    picked: list[UUID] = []
    for pool, count in draws:
        open_keys = sorted(set(bank.get(pool, [])) - set(picked))
        if len(open_keys) < count:
            raise CannotFill(pool)
        picked += draw.sample(open_keys, count)
    return picked


def stock(draws: Iterable[Draw], language: str) -> dict[str, list[UUID]]:
    """The published questions of the pools of a test; one query."""
    bank: dict[str, list[UUID]] = {}
    pools = {pool for pool, _ in draws}
    for pool, key in Question.objects.in_pools(pools, language).values_list("pool", "translation_key"):
        bank.setdefault(pool, []).append(key)
    return bank


def short_pool(draws: list[Draw], language: str) -> str:
    """A pool that cannot give what the test draws from it; "" when the paper can be filled, "-" without a draw."""
    if not draws:
        return "-"
    try:
        pick(draws, stock(draws, language), random.Random(0))  # noqa: S311 - any draw shows it
    except CannotFill as error:
        return error.pool
    return ""


def paper(draws: list[Draw], language: str, seed: int) -> list[tuple[QuestionVersion, list[str]]]:
    """The newest versions drawn, each with the order of its options; two queries. Raises CannotFill."""
    if not draws:
        raise CannotFill("-")
    draw = random.Random(seed)  # noqa: S311 - the draw must be repeatable; the seed itself is not guessable
    keys = pick(draws, stock(draws, language), draw)
    versions = {version.key: version for version in QuestionVersion.objects.latest_of(keys, language)}
    return [(versions[key], versions[key].kind.order(versions[key].content["body"], draw)) for key in keys]
