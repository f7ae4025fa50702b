"""Several right answers, each worth its own points. Wrong ones can cost points.

Payload: the ids of the chosen options, sorted.

Credit: max(0, points of what was chosen / points of all right options). This is Moodle's multiple choice with
fractions, except that Moodle rounds percentages while this rule is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import NOTHING, CheckedBlock, Content, Payload
from quizzes.question_types.choice_base import MAX_OPTIONS, MIN_OPTIONS, ChoiceSchema, ManyChoiceType, Option
from quizzes.question_types.schema import Flaw, distinct
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Several right answers, with penalties")
POINTS = 100


class WeightedOptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Option"))
    points = blocks.IntegerBlock(
        default=0,
        min_value=-POINTS,
        max_value=POINTS,
        label=gettext_lazy("Points"),
        help_text=gettext_lazy(
            "More than 0 for a right option, less than 0 for a harmful one, 0 for one that is wrong but harmless."
        ),
    )
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "tick"
        label = gettext_lazy("Option")


class WeightedBlock(CheckedBlock):
    options = RowsBlock(WeightedOptionBlock(), min_num=MIN_OPTIONS, max_num=MAX_OPTIONS, label=gettext_lazy("Options"))
    fixed_order = blocks.BooleanBlock(required=False, label=gettext_lazy("Keep the options in this order"))

    class Meta:
        icon = "tick-inverse"
        label = LABEL

    def mistakes(self, value):
        if not any(option["points"] > 0 for option in value["options"]):
            yield _("Give at least one option more than 0 points.")
        if not distinct([option["text"] for option in value["options"]]):
            yield _("Two options have the same text. Change one.")


class WeightedOption(Option):
    points: int = Field(default=0, ge=-POINTS, le=POINTS)


class WeightedSchema(ChoiceSchema[WeightedOption]):
    def flaws(self) -> Iterator[Flaw]:
        yield from super().flaws()
        if not any(option.points > 0 for option in self.options):
            yield ("options",), "at least one option must have `points` above 0"


class WeightedChoice(ManyChoiceType[WeightedSchema]):
    name = "weighted"
    label = LABEL
    block = WeightedBlock
    schema = WeightedSchema

    def freeze_option(self, option_id: str, value: Any) -> dict:
        points = value["points"] or 0
        return {
            "id": option_id,
            "text": value["text"],
            "points": points,
            "correct": points > 0,
            "feedback": value["feedback"],
        }

    def earned(self, content: Content, chosen: set[str]) -> Fraction:
        points = {option["id"]: option["points"] for option in content["options"]}
        highest = sum(worth for worth in points.values() if worth > 0)
        return max(NOTHING, Fraction(sum(points[name] for name in chosen), highest))

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        """Options in the answer get at least 1 point, all others at most 0."""
        content = super().rekeyed(content, answer)
        options = [
            {**option, "points": max(option["points"], 1) if option["correct"] else min(option["points"], 0)}
            for option in content["options"]
        ]
        return {**content, "options": options}
