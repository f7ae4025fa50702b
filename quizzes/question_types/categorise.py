"""Things to be put into categories. Payload: {thing id: category id}, as far as they were chosen.

Credit: the share of things that stand where they belong, as QTI's match interaction with equal weights. For a learner it is the
list of the matching kind, in which several things may be given the same category.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID, uuid5

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import matching
from quizzes.question_types.base import (
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Flaw,
    Keys,
    Payload,
    check_rows,
    distinct,
    numbered,
    one,
    row,
    shuffled,
    strangers,
)

NAME = "categorise"
LABEL = gettext_lazy("Sort into categories")
TEMPLATE = "matching"
FIELDS = {"categories"}
CATEGORIES, THINGS = range(2, 6), range(1, 9)
MOST_THINGS = 12
PREFIX = matching.PREFIX

fields = matching.fields


class ThingBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Belongs here"))
    feedback = blocks.TextBlock(
        required=False, default="", rows=2, label=gettext_lazy("What we say about it afterwards")
    )

    class Meta:
        icon = "tag"
        label = gettext_lazy("Thing")


class CategoryBlock(blocks.StructBlock):
    name = blocks.CharBlock(default="", max_length=200, label=gettext_lazy("Category"))
    things = blocks.ListBlock(
        ThingBlock(), min_num=THINGS.start, max_num=THINGS.stop - 1, label=gettext_lazy("What belongs to it")
    )

    class Meta:
        icon = "folder"
        label = gettext_lazy("Category")


class Block(CheckedBlock):
    categories = blocks.ListBlock(
        CategoryBlock(), min_num=CATEGORIES.start, max_num=CATEGORIES.stop - 1, label=gettext_lazy("Categories")
    )

    class Meta:
        icon = "folder-open-inverse"
        label = LABEL

    def mistakes(self, value):
        things = [thing["text"] for category in value["categories"] for thing in category["things"]]
        if not distinct([category["name"] for category in value["categories"]]) or not distinct(things):
            yield _("Two categories or two things say the same. Change one.")
        if len(things) > MOST_THINGS:
            yield _("Twelve things are enough for one question. Take some out.")


def hint() -> str:
    return _("Choose where each belongs.")


def freeze(value, key: UUID) -> Content:
    return {
        # The ids are made with the question's key, which no learner sees: they do not betray what belongs together.
        "categories": [
            {"id": str(uuid5(key, f"category/{found.id}")), "name": found.value["name"]}
            for found in value["categories"].bound_blocks
        ],
        "things": [
            {
                "id": thing.id,
                "text": thing.value["text"],
                "category": str(uuid5(key, f"category/{found.id}")),
                "feedback": thing.value["feedback"],
            }
            for found in value["categories"].bound_blocks
            for thing in found.value["things"].bound_blocks
        ],
    }


def order(content: Content, draw: random.Random) -> list[str]:
    """The things in an order of their own; the categories stay as they were written."""
    return shuffled(sorted(thing["id"] for thing in content["things"]), draw)


def parse(data: MultiValueDict, content: Content) -> Payload:
    categories = {found["id"] for found in content["categories"]}
    things = {thing["id"] for thing in content["things"]}
    if strangers(data, PREFIX, things):
        raise BadAnswer(_("This answer belongs to another item. Choose again here."))
    chosen = {name: one(data, PREFIX + name, _("Choose one only for each.")) for name in sorted(things)}
    if not set(chosen.values()) <= {"", *categories}:
        raise BadAnswer(_("This is not one of the things to choose from. Choose from the list."))
    return {name: category for name, category in chosen.items() if category} or None


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    texts = {thing["id"]: thing["text"] for thing in content["things"]}
    return {
        "rights": [{"id": found["id"], "text": found["name"]} for found in content["categories"]],
        "lefts": [
            {"name": PREFIX + name, "text": texts[name], "chosen": data.get(PREFIX + name, "")} for name in order
        ],
    }


def grade(content: Content, payload: Payload) -> Credit:
    given = payload or {}
    right = {thing["id"]: given.get(thing["id"]) == thing["category"] for thing in content["things"]}
    return Credit(Fraction(sum(right.values()), len(right)), right)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    names = {found["id"]: found["name"] for found in content["categories"]}
    given, right = payload or {}, grade(content, payload).right
    return {
        "pairs": [
            {
                "left": thing["text"],
                "wanted": names[thing["category"]],
                "given": names.get(given.get(thing["id"], ""), ""),
                "right": right[thing["id"]],
                "feedback": thing["feedback"],
            }
            for thing in content["things"]
        ]
    }


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "categories", ("name",), {"things": list}, CATEGORIES)
    categories = numbered(item, "categories")
    things: list[dict] = []
    for number, found in categories:
        for path, why in check_rows(found, "things", ("text", "feedback"), {}, THINGS):
            yield ("categories", number, *path), why
        things += [thing for _n, thing in numbered(found, "things")]
    if not distinct([str(found.get("name")) for _n, found in categories]):
        yield ("categories",), "two categories say the same"
    if not distinct([str(thing.get("text")) for thing in things]) or len(things) > MOST_THINGS:
        yield ("categories",), f"two things say the same, or there are more than {MOST_THINGS}"
    if len({str(thing.get("id")) for thing in things}) < len(things):
        yield ("categories",), "an id stands twice among the things"


def load(item: dict, keys: Keys) -> dict:
    return {
        "categories": [
            row(
                keys("category", found["id"]),
                {
                    "name": found["name"],
                    "things": [
                        row(keys("thing", thing["id"]), {"text": thing["text"], "feedback": thing["feedback"]})
                        for thing in found["things"]
                    ],
                },
            )
            for found in item["categories"]
        ]
    }


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return {thing["id"]: thing["category"] for thing in content["things"]}


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one, as far as it says."""
    things = [{**thing, "category": answer.get(thing["id"], thing["category"])} for thing in content["things"]]
    return {**content, "things": things}
