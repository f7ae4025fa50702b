"""An answer in sentences, marked by people who follow a rubric. Payload: the text as it was typed.

What it earns is in no key: grade() says that it is pending, and quizzes.marking brings the points that people gave. A draw from a
pool never takes such a question (quizzes.blueprint): a test asks it where its author put it into every paper.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import text_matching
from quizzes.question_types.base import (
    NOTHING,
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Flaw,
    Keys,
    Payload,
    check_rows,
    check_text,
    distinct,
    numbered,
    one,
    row,
    well_formed,
    whole,
)

NAME = "freetext"
LABEL = gettext_lazy("Text marked by people")
TEMPLATE = "essay"
BY_PEOPLE = True
FIELDS = {"criteria", "tolerance", "markers", "longest", "model", "feedback"}
FIELD = "answer"
DEFAULTS = {"markers": 2, "tolerance": 1, "longest": 2000}
CRITERIA, POINTS, MARKERS, SIGNS = range(1, 9), range(1, 21), range(1, 3), range(200, 10_001)


class CriterionBlock(blocks.StructBlock):
    label = blocks.CharBlock(default="", max_length=120, label=gettext_lazy("What is looked for"))
    points = blocks.IntegerBlock(
        default=2, min_value=POINTS.start, max_value=POINTS.stop - 1, label=gettext_lazy("Points at most")
    )
    guide = blocks.TextBlock(
        default="",
        rows=2,
        max_length=1000,
        label=gettext_lazy("What earns how many of them"),
        help_text=gettext_lazy("For those who mark, and afterwards for the learner."),
    )

    class Meta:
        icon = "clipboard-list"
        label = gettext_lazy("Criterion")


class Block(CheckedBlock):
    criteria = blocks.ListBlock(
        CriterionBlock(), min_num=CRITERIA.start, max_num=CRITERIA.stop - 1, label=gettext_lazy("Rubric")
    )
    markers = blocks.IntegerBlock(
        default=DEFAULTS["markers"],
        min_value=MARKERS.start,
        max_value=MARKERS.stop - 1,
        label=gettext_lazy("How many people mark it"),
        help_text=gettext_lazy("Each without knowing whose it is or what the other gave."),
    )
    tolerance = blocks.IntegerBlock(
        default=DEFAULTS["tolerance"],
        min_value=0,
        label=gettext_lazy("Points by which two may differ"),
        help_text=gettext_lazy("Within it the mean counts; beyond it a third person marks, and the middle one counts."),
    )
    longest = blocks.IntegerBlock(
        default=DEFAULTS["longest"],
        min_value=SIGNS.start,
        max_value=SIGNS.stop - 1,
        label=gettext_lazy("Signs at most"),
    )
    model = blocks.TextBlock(default="", rows=4, label=gettext_lazy("A good answer"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "doc-full-inverse"
        label = LABEL

    def mistakes(self, value):
        if not distinct([found["label"] for found in value["criteria"]]):
            yield _("Two criteria read the same.")
        if value["tolerance"] >= sum(found["points"] for found in value["criteria"]):
            yield _("With this tolerance no two people could ever differ too much.")


def hint() -> str:
    return _("Write some sentences. People read and mark them.")


def freeze(value, key: UUID) -> Content:
    return {
        "criteria": [
            {"id": found.id, **{name: found.value[name] for name in ("label", "points", "guide")}}
            for found in value["criteria"].bound_blocks
        ],
        **{name: value[name] for name in ("markers", "tolerance", "longest", "model", "feedback")},
    }


def most(content: Content) -> int:
    """The points of the whole rubric."""
    return sum(found["points"] for found in content["criteria"])


def order(content: Content, draw: random.Random) -> list[str]:
    return []


def parse(data: MultiValueDict, content: Content) -> Payload:
    typed = text_matching.typed(one(data, FIELD, _("Write one answer only.")))
    if len(typed) > content["longest"]:
        raise BadAnswer(_("This is too long. Write %(most)d signs at the most.") % {"most": content["longest"]})
    return typed or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({FIELD: [payload]} if payload else {})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    """The limit and the text; nothing of the rubric, which tells what to write."""
    return {"name": FIELD, "value": data.get(FIELD, "")[: 2 * SIGNS.stop], "longest": content["longest"]}


def grade(content: Content, payload: Payload) -> Credit:
    return Credit(NOTHING, {}, pending=payload is not None)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    return {
        "given": payload or "",
        "criteria": content["criteria"],
        "most": most(content),
        "model": content["model"],
        "feedback": content["feedback"],
    }


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "criteria", ("label", "guide"), {"points": int}, CRITERIA)
    rows = well_formed(item, "criteria", ("label",))
    for number, found in numbered(item, "criteria"):
        if not whole(found.get("points"), POINTS):
            yield ("criteria", number, "points"), f"`points` must be a whole number from 1 to {POINTS.stop - 1}"
    if not distinct([found["label"] for found in rows]):
        yield ("criteria",), "two criteria read the same"
    total = sum(found["points"] for found in rows if whole(found.get("points"), POINTS))
    for name, allowed in (("markers", MARKERS), ("tolerance", range(0, max(total, 1))), ("longest", SIGNS)):
        if not whole(item.get(name, DEFAULTS[name]), allowed):
            yield (name,), f"`{name}` must be a whole number from {allowed.start} to {allowed.stop - 1}"
    yield from check_text(item, "model", limit=SIGNS.stop)
    yield from check_text(item, "feedback")


def load(item: dict, keys: Keys) -> dict:
    return {
        "criteria": [
            row(
                keys("criterion", found["id"]),
                {"label": found["label"], "points": found["points"], "guide": found["guide"]},
            )
            for found in item["criteria"]
        ],
        **{name: item.get(name, default) for name, default in DEFAULTS.items()},
        "model": item["model"],
        "feedback": item["feedback"],
    }


def key(content: Content) -> Payload:
    """A good answer; what it earns, people say."""
    return content["model"]
