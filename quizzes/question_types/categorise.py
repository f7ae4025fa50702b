"""Put things into categories. Payload: {thing id: category id} for the things that have one chosen.

To the learner it looks like matching, except that several things may belong to one category.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import CheckedBlock, Content, Keys, Payload, list_item, shuffled
from quizzes.question_types.pair_base import PairType, Prompt
from quizzes.question_types.schema import Flaw, Row, Rows, RowText, Schema, distinct

LABEL = gettext_lazy("Sort into categories")
FEWEST_CATEGORIES, MOST_CATEGORIES = 2, 5
MOST_IN_ONE, MOST_THINGS = 8, 12


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
    things = blocks.ListBlock(ThingBlock(), min_num=1, max_num=MOST_IN_ONE, label=gettext_lazy("What belongs to it"))

    class Meta:
        icon = "folder"
        label = gettext_lazy("Category")


class CategoriseBlock(CheckedBlock):
    categories = blocks.ListBlock(
        CategoryBlock(), min_num=FEWEST_CATEGORIES, max_num=MOST_CATEGORIES, label=gettext_lazy("Categories")
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


class Thing(Row):
    text: RowText
    feedback: RowText


class Category(Row):
    name: RowText
    things: Rows[Thing] = Field(min_length=1, max_length=MOST_IN_ONE)


class CategoriseSchema(Schema):
    categories: Rows[Category] = Field(min_length=FEWEST_CATEGORIES, max_length=MOST_CATEGORIES)

    def flaws(self) -> Iterator[Flaw]:
        things = [thing for category in self.categories for thing in category.things]
        if not distinct([category.name for category in self.categories]):
            yield ("categories",), "two categories say the same"
        if not distinct([thing.text for thing in things]):
            yield ("categories",), "two things say the same"
        if len(things) > MOST_THINGS:
            yield ("categories",), f"there are more than {MOST_THINGS} things"
        seen: set[str] = set()
        for place, category in enumerate(self.categories):
            for number, thing in enumerate(category.things):
                if thing.id in seen:
                    yield ("categories", place, "things", number), f"the id `{thing.id}` stands twice among the things"
                seen.add(thing.id)


class Categorise(PairType[CategoriseSchema]):
    name = "categorise"
    label = LABEL
    block = CategoriseBlock
    schema = CategoriseSchema

    def hint(self) -> str:
        return _("Choose where each belongs.")

    def freeze(self, value: Any, key: UUID) -> Content:
        """Ids of categories are made with `key`, which no learner sees, so they do not reveal what belongs together."""

        def category_id(block_id: str) -> str:
            return str(uuid5(key, f"category/{block_id}"))

        return {
            "categories": [
                {"id": category_id(category.id), "name": category.value["name"]}
                for category in value["categories"].bound_blocks
            ],
            "things": [
                {
                    "id": thing.id,
                    "text": thing.value["text"],
                    "category": category_id(category.id),
                    "feedback": thing.value["feedback"],
                }
                for category in value["categories"].bound_blocks
                for thing in category.value["things"].bound_blocks
            ],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The things in random order. They are sorted first, so that the order by category has no influence."""
        return shuffled(sorted(thing["id"] for thing in content["things"]), draw)

    def prompts(self, content: Content) -> list[Prompt]:
        return [Prompt(thing["id"], thing["text"], thing["category"], thing["feedback"]) for thing in content["things"]]

    def targets(self, content: Content) -> dict[str, str]:
        return {category["id"]: category["name"] for category in content["categories"]}

    def load(self, item: CategoriseSchema, keys: Keys) -> dict:
        return {
            "categories": [
                list_item(
                    keys("category", category.id),
                    {
                        "name": category.name,
                        "things": [list_item(keys("thing", thing.id), thing.values()) for thing in category.things],
                    },
                )
                for category in item.categories
            ]
        }

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        things = [{**thing, "category": answer.get(thing["id"], thing["category"])} for thing in content["things"]]
        return {**content, "things": things}
