"""An answer in sentences, marked by people who follow a rubric. Payload: the text as typed.

No key decides what an answer earns: grade() leaves the credit pending, and people give the points in
quizzes.manual_marking. A draw from a pool never takes such a question (quizzes.blueprint). A test asks it only if its
author put it into every paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import NOTHING, CheckedBlock, Content, Credit, Keys, Payload, list_item
from quizzes.question_types.schema import NOT_BLANK, Flaw, LongText, Rows, Schema, SchemaRow, ShortText, distinct
from quizzes.question_types.text_base import TextType
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Text marked by people")
MAX_CRITERIA, MAX_POINTS, MAX_MARKERS = 8, 20, 2
MIN_LENGTH_LIMIT, MAX_LENGTH_LIMIT = 200, 10_000  # characters
DEFAULT_MARKERS, DEFAULT_TOLERANCE, DEFAULT_LENGTH_LIMIT = 2, 1, 2000


class CriterionBlock(blocks.StructBlock):
    label = blocks.CharBlock(default="", max_length=120, label=gettext_lazy("What markers look for"))
    points = blocks.IntegerBlock(default=2, min_value=1, max_value=MAX_POINTS, label=gettext_lazy("Points at most"))
    guide = blocks.TextBlock(
        default="",
        rows=2,
        max_length=1000,
        label=gettext_lazy("What earns how many points"),
        help_text=gettext_lazy("Shown to markers, and afterwards to the learner."),
    )

    class Meta:
        icon = "clipboard-list"
        label = gettext_lazy("Criterion")


class EssayBlock(CheckedBlock):
    criteria = RowsBlock(CriterionBlock(), min_num=1, max_num=MAX_CRITERIA, label=gettext_lazy("Rubric"))
    markers = blocks.IntegerBlock(
        default=DEFAULT_MARKERS,
        min_value=1,
        max_value=MAX_MARKERS,
        label=gettext_lazy("How many people mark it"),
        help_text=gettext_lazy("Each marks it without knowing who wrote it or what the other gave."),
    )
    tolerance = blocks.IntegerBlock(
        default=DEFAULT_TOLERANCE,
        min_value=0,
        label=gettext_lazy("Points by which two markers may differ"),
        help_text=gettext_lazy(
            "Up to this difference, the mean counts. Beyond it, a third person marks, and the middle score counts."
        ),
    )
    longest = blocks.IntegerBlock(
        default=DEFAULT_LENGTH_LIMIT,
        min_value=MIN_LENGTH_LIMIT,
        max_value=MAX_LENGTH_LIMIT,
        label=gettext_lazy("Characters at most"),
    )
    model = blocks.TextBlock(default="", rows=4, label=gettext_lazy("A good answer"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "doc-full-inverse"
        label = LABEL

    def mistakes(self, value):
        if not distinct([criterion["label"] for criterion in value["criteria"]]):
            yield _("Two criteria have the same text.")
        if value["tolerance"] >= sum(criterion["points"] for criterion in value["criteria"]):
            yield _("The tolerance is too large: two markers could never differ by more.")


class Criterion(SchemaRow):
    label: ShortText
    points: int = Field(ge=1, le=MAX_POINTS)
    guide: ShortText


class EssaySchema(Schema):
    criteria: Rows[Criterion] = Field(min_length=1, max_length=MAX_CRITERIA)
    markers: int = Field(default=DEFAULT_MARKERS, ge=1, le=MAX_MARKERS)
    tolerance: int = Field(default=DEFAULT_TOLERANCE, ge=0)
    longest: int = Field(default=DEFAULT_LENGTH_LIMIT, ge=MIN_LENGTH_LIMIT, le=MAX_LENGTH_LIMIT)
    model: Annotated[str, Field(max_length=MAX_LENGTH_LIMIT), NOT_BLANK]
    feedback: LongText

    def flaws(self) -> Iterator[Flaw]:
        if not distinct([criterion.label for criterion in self.criteria]):
            yield ("criteria",), "two criteria have the same text"
        if self.tolerance >= sum(criterion.points for criterion in self.criteria):
            yield ("tolerance",), "`tolerance` must be less than the sum of all points of the rubric"


class Essay(TextType[EssaySchema]):
    name = "freetext"
    label = LABEL
    template = "essay"
    block = EssayBlock
    schema = EssaySchema
    marked_by_people = True
    max_shown = 2 * MAX_LENGTH_LIMIT

    def hint(self) -> str:
        return _("Write some sentences. People read and mark them.")

    def max_length(self, content: Content) -> int:
        return content["longest"]

    def max_points(self, content: Content) -> int:
        """The points of the whole rubric."""
        return sum(criterion["points"] for criterion in content["criteria"])

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "criteria": [
                {"id": criterion.id, **{name: criterion.value[name] for name in ("label", "points", "guide")}}
                for criterion in value["criteria"].bound_blocks
            ],
            **{name: value[name] for name in ("markers", "tolerance", "longest", "model", "feedback")},
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        return Credit(NOTHING, {}, pending=payload is not None)

    def key(self, content: Content) -> Payload:
        """A good answer. People decide what it earns."""
        return content["model"]

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        return {
            "response": payload or "",
            "criteria": content["criteria"],
            "most": self.max_points(content),
            "model": content["model"],
            "feedback": content["feedback"],
        }

    def load(self, question: EssaySchema, keys: Keys) -> dict:
        criteria = [list_item(keys("criterion", criterion.id), criterion.values()) for criterion in question.criteria]
        return {**question.model_dump(exclude={"criteria"}), "criteria": criteria}
