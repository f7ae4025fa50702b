"""Several right answers, each worth its own points; wrong ones cost some. Payload: the ids chosen, in the order of their ids.

Credit: max(0, points of what was chosen / points of all right options), as Moodle's multiple choice with fractions does
(its grades are rounded percentages, these are exact).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import choice_base, multiple
from quizzes.question_types.base import (
    NOTHING,
    CheckedBlock,
    Content,
    Credit,
    Flaw,
    Keys,
    Payload,
    check_rows,
    distinct,
    row,
    well_formed,
    whole,
)

NAME = "weighted"
LABEL = gettext_lazy("Several right answers, with penalties")
TEMPLATE = "choices"
FIELDS = {"options", "fixed_order"}
MOST = 100

hint, parse, fields, ask, order = multiple.hint, multiple.parse, multiple.fields, multiple.ask, choice_base.order


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Option"))
    points = blocks.IntegerBlock(
        default=0,
        min_value=-MOST,
        max_value=MOST,
        label=gettext_lazy("Points"),
        help_text=gettext_lazy("More than 0 for a right one, less for one that does harm, 0 for one that only misses."),
    )
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "tick"
        label = gettext_lazy("Option")


class Block(CheckedBlock):
    options = blocks.ListBlock(
        OptionBlock(),
        min_num=choice_base.OPTIONS.start,
        max_num=choice_base.OPTIONS.stop - 1,
        label=gettext_lazy("Options"),
    )
    fixed_order = blocks.BooleanBlock(required=False, label=gettext_lazy("Keep the options in this order"))

    class Meta:
        icon = "tick-inverse"
        label = LABEL

    def mistakes(self, value):
        if not any(option["points"] > 0 for option in value["options"]):
            yield _("Give points for at least one option.")
        if not distinct([option["text"] for option in value["options"]]):
            yield _("Two options say the same. Change one.")


def freeze(value, key: UUID) -> Content:
    return {
        "options": [
            {
                "id": option.id,
                "text": option.value["text"],
                "points": option.value["points"] or 0,
                "correct": (option.value["points"] or 0) > 0,
                "feedback": option.value["feedback"],
            }
            for option in value["options"].bound_blocks
        ],
        "fixed_order": bool(value["fixed_order"]),
    }


def grade(content: Content, payload: Payload) -> Credit:
    chosen, right = set(payload or ()), choice_base.key(content)
    most = sum(option["points"] for option in content["options"] if option["points"] > 0)
    points = sum(option["points"] for option in content["options"] if option["id"] in chosen)
    handled = {name: (name in chosen) == (name in right) for name in choice_base.ids(content)}
    return Credit(max(NOTHING, Fraction(points, most)), handled)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    return {**choice_base.explain(content, order, set(payload or ())), "several": True}


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "options", ("text", "feedback"), {"points": int}, choice_base.OPTIONS)
    options = well_formed(item, "options", ("text",))
    if not distinct([option["text"] for option in options]):
        yield ("options",), "two options say the same"
    points = [option.get("points", 0) for option in options]
    if not all(whole(one, range(-MOST, MOST + 1)) for one in points):
        yield ("options",), f"`points` must be whole numbers from -{MOST} to {MOST}"
    elif not any(one > 0 for one in points):
        yield ("options",), "at least one option must have `points` above 0"
    if not isinstance(item.get("fixed_order", False), bool):
        yield ("fixed_order",), "`fixed_order` must be true or false"


def load(item: dict, keys: Keys) -> dict:
    options = [
        row(
            keys("option", option["id"]),
            {"text": option["text"], "points": option.get("points", 0), "feedback": option["feedback"]},
        )
        for option in item["options"]
    ]
    return {"options": options, "fixed_order": item.get("fixed_order", False)}


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return sorted(choice_base.key(content))


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one: what it holds is worth a point at least, what it does not, none."""
    points = {name: (max(worth, 1) if name in answer else min(worth, 0)) for name, worth in _points(content).items()}
    options = [{**option, "points": points[option["id"]]} for option in content["options"]]
    return choice_base.rekeyed({**content, "options": options}, set(answer))


def _points(content: Content) -> dict[str, int]:
    return {option["id"]: option["points"] for option in content["options"]}
