"""What an attempt earns under the fixes that are in force: for many attempts at once, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from quizzes import grading
from quizzes.fixes import Fix
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, Mark
from quizzes.models.regrades import Regrade

PLACES = Decimal("0.001")
Fixes = dict[int, list[Fix]]  # by version


@dataclass(frozen=True)
class Remarked:
    """An attempt, the mark that counts, and what it earns now."""

    attempt: Attempt
    mark: Mark
    score: Decimal
    max_score: Decimal
    reaches: bool
    critical_errors: int

    @property
    def same(self) -> bool:
        """Whether nothing changes: a pass that is kept is no change."""
        before = (self.mark.score, self.mark.max_score, self.mark.critical_errors, self.mark.passed)
        return before == (self.score, self.max_score, self.critical_errors, self.passed)

    @property
    def passed(self) -> bool:
        """A regrade grants a pass, and takes none away."""
        return self.reaches or self.mark.passed


def decimal(score: Fraction) -> Decimal:
    """As it is kept in a row."""
    return (Decimal(score.numerator) / score.denominator).quantize(PLACES)


def fixes_of(versions: Collection[int], also: Regrade | None = None) -> Fixes:
    """What is in force for these versions, and one more that is only looked at; one query."""
    found: Fixes = defaultdict(list)
    for regrade in Regrade.objects.in_force().filter(version__in=versions):
        found[regrade.version_id].append(regrade.fix)
    if also is not None:
        found[also.version_id].append(also.fix)
    return dict(found)


def remark(attempts: Iterable[Attempt], contents: dict[int, dict], also: Regrade | None = None) -> list[Remarked]:
    """What each of these closed attempts earns now; `contents` remembers versions from one call to the next.

    Four queries however many there are.
    """
    rows = list(attempts)
    pks = [attempt.pk for attempt in rows]
    items: dict[int, list] = defaultdict(list)
    asked = AttemptItem.objects.everybody("marked again").filter(attempt__in=pks).with_answer().order_by("position")
    for attempt, version, payload in asked.values_list("attempt_id", "version_id", "payload"):  # type: ignore[misc]
        items[attempt].append((version, payload))
    unknown = {version for found in items.values() for version, _payload in found} - contents.keys()
    contents |= dict(QuestionVersion.objects.filter(pk__in=unknown).values_list("pk", "content"))
    fixes = fixes_of({version for found in items.values() for version, _payload in found}, also)
    marks = {
        mark.attempt_id: mark
        for mark in Mark.objects.everybody("marked again").filter(attempt__in=pks).order_by("number")
    }
    return [_remarked(attempt, marks[attempt.pk], items[attempt.pk], contents, fixes) for attempt in rows]


def _remarked(attempt: Attempt, mark: Mark, items: list, contents: dict[int, dict], fixes: Fixes) -> Remarked:
    result = grading.grade(
        [contents[version] for version, _payload in items],
        {position: payload for position, (_version, payload) in enumerate(items, 1)},
        {position: fixes[version] for position, (version, _payload) in enumerate(items, 1) if version in fixes},
    )
    return Remarked(
        attempt=attempt,
        mark=mark,
        score=decimal(result.score),
        max_score=Decimal(result.max_score).quantize(PLACES),
        reaches=result.passes(attempt.pass_percent),
        critical_errors=len(result.critical_errors),
    )
