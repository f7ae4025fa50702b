"""What the result page shows: the result in words, what to do next, and every question explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from wagtail.models import Page, ReferenceIndex

from courses import progress
from courses.progress import Step
from quizzes import grading
from quizzes.eligibility import Standing, items_needed, items_short
from quizzes.models.manual_marking import Script
from quizzes.models.records import Attempt, AttemptItem, Mark, Review
from quizzes.question_types import MARKED_BY_PEOPLE
from quizzes.regrades.corrections import Choice, Fix
from quizzes.regrades.corrections import body as fixed_body
from quizzes.regrades.rescoring import fixes_of, graded, kept_of
from standards.display import Reading, readings
from standards.models import Statement

LESSONS = 3  # lessons to suggest: about what somebody reads again before the next attempt
LITTLE_SHORT = 3  # questions; somebody who misses the pass mark by at most this many reads that they are close


@dataclass(frozen=True)
class Explained:
    """One question of an attempt with its key, the answer and the author's feedback."""

    item: AttemptItem
    hint: str
    content: dict[str, Any]
    template: str
    told: dict[str, Any]
    earned: Fraction
    answered: bool
    left_out: bool
    pending: bool
    script: Script | None
    fixed: list[Any]
    cites: list[Reading]

    @property
    def critical_error(self) -> bool:
        return bool(self.content.get("critical")) and self.earned < 1 and not (self.left_out or self.pending)

    @property
    def remark(self) -> str:
        """The words beside the number of the question; "" for none. They leave out a critical error."""
        if not self.answered:
            return _("no answer")
        if self.pending:
            return _("marked by people")
        return _("%(share)s of the point") % {"share": self.partly} if self.partly else ""

    @property
    def partly(self) -> str:
        """The earned share of the point as a fraction, such as "2/3"; "" for the whole point or none."""
        return str(self.earned) if 0 < self.earned < 1 else ""


@dataclass(frozen=True)
class Row:
    """One row of the table of statements: points earned and possible in the questions that cite the statement."""

    reading: Reading
    earned: Decimal
    most: int


@dataclass(frozen=True)
class Reread:
    """A lesson that cites statements of missed questions, and the block to begin with."""

    step: Step
    misses: int
    anchor: str


