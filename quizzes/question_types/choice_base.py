"""Options to choose from: what the choice kinds share. Not a kind itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from quizzes.question_types.base import (
    CheckedBlock,
    Content,
    Flaw,
    Keys,
    check_rows,
    distinct,
    row,
    shuffled,
    well_formed,
)

OPTIONS = range(2, 9)
FIELD = "answer"


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=_("Option"))
    correct = blocks.BooleanBlock(required=False, label=_("Right"))
    feedback = blocks.TextBlock(default="", rows=2, label=_("What we say about it afterwards"))

    class Meta:
        icon = "radio-full"
        label = _("Option")


class ChoiceBlock(CheckedBlock):
    options = blocks.ListBlock(OptionBlock(), min_num=OPTIONS.start, max_num=OPTIONS.stop - 1, label=_("Options"))
    fixed_order = blocks.BooleanBlock(
        required=False,
        label=_("Keep the options in this order"),
        help_text=_("For numbers and degrees. Otherwise every learner sees them in an order of their own."),
    )

    def mistakes(self, value):
        if not distinct([option["text"] for option in value["options"]]):
            yield _("Two options say the same. Change one.")


def count_right(value) -> int:
    return sum(bool(option["correct"]) for option in value["options"])


def freeze(value, key: UUID) -> Content:
    return {
        "options": [
            {
                "id": option.id,
                "text": option.value["text"],
                "correct": bool(option.value["correct"]),
                "feedback": option.value["feedback"],
            }
            for option in value["options"].bound_blocks
        ],
        "fixed_order": bool(value["fixed_order"]),
    }


def ids(content: Content) -> list[str]:
    return [option["id"] for option in content["options"]]


def key(content: Content) -> set[str]:
    return {option["id"] for option in content["options"] if option["correct"]}


def order(content: Content, draw: random.Random) -> list[str]:
    return ids(content) if content["fixed_order"] else shuffled(ids(content), draw)


def ask(content: Content, order: list[str], data: MultiValueDict, control: str) -> dict:
    texts = {option["id"]: option["text"] for option in content["options"]}
    chosen = set(data.getlist(FIELD))
    rows = [{"id": name, "text": texts[name], "chosen": name in chosen} for name in order]
    return {"control": control, "name": FIELD, "options": rows}


def explain(content: Content, order: list[str], chosen: set[str]) -> dict:
    options = {option["id"]: option for option in content["options"]}
    rows = [{**options[name], "right": options[name]["correct"], "chosen": name in chosen} for name in order]
    return {"options": rows, "several": len(key(content)) > 1}


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "options", ("text", "feedback"), {"correct": bool}, OPTIONS)
    if not distinct([option["text"] for option in well_formed(item, "options", ("text",))]):
        yield ("options",), "two options say the same"
    if not isinstance(item.get("fixed_order", False), bool):
        yield ("fixed_order",), "`fixed_order` must be true or false"


def right_in(item: dict) -> int:
    return sum(option.get("correct") is True for option in well_formed(item, "options", ("text",)))


def load(item: dict, keys: Keys) -> dict:
    return {
        "options": [
            row(
                keys("option", option["id"]),
                {
                    "text": option["text"],
                    "correct": option.get("correct", False),
                    "feedback": option["feedback"],
                },
            )
            for option in item["options"]
        ],
        "fixed_order": item.get("fixed_order", False),
    }


def rekeyed(content: Content, right: set[str]) -> Content:
    """The same with other options as the right ones."""
    return {**content, "options": [{**option, "correct": option["id"] in right} for option in content["options"]]}
