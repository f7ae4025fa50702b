"""Put items in order. Payload: all ids in the chosen order.

Credit: the number of items that are directly followed by the right item, divided by n - 1, the highest possible number.
This is the grading "Relative to the next item (excluding last)" of Moodle's ordering question: one misplaced item costs
only the credit around it, not the credit of everything after it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import (
    NOTHING,
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    has_unknown_fields,
    list_item,
    shuffled,
    single_value,
)
from quizzes.question_types.schema import Flaw, LongText, Rows, Schema, SchemaRow, ShortText, distinct
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Put in order")
MIN_ITEMS, MAX_ITEMS = 3, 8  # items to sort
PREFIX = "place-"


class OrderingBlock(CheckedBlock):
    items = RowsBlock(
        blocks.CharBlock(default="", max_length=400),
        min_num=MIN_ITEMS,
        max_num=MAX_ITEMS,
        label=gettext_lazy("In the right order, starting with the first"),
    )
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "list-ol"
        label = LABEL

    def mistakes(self, value):
        if not distinct(list(value["items"])):
            yield _("Two of the items to put in order have the same text. Change one.")


class OrderingItem(SchemaRow):
    text: ShortText


class OrderingSchema(Schema):
    items: Rows[OrderingItem] = Field(min_length=MIN_ITEMS, max_length=MAX_ITEMS)
    feedback: LongText

    def flaws(self) -> Iterator[Flaw]:
        if not distinct([item.text for item in self.items]):
            yield ("items",), "two of the things to put in order have the same text"


class Ordering(RekeyableType[OrderingSchema]):
    name = "ordering"
    label = LABEL
    template = "ordering"
    block = OrderingBlock
    schema = OrderingSchema

    def hint(self) -> str:
        return _("Number them in the right order; 1 is the first.")

    def freeze(self, value: Any, key: UUID) -> Content:
        items = [{"id": item.id, "text": item.value} for item in value["items"].bound_blocks]
        return {"items": items, "feedback": value["feedback"]}

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """A random order, but never the right one, which would leave the learner nothing to do."""
        key = self.key(content)
        while (order := shuffled(key, draw)) == key:
            pass
        return order

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        key = self.key(content)
        places = {name: single_value(data, PREFIX + name, _("Choose only one number for each.")) for name in key}
        if has_unknown_fields(data, PREFIX, key):
            raise BadAnswer(_("This answer belongs to another question. Number them again here."))
        if not any(places.values()):
            return None
        wanted = {str(place) for place in range(1, len(key) + 1)}
        if set(places.values()) != wanted:
            raise BadAnswer(_("Give each a different number, from 1 to %(last)d.") % {"last": len(key)})
        return sorted(key, key=lambda name: int(places[name]))

    def fields(self, payload: Payload) -> MultiValueDict:
        return MultiValueDict({PREFIX + name: [str(place)] for place, name in enumerate(payload or (), 1)})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        texts = {item["id"]: item["text"] for item in content["items"]}
        return {
            "items": [
                {"name": PREFIX + name, "text": texts[name], "place": data.get(PREFIX + name, "")} for name in order
            ],
            "places": [str(place) for place in range(1, len(order) + 1)],
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        wanted, answered = list(pairwise(self.key(content))), set(pairwise(payload or ()))
        right = {first: (first, then) in answered for first, then in wanted}
        return Credit(Fraction(sum(right.values()), len(wanted)) if payload else NOTHING, right)

    def key(self, content: Content) -> Payload:
        return [item["id"] for item in content["items"]]

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        places = {name: place for place, name in enumerate(payload or (), 1)}
        return {
            "items": [
                {
                    "text": item["text"],
                    "place": place,
                    "response": places.get(item["id"]),
                    "right": places.get(item["id"]) == place,
                }
                for place, item in enumerate(content["items"], 1)
            ],
            "feedback": content["feedback"],
        }

    def load(self, question: OrderingSchema, keys: Keys) -> dict:
        items = [list_item(keys("item", item.id), item.text) for item in question.items]
        return {"items": items, "feedback": question.feedback}

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        items = {item["id"]: item for item in content["items"]}
        return {**content, "items": [items[name] for name in answer]}