def of(attempt: Attempt) -> dict[str, Any]:
    """The template context for the result of a finished attempt; a constant number of queries.

    The attempt is graded again by the same pure rules. Raises Mark.DoesNotExist while people are marking a part of it.
    """
    mark = attempt.marks.latest("number")
    ended = attempt.submitted_at or attempt.deadline
    items = list(attempt.items.with_answer().select_related("version").order_by("position"))
    fixes = fixes_of({item.version_id for item in items})
    scripts = _scripts(attempt, items)
    result, fixed = graded(
        [(item.version_id, item.version.content, item.payload) for item in items],
        fixes,
        kept_of({item.version_id: item.version.content for item in items}),
        {item.position: scripts[item.pk].share for item in items if item.pk in scripts},
    )
    pks = {found["pk"] for item in items for found in item.version.content["statements"]}
    known = readings(pks, get_language())
    every = [
        explained(item, marked, known, fixed[item.position], scripts.get(item.pk))
        for item, marked in zip(items, result.items, strict=True)
    ]
    missed = sorted(
        (found for found in every if found.earned < 1 and not found.left_out),
        key=lambda found: not found.critical_error,
    )
    return {
        "mark": mark,
        "heading": heading(mark, attempt.pass_percent),
        "verdict": verdict(mark, items_short(mark.score, mark.max_score, attempt.pass_percent)),
        "needed": needed(mark, attempt.pass_percent),
        "percent": percent(mark),
        "explained": every,
        "missed": missed,
        "right": [found for found in every if found.earned == 1 or found.left_out],
        "answered": sum(found.answered for found in every),
        "minutes_used": -(-(ended - attempt.started_at) // timedelta(minutes=1)),
        **_table(result, items, known),
    }


def _scripts(attempt: Attempt, items: list[AttemptItem]) -> dict[int, Script]:
    """The scripts of these items that have points, by item id; two queries, and none where people mark nothing."""
    if not any(item.version.content["kind"] in MARKED_BY_PEOPLE for item in items):
        return {}
    rows = Script.objects.everybody("of an attempt in hand").filter(item__attempt=attempt).exclude(points=None)
    return {script.item_id: script for script in rows.prefetch_related("markings")}


def shown(attempt: Attempt, standing: Standing | None) -> Review:
    """How much of the questions the learner sees now: all with their key, which were missed, or the score only.

    With Review.MISSED, the keys are shown once the test is passed, or until the next round begins after a used-up one.
    While the last attempt of a round is running, no earlier result shows them.
    """
    review = Review(attempt.review)
    over = standing is not None and not standing.running and (standing.passed or standing.opens_at is not None)
    return Review.ALL if review == Review.MISSED and over else review


def heading(mark: Mark, pass_percent: int) -> str:
    """The heading of the result page: the result in words."""
    if mark.passed:
        return _("Passed")
    if mark.critical_errors:
        return _("Not passed: a critical error")
    short = items_short(mark.score, mark.max_score, pass_percent)
    words = {1: _("One short of the mark"), 2: _("Two short of the mark"), 3: _("Three short of the mark")}
    return words.get(short, _("Not there yet"))


def verdict(mark: Mark, short: int) -> str:
    """What follows from the score, in a sentence. `short` questions are missing to the pass mark."""
    if mark.passed:
        return _("The test is done; it counts from now on.")
    if mark.critical_errors:
        return ngettext(
            "An item on which a life may depend was not wholly right. Such an item decides by itself, whatever the"
            " score.",
            "Not wholly right were %(n)s items on which a life may depend. Such an item decides by itself, whatever the"
            " score.",
            mark.critical_errors,
        ) % {"n": mark.critical_errors}
    close = short <= LITTLE_SHORT
    return _("You are close, and you know now where to look.") if close else _("You know now where to look.")


def what_next(mark: Mark, complete: bool, step_open: bool, standing: Standing | None, quiz_open: bool) -> str:
    """The name of the template for what somebody can do after this result; "" for nothing.

    `complete`: the course is complete. `step_open`: the course has another step to do, whose page is published.
    `quiz_open`: the page of the test is published.
    """
    if mark.passed:
        return "complete" if complete else "next_step" if step_open else "learning"
    if standing and standing.passed:
        return "passed_before"
    if standing and standing.running:
        return "running"
    if standing and standing.opens_at:
        return "pause"
    return "try_again" if quiz_open else ""


def needed(mark: Mark, pass_percent: int) -> Decimal:
    """The pass mark in points: rounded up, unless partial points have reached the exact mark below that."""
    exact = mark.max_score * pass_percent / 100
    whole = Decimal(items_needed(mark.max_score, pass_percent))
    return exact if exact <= mark.score < whole else whole


def percent(mark: Mark) -> Decimal:
    """The score in percent with one decimal. It is cut, so that 79.99 % is not shown as a missed pass mark of 80 %."""
    if not mark.max_score:  # regrades left out every question
        return Decimal(0)
    return (mark.score * 100 / mark.max_score).quantize(Decimal("0.1"), ROUND_FLOOR)


def explained(
    item: AttemptItem,
    marked: grading.ItemResult,
    known: dict[int, Reading],
    fixes: Sequence[Fix] = (),
    script: Script | None = None,
) -> Explained:
    """Explain one question. `known` are the statements to show by primary key, `fixes` the corrections that count."""
    question_type, content = item.version.question_type, item.version.content
    told = question_type.explain(fixed_body(content, fixes), item.option_order, item.payload)
    if script:
        told["criteria"] = [
            criterion | {"given": [(found.points or {}).get(criterion["id"], 0) for found in script.given]}
            for criterion in told["criteria"]
        ]
    return Explained(
        item=item,
        hint=question_type.hint(),
        content=content,
        template=question_type.result_template,
        told=told,
        earned=marked.credit.earned,
        answered=marked.answered,
        left_out=marked.left_out,
        pending=marked.pending,
        script=script,
        fixed=[Choice(fix.choice).label for fix in fixes],
        cites=[known[found["pk"]] for found in content["statements"] if found["pk"] in known],
    )


def _table(result: grading.Result, items: list[AttemptItem], known: dict[int, Reading]) -> dict[str, Any]:
    """The statements where points were lost, the lowest share first, and totals of the others."""
    pks = {found["code"]: found["pk"] for item in items for found in item.version.content["statements"]}
    rows, whole = [], []
    for code, (earned, most) in result.by_statement.items():
        if earned == most:
            whole.append(most)
        elif pks[code] in known:
            share = Decimal(earned.numerator) / earned.denominator
            rows.append(Row(known[pks[code]], share, most))
    rows.sort(key=lambda row: (row.earned / row.most, row.reading.position))
    return {"rows": rows, "whole": len(whole), "whole_points": sum(whole)}


def next_steps(attempt: Attempt) -> list[Step]:
    """The steps of the attempt's release in their present state; two queries."""
    release = attempt.enrolment.release
    live = progress.live_keys([step["key"] for step in release.steps])
    return progress.steps_of(release, progress.done_keys(attempt.enrolment), live, str(attempt.quiz_key))


def lessons_again(missed: list[Explained], steps: list[Step]) -> list[Reread]:
    """Up to LESSONS lessons of the release that cite statements of missed questions, most misses first; two queries.

    Wagtail's reference index knows which page cites a statement, and in which block.
    """
    wanted = {str(found["pk"]) for item in missed for found in item.content["statements"]}
    if not wanted:
        return []
    cited: dict[str, list[tuple[str, str]]] = {}
    references = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Statement),
        to_object_id__in=wanted,
        base_content_type=ContentType.objects.get_for_model(Page),
    ).order_by("pk")
    for page, statement, path in references.values_list("object_id", "to_object_id", "content_path"):
        cited.setdefault(page, []).append((statement, path.split(".")[1]))
    keys = dict(Page.objects.live().filter(pk__in=cited).values_list("pk", "translation_key"))
    lessons = {step.key: step for step in steps if step.kind == "lesson" and not step.waived}
    found = []
    for page, citations in cited.items():
        step = lessons.get(str(keys.get(int(page))))
        if step:
            found.append(_reread(step, citations, missed))
    return sorted(found, key=lambda again: -again.misses)[:LESSONS]


def _reread(step: Step, citations: list[tuple[str, str]], missed: list[Explained]) -> Reread:
    blocks: Counter[str] = Counter()
    misses = 0
    for item in missed:
        statements = {str(found["pk"]) for found in item.content["statements"]}
        resting = {block for statement, block in citations if statement in statements}
        misses += bool(resting)
        blocks.update(resting)
    return Reread(step, misses, anchor=blocks.most_common(1)[0][0])
