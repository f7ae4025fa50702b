"""What the result page shows: the result in words, what to do next, and every question explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page, ReferenceIndex

from accounts.shares import pass_mark, percent
from courses import progress, studies
from courses.study import Step, steps_of
from quizzes import grading, result_words
from quizzes.answer_states import count_answers
from quizzes.answers import answered_items, fixes_of
from quizzes.corrections import Choice, Fix, body_in_force
from quizzes.models.manual_marking import Script
from quizzes.models.records import Attempt, AttemptItem
from quizzes.question_types import MARKED_BY_PEOPLE
from quizzes.regrades.rescoring import grade_again, reverted_fixes_of
from quizzes.versions import load_versions
from standards.display import DisplayedStatement, display_statements
from standards.models import Statement

MAX_LESSONS = 3  # lessons to suggest: about as many as somebody reads again before the next attempt


@dataclass(frozen=True)
class ExplainedItem:
    """One question of an attempt with its key, the answer and the author's feedback.

    When the key is `withheld`, `explanation` is empty, and pages show no more than the question and that it was missed.
    """

    item: AttemptItem
    hint: str
    content: dict[str, Any]
    template: str
    explanation: dict[str, Any]
    earned: Fraction
    answered: bool
    left_out: bool
    pending: bool
    script: Script | None
    fixed: list[Any]
    cites: list[DisplayedStatement]
    withheld: bool = False

    @property
    def critical_error(self) -> bool:
        return bool(self.content.get("critical")) and self.earned < 1 and not (self.left_out or self.pending)

    @property
    def remark(self) -> str:
        """The words beside the number of the question; "" for none. The template shows a critical error itself."""
        if not self.answered:
            return _("no answer")
        if self.pending:
            return _("marked by people")
        if self.withheld:  # the share could tell which part was right
            return _("partly right") if self.partly else ""
        return _("%(share)s of the point") % {"share": self.partly} if self.partly else ""

    @property
    def partly(self) -> str:
        """The earned share of the point as a fraction, such as "2/3"; "" for the whole point or none."""
        return str(self.earned) if 0 < self.earned < 1 else ""


@dataclass(frozen=True)
class ResultRow:
    """One row of the table of statements: points earned and possible in the questions that cite the statement."""

    reading: DisplayedStatement
    earned: Fraction
    most: int


@dataclass(frozen=True)
class RereadLesson:
    """A lesson to read again: it cites statements of missed questions. `anchor` is the block to start with."""

    step: Step
    misses: int
    anchor: str


def context(attempt: Attempt, withheld: Collection[UUID] = ()) -> dict[str, Any]:
    """The template context for the result of a finished attempt; a constant number of queries.

    The attempt is graded again by the same pure rules. `withheld` are the questions whose key is not shown, see
    quizzes.answer_keys. Raises Mark.DoesNotExist while people are marking a part of it.
    """
    mark = attempt.marks.latest("number")
    ended = attempt.submitted_at or attempt.deadline
    items = answered_items(attempt)
    load_versions(items)
    fixes = fixes_of({item.version_id for item in items if item.is_corrected})
    scripts = _scripts(attempt, items)
    result, fixed = grade_again(
        [(item.version_id, item.version.content, item.payload) for item in items],
        fixes,
        reverted_fixes_of({item.version_id: item.version.content for item in items}),
        {item.position: scripts[item.pk].share for item in items if item.pk in scripts},
    )
    pks = {statement["pk"] for item in items for statement in item.version.content["statements"]}
    displayed = display_statements(pks, get_language())
    explained = [
        explain(
            item,
            item_result,
            displayed,
            fixed[item.position],
            scripts.get(item.pk),
            withheld=item.version.key in withheld,
        )
        for item, item_result in zip(items, result.items, strict=True)
    ]
    missed = sorted(
        (item for item in explained if item.earned < 1 and not item.left_out),
        key=lambda item: not item.critical_error,
    )
    return {
        "mark": mark,
        "heading": result_words.heading(mark, attempt),
        "verdict": result_words.verdict(mark, attempt),
        "needed": pass_mark(mark.max_score, attempt.pass_percent),
        "percent": percent(mark.score, mark.max_score),
        "explained": explained,
        "missed": missed,
        "missed_withheld": [item for item in missed if item.withheld],
        "missed_explained": [item for item in missed if not item.withheld],
        "right_explained": [item for item in explained if (item.earned == 1 or item.left_out) and not item.withheld],
        "answers": count_answers(items),
        "shown_statements": set(),
        "minutes_used": -(-(ended - attempt.started_at) // timedelta(minutes=1)),
        **_table(result, items, displayed),
    }


def _scripts(attempt: Attempt, items: list[AttemptItem]) -> dict[int, Script]:
    """The scripts of these items that have points, by item id; two queries, and none where people mark nothing."""
    if not any(item.version.content["kind"] in MARKED_BY_PEOPLE for item in items):
        return {}
    rows = Script.objects.everybody("a finished attempt").filter(item__attempt=attempt).exclude(points=None)
    return {script.item_id: script for script in rows.prefetch_related("markings")}


def explain(
    item: AttemptItem,
    result: grading.ItemResult,
    displayed: dict[int, DisplayedStatement],
    fixes: Sequence[Fix] = (),
    script: Script | None = None,
    withheld: bool = False,
) -> ExplainedItem:
    """Explain one question. `displayed` are the statements to show by primary key, `fixes` the corrections that count.

    Without its key, when that is `withheld`.
    """
    question_type, content = item.version.question_type, item.version.content
    explanation: dict[str, Any] = {}
    if not withheld:
        explanation = question_type.explain(body_in_force(content, fixes), item.option_order, item.payload)
    if script and explanation:
        points_by_marker = [marking.points or {} for marking in script.finished_markings]
        explanation["criteria"] = [
            criterion | {"given": [points.get(criterion["id"], 0) for points in points_by_marker]}
            for criterion in explanation["criteria"]
        ]
    return ExplainedItem(
        item=item,
        hint=question_type.hint(),
        content=content,
        template=question_type.result_template,
        explanation=explanation,
        earned=result.credit.earned,
        answered=result.answered,
        left_out=result.left_out,
        pending=result.pending,
        script=script,
        fixed=[Choice(fix.choice).label for fix in fixes],
        cites=[displayed[statement["pk"]] for statement in content["statements"] if statement["pk"] in displayed],
        withheld=withheld,
    )


def _table(
    result: grading.Result, items: list[AttemptItem], displayed: dict[int, DisplayedStatement]
) -> dict[str, Any]:
    """The statements where points were lost, the lowest share first, and totals of the others."""
    pks = {statement["code"]: statement["pk"] for item in items for statement in item.version.content["statements"]}
    rows, whole = [], []
    for code, (earned, most) in result.by_statement.items():
        if earned == most:
            whole.append(most)
        elif pks[code] in displayed:
            rows.append(ResultRow(displayed[pks[code]], earned, most))
    rows.sort(key=lambda row: (row.earned / row.most, row.reading.position))
    return {"rows": rows, "whole": len(whole), "whole_points": sum(whole)}


def next_steps(attempt: Attempt) -> list[Step]:
    """The steps of the attempt's release, done or not; one query. Their pages may be some seconds old."""
    enrolment = attempt.enrolment
    pages = studies.remembered_pages(enrolment.release)
    return steps_of(enrolment.release, progress.done_keys(enrolment), pages, str(attempt.quiz_key))


def lessons_to_reread(missed: list[ExplainedItem], steps: list[Step]) -> list[RereadLesson]:
    """Up to MAX_LESSONS lessons of the release that cite statements of missed questions, most misses first.

    Two queries. Wagtail's reference index knows which page cites a statement, and in which block.
    """
    wanted = {str(statement["pk"]) for item in missed for statement in item.content["statements"]}
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
    lessons = {step.key: step for step in steps if step.kind == "lesson" and step.url}
    to_reread = []
    for page, citations in cited.items():
        step = lessons.get(str(keys.get(int(page))))
        if step:
            to_reread.append(_reread_lesson(step, citations, missed))
    return sorted(to_reread, key=lambda lesson: -lesson.misses)[:MAX_LESSONS]


def _reread_lesson(step: Step, citations: list[tuple[str, str]], missed: list[ExplainedItem]) -> RereadLesson:
    blocks: Counter[str] = Counter()
    misses = 0
    for item in missed:
        statements = {str(statement["pk"]) for statement in item.content["statements"]}
        citing_blocks = {block for statement, block in citations if statement in statements}
        misses += bool(citing_blocks)
        blocks.update(citing_blocks)
    return RereadLesson(step, misses, anchor=blocks.most_common(1)[0][0])
