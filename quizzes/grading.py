"""Grade a paper: (paper, responses) -> Result. Pure: no database, request or clock; same input, same result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from accounts.shares import pass_mark
from quizzes.corrections import Fix
from quizzes.corrections import credit as fixed_credit
from quizzes.question_types.base import FULL, NOTHING, Credit

Paper = list[dict[str, Any]]  # the content of each QuestionVersion, in the order of the paper


@dataclass(frozen=True)
class ItemResult:
    """What one item of the paper earned."""

    position: int
    credit: Credit
    answered: bool
    critical: bool = False
    left_out: bool = False

    @property
    def pending(self) -> bool:
        return self.credit.pending

    @property
    def full(self) -> bool:
        return self.credit.earned == FULL

    @property
    def critical_error(self) -> bool:
        """Whether this item alone fails the test."""
        return self.critical and not self.full and not self.left_out and not self.pending


@dataclass(frozen=True)
class Result:
    """What a paper earned, at most one point for each item. `by_statement`: points earned and possible by code."""

    score: Fraction
    max_score: int
    items: list[ItemResult]
    by_statement: dict[str, tuple[Fraction, int]]

    @property
    def pending(self) -> list[ItemResult]:
        """The items that people still have to mark. Until then the score is not the result."""
        return [item for item in self.items if item.pending]

    @property
    def critical_errors(self) -> list[ItemResult]:
        return [item for item in self.items if item.critical_error]

    def passes(self, percent: int) -> bool:
        """Whether the score reaches `percent` of the maximum, compared exactly, without a critical error."""
        reached = self.max_score > 0 and self.score >= pass_mark(self.max_score, percent)
        return reached and not self.critical_errors


def grade(
    paper: Paper,
    responses: Mapping[int, Any],
    fixes: Mapping[int, Sequence[Fix]] | None = None,
    shares: Mapping[int, Fraction] | None = None,
) -> Result:
    """Grade a paper. `responses` are payloads by position (1 is the first), absent or None for no answer.

    `fixes` are the corrections of faulty questions, `shares` (0 to 1) what people gave, both by position.
    """
    fixes, shares = fixes or {}, shares or {}
    items = [
        _mark(position, content, responses.get(position), fixes.get(position, ()), shares.get(position))
        for position, content in enumerate(paper, 1)
    ]
    by_statement: dict[str, tuple[Fraction, int]] = {}
    for content, item in zip(paper, items, strict=True):
        for statement in () if item.left_out else content["statements"]:
            earned, most = by_statement.get(statement["code"], (Fraction(0), 0))
            by_statement[statement["code"]] = (earned + item.credit.earned, most + 1)
    score = sum((item.credit.earned for item in items), Fraction(0))
    return Result(score, sum(not item.left_out for item in items), items, by_statement)


def _mark(
    position: int, content: dict[str, Any], payload: Any, fixes: Sequence[Fix], share: Fraction | None
) -> ItemResult:
    credit = fixed_credit(content, payload, fixes)
    if credit is not None and credit.pending and share is not None:
        credit = Credit(share, {})
    if credit is None:
        return ItemResult(position, Credit(NOTHING, {}), answered=payload is not None, left_out=True)
    critical = bool(content.get("critical"))
    if critical and credit.earned != FULL and not credit.pending:
        credit = Credit(NOTHING, credit.right)  # on a critical question, a half-right answer is dangerous
    return ItemResult(position, credit, answered=payload is not None, critical=critical)
