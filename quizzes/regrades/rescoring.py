"""What attempts earn under the corrections in force, for many attempts at once in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quizzes import grading
from quizzes.models.manual_marking import Script
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, Mark
from quizzes.models.regrades import Regrade
from quizzes.question_types import MARKED_BY_PEOPLE
from quizzes.regrades.corrections import WITHOUT_MARKING, Choice, Fix

PLACES = Decimal("0.001")
Fixes = dict[int, list[Fix]]  # by version, or by position
Judged = dict[int, dict[int, Fraction]]  # what people gave, 0 to 1, by attempt and position


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
        """Whether the mark would not change. A pass that is kept is no change."""
        before = (self.mark.score, self.mark.max_score, self.mark.critical_errors, self.mark.passed)
        return before == (self.score, self.max_score, self.critical_errors, self.passed)

    @property
    def passed(self) -> bool:
        """Whether the attempt is passed from now on. A regrade may grant a pass, but never takes one away."""
        return self.reaches or self.mark.passed


def decimal(score: Fraction) -> Decimal:
    """The score as a Mark stores it, rounded to PLACES."""
    return (Decimal(score.numerator) / score.denominator).quantize(PLACES)


def fixes_of(versions: Collection[int], also: Regrade | None = None) -> Fixes:
    """The corrections in force for these versions, and that of `also`, which is not in force yet; one query."""
    found: Fixes = defaultdict(list)
    for regrade in Regrade.objects.in_force().filter(version__in=versions):
        found[regrade.version_id].append(regrade.fix)
    if also is not None:
        found[also.version_id].append(also.fix)
    return dict(found)


def kept_of(contents: dict[int, dict]) -> Fixes:
    """The reverted correction that still counts for each version which people mark, where they have not marked.

    Under such a correction nobody was asked to mark the script. Its credit stays, because a regrade takes nothing away.
    A full point goes before leaving out. `contents` are by version. One query, and none where people mark nothing.
    """
    texts = [version for version, content in contents.items() if content["kind"] in MARKED_BY_PEOPLE]
    if not texts:
        return {}
    gone = Regrade.objects.taken_back().filter(version__in=texts, choice__in=WITHOUT_MARKING)
    return {regrade.version_id: [regrade.fix] for regrade in sorted(gone, key=lambda one: one.choice == Choice.FULL)}


def judged_in(attempts: Collection[int], contents: Iterable[dict]) -> Judged:
    """What people gave for the scripts of these attempts; one query, and none where people mark none of `contents`."""
    if not any(content["kind"] in MARKED_BY_PEOPLE for content in contents):
        return {}
    found: Judged = defaultdict(dict)
    settled = Script.objects.everybody("marked again").filter(item__attempt__in=attempts).exclude(points=None)
    for script in settled.select_related("item"):
        found[script.item.attempt_id][script.item.position] = script.share
    return found


def graded(
    paper: list[tuple[int, dict, Any]], fixes: Fixes, kept: Fixes, judged: Mapping[int, Fraction]
) -> tuple[grading.Result, Fixes]:
    """Grade a paper again that has a mark. Returns the result, and the corrections it rests on by position.

    `paper` lists version, content and payload in order. `judged` is by position.
    """
    contents = [content for _version, content, _payload in paper]
    payloads = {position: payload for position, (_version, _content, payload) in enumerate(paper, 1)}
    fixed = {position: fixes.get(version, []) for position, (version, _content, _payload) in enumerate(paper, 1)}
    result = grading.grade(contents, payloads, fixed, judged)
    if result.pending:  # a correction that is reverted by now had spared people the marking
        fixed |= {item.position: kept[paper[item.position - 1][0]] for item in result.pending}
        result = grading.grade(contents, payloads, fixed, judged)
    return result, fixed


def remark(attempts: Iterable[Attempt], contents: dict[int, dict], also: Regrade | None = None) -> list[Remarked]:
    """What each of these marked attempts earns now, in their order.

    `contents` caches contents by version from one call to the next. `also` is a regrade to try out. Four queries for
    any number of attempts, and two more where people mark.
    """
    rows = list(attempts)
    pks = [attempt.pk for attempt in rows]
    items: dict[int, list] = defaultdict(list)
    asked = AttemptItem.objects.everybody("marked again").filter(attempt__in=pks).with_answer().order_by("position")
    for attempt, version, payload in asked.values_list("attempt_id", "version_id", "payload"):  # type: ignore[misc]
        items[attempt].append((version, payload))
    versions = {version for found in items.values() for version, _payload in found}
    contents |= dict(QuestionVersion.objects.filter(pk__in=versions - contents.keys()).values_list("pk", "content"))
    asked_now = {version: contents[version] for version in versions}
    fixes, kept, judged = fixes_of(versions, also), kept_of(asked_now), judged_in(pks, asked_now.values())
    marks = {
        mark.attempt_id: mark
        for mark in Mark.objects.everybody("marked again").filter(attempt__in=pks).order_by("number")
    }
    found = []
    for attempt in rows:
        paper = [(version, contents[version], payload) for version, payload in items[attempt.pk]]
        result, _fixed = graded(paper, fixes, kept, judged.get(attempt.pk, {}))
        found.append(_remarked(attempt, marks[attempt.pk], result))
    return found


def _remarked(attempt: Attempt, mark: Mark, result: grading.Result) -> Remarked:
    return Remarked(
        attempt=attempt,
        mark=mark,
        score=decimal(result.score),
        max_score=Decimal(result.max_score).quantize(PLACES),
        reaches=result.passes(attempt.pass_percent),
        critical_errors=len(result.critical_errors),
    )
