"""What attempts earn under the corrections in force, for many attempts at once in a constant number of queries."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quizzes import grading
from quizzes.answers import PLACES, Fixes, decimal, fixes_of, shares_by_people
from quizzes.corrections import WITHOUT_MARKING, Choice
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, Mark
from quizzes.models.regrades import Regrade
from quizzes.question_types import MARKED_BY_PEOPLE


@dataclass(frozen=True)
class Rescored:
    """An attempt, the mark that counts, and what it earns now."""

    attempt: Attempt
    mark: Mark
    score: Decimal
    max_score: Decimal
    reaches: bool
    critical_errors: int
    pending: dict[int, dict]  # the contents, by position, that people still have to mark
    lost: bool  # the pass rested on a regrade that is taken back

    @property
    def same(self) -> bool:
        """Whether the mark would not change. A pass that is kept is no change, nor is a score that is not known yet."""
        if self.pending and self.passed == self.mark.passed:
            return True
        before = (self.mark.score, self.mark.max_score, self.mark.critical_errors, self.mark.passed)
        return before == (self.score, self.max_score, self.critical_errors, self.passed)

    @property
    def passed(self) -> bool:
        """Whether the attempt is passed from now on. A regrade takes no pass away, unless it is one that it gave."""
        return self.reaches or (self.mark.passed and not self.lost)


def reverted_fixes_of(contents: dict[int, dict]) -> Fixes:
    """The reverted correction of each version that people mark. It still counts for scripts that nobody has marked.

    While such a correction was in force, nobody was asked to mark the script. Its credit stays, because a regrade takes
    nothing away; with one that was taken back it goes, and the script waits again. A full point has priority over
    leaving out. `contents` are by version. One query, and none where people mark nothing.
    """
    marked_by_people = [version for version, content in contents.items() if content["kind"] in MARKED_BY_PEOPLE]
    if not marked_by_people:
        return {}
    reverted = Regrade.objects.reverted().filter(version__in=marked_by_people, choice__in=WITHOUT_MARKING)
    by_priority = sorted(reverted, key=lambda regrade: regrade.choice == Choice.FULL)
    return {regrade.version_id: [regrade.fix] for regrade in by_priority if not regrade.takes_back}


def grade_again(
    paper: list[tuple[int, dict, Any]], fixes: Fixes, reverted_fixes: Fixes, shares: Mapping[int, Fraction]
) -> tuple[grading.Result, Fixes]:
    """Grade a marked paper again. Returns the result and, by position, the corrections that were applied.

    `paper` lists version, content and payload in order. `shares` is by position.
    """
    contents = [content for _version, content, _payload in paper]
    payloads = {position: payload for position, (_version, _content, payload) in enumerate(paper, 1)}
    fixed = {position: fixes.get(version, []) for position, (version, _content, _payload) in enumerate(paper, 1)}
    result = grading.grade(contents, payloads, fixed, shares)
    if result.pending:  # a correction that was reverted since then had made marking by people unnecessary
        pending = {item.position: paper[item.position - 1][0] for item in result.pending}
        fixed |= {position: reverted_fixes.get(version, []) for position, version in pending.items()}
        result = grading.grade(contents, payloads, fixed, shares)
    return result, fixed


def rescore(
    attempts: Iterable[Attempt],
    contents: dict[int, dict],
    also: Regrade | None = None,
    taken_back: Regrade | None = None,
) -> list[Rescored]:
    """What each of these marked attempts earns now, in their order.

    `contents` caches contents by version from one call to the next. `also` is a regrade to try out, `taken_back` one
    whose passes go with it. Four queries for any number of attempts, and two more where people mark.
    """
    rows = list(attempts)
    pks = [attempt.pk for attempt in rows]
    items: dict[int, list] = defaultdict(list)
    answered = AttemptItem.objects.everybody("marked again").filter(attempt__in=pks).with_answer().order_by("position")
    for attempt, version, payload in answered.values_list("attempt_id", "version_id", "payload"):  # type: ignore[misc]
        items[attempt].append((version, payload))
    versions = {version for paper in items.values() for version, _payload in paper}
    contents |= dict(QuestionVersion.objects.filter(pk__in=versions - contents.keys()).values_list("pk", "content"))
    used_contents = {version: contents[version] for version in versions}
    fixes = fixes_of(versions, also)
    reverted_fixes = reverted_fixes_of(used_contents)
    shares = shares_by_people(pks, used_contents.values())
    marks: dict[int, list[Mark]] = defaultdict(list)
    numbered = Mark.objects.everybody("marked again").filter(attempt__in=pks).order_by("number")
    for mark in numbered.select_related("regrade"):
        marks[mark.attempt_id].append(mark)
    rescored = []
    for attempt in rows:
        paper = [(version, contents[version], payload) for version, payload in items[attempt.pk]]
        result, _fixed = grade_again(paper, fixes, reverted_fixes, shares.get(attempt.pk, {}))
        lost = taken_back is not None and rests_on(taken_back, marks[attempt.pk])
        pending = {item.position: paper[item.position - 1][1] for item in result.pending}
        rescored.append(_rescored(attempt, marks[attempt.pk][-1], result, pending, lost))
    return rescored


def rests_on(regrade: Regrade, marks: list[Mark]) -> bool:
    """Whether the pass in these marks, by number, was not there before the regrade was applied.

    A pass that was there before by a regrade which is taken back itself does not count.
    """
    passing = list(itertools.takewhile(lambda mark: mark.passed, reversed(marks)))
    if not passing:
        return False
    assert regrade.applied_at is not None
    first = passing[-1]
    return first.at >= regrade.applied_at or (first.regrade is not None and first.regrade.takes_back)


def _rescored(attempt: Attempt, mark: Mark, result: grading.Result, pending: dict[int, dict], lost: bool) -> Rescored:
    return Rescored(
        attempt=attempt,
        mark=mark,
        score=decimal(result.score),
        max_score=Decimal(result.max_score).quantize(PLACES),
        reaches=result.passes(attempt.pass_percent) and not result.pending,
        critical_errors=len(result.critical_errors),
        pending=pending,
        lost=lost,
    )
