"""Things to be put in order. Payload: all ids, the first first.

Credit: the number of things directly followed by the one that belongs behind them, divided by how many
could be (n - 1). This is the grading "Relative to the next item (excluding last)" of Moodle's ordering
question: one thing in the wrong place costs its neighbourhood, not everything behind it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

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
    one,
    row,
    shuffled,
    strangers,
    well_formed,
)

NAME = "ordering"
LABEL = gettext_lazy("Put in order")
TEMPLATE = "ordering"
FIELDS = {"items", "feedback"}
ITEMS = range(3, 9)
PREFIX = "place-"


class Block(CheckedBlock):
    items = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=400),
        min_num=ITEMS.start,
        max_num=ITEMS.stop - 1,
        label=gettext_lazy("In the right order, the first first"),
    )
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "list-ol"
        label = LABEL

    def mistakes(self, value):
        if not distinct(list(value["items"])):
            yield _("Two of the things to be ordered say the same. Change one.")


def hint() -> str:
    return _("Give each its place, 1 for the first.")


def freeze(value, key: UUID) -> Content:
    items = [{"id": item.id, "text": item.value} for item in value["items"].bound_blocks]
    return {"items": items, "feedback": value["feedback"]}


def _key(content: Content) -> list[str]:
    return [item["id"] for item in content["items"]]


def order(content: Content, draw: random.Random) -> list[str]:
    """Any order but the right one."""
    key = _key(content)
    while True:
        found = shuffled(key, draw)
        if found != key:
            return found


def parse(data: MultiValueDict, content: Content) -> Payload:
    key = _key(content)
    places = {name: one(data, PREFIX + name, _("Give each one place only.")) for name in key}
    if strangers(data, PREFIX, key):
        raise BadAnswer(_("This answer belongs to another item. Give the places again here."))
    if not any(places.values()):
        return None
    wanted = {str(place) for place in range(1, len(key) + 1)}
    if set(places.values()) != wanted:
        raise BadAnswer(_("Give each one its own place, from 1 to %(last)d.") % {"last": len(key)})
    return sorted(key, key=lambda name: int(places[name]))


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({PREFIX + name: [str(place)] for place, name in enumerate(payload or (), 1)})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    texts = {item["id"]: item["text"] for item in content["items"]}
    return {
        "items": [{"name": PREFIX + name, "text": texts[name], "place": data.get(PREFIX + name, "")} for name in order],
        "places": [str(place) for place in range(1, len(order) + 1)],
    }


def grade(content: Content, payload: Payload) -> Credit:
    wanted = list(pairwise(_key(content)))
    given = set(pairwise(payload or ()))
    right = {first: (first, then) in given for first, then in wanted}
    return Credit(Fraction(sum(right.values()), len(wanted)) if payload else NOTHING, right)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    places = {name: place for place, name in enumerate(payload or (), 1)}
    return {
        "items": [
            {
                "text": item["text"],
                "place": place,
                "given": places.get(item["id"]),
                "right": places.get(item["id"]) == place,
            }
            for place, item in enumerate(content["items"], 1)
        ],
        "feedback": content["feedback"],
    }


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "items", ("text",), {}, ITEMS)
    if not distinct([found["text"] for found in well_formed(item, "items", ("text",))]):
        yield ("items",), "two of the things to be ordered say the same"
    yield from check_text(item, "feedback")


def load(item: dict, keys: Keys) -> dict:
    items = [row(keys("item", found["id"]), found["text"]) for found in item["items"]]
    return {"items": items, "feedback": item["feedback"]}


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return _key(content)


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this order as the right one."""
    items = {item["id"]: item for item in content["items"]}
    return {**content, "items": [items[name] for name in answer]}
