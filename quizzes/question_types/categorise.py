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
from quizzes.question_types.schema import Flaw, Rows, Schema, SchemaRow, ShortText, distinct
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Sort into categories")
MIN_CATEGORIES, MAX_CATEGORIES = 2, 5
MAX_PER_CATEGORY, MAX_ITEMS = 8, 12


class CategoriseItemBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Belongs here"))
    feedback = blocks.TextBlock(required=False, default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "tag"
        label = gettext_lazy("Item to sort")


class CategoryBlock(blocks.StructBlock):
    name = blocks.CharBlock(default="", max_length=200, label=gettext_lazy("Category"))
    things = RowsBlock(
        CategoriseItemBlock(), min_num=1, max_num=MAX_PER_CATEGORY, label=gettext_lazy("What belongs to it")
    )

    class Meta:
        icon = "folder"
        label = gettext_lazy("Category")


class CategoriseBlock(CheckedBlock):
    categories = RowsBlock(
        CategoryBlock(), min_num=MIN_CATEGORIES, max_num=MAX_CATEGORIES, label=gettext_lazy("Categories")
    )

    class Meta:
        icon = "folder-open-inverse"
        label = LABEL

    def mistakes(self, value):
        things = [item["text"] for category in value["categories"] for item in category["things"]]
        if not distinct([category["name"] for category in value["categories"]]) or not distinct(things):
            yield _("Two categories or two items have the same text. Change one.")
        if len(things) > MAX_ITEMS:
            yield _("A question can have at most twelve items to sort. Remove some.")


class CategoriseItem(SchemaRow):
    text: ShortText
    feedback: ShortText


class Category(SchemaRow):
    name: ShortText
    things: Rows[CategoriseItem] = Field(min_length=1, max_length=MAX_PER_CATEGORY)


class CategoriseSchema(Schema):
    categories: Rows[Category] = Field(min_length=MIN_CATEGORIES, max_length=MAX_CATEGORIES)

    def flaws(self) -> Iterator[Flaw]:
        things = [item for category in self.categories for item in category.things]
        if not distinct([category.name for category in self.categories]):
            yield ("categories",), "two categories have the same text"
        if not distinct([item.text for item in things]):
            yield ("categories",), "two things have the same text"
        if len(things) > MAX_ITEMS:
            yield ("categories",), f"there are more than {MAX_ITEMS} things"
        seen_ids: set[str] = set()
        for position, category in enumerate(self.categories):
            for item_position, item in enumerate(category.things):
                if item.id in seen_ids:
                    yield (
                        ("categories", position, "things", item_position),
                        f"the id `{item.id}` appears twice among the things",
                    )
                seen_ids.add(item.id)


class Categorise(PairType[CategoriseSchema]):
    name = "categorise"
    label = LABEL
    block = CategoriseBlock
    schema = CategoriseSchema

    def hint(self) -> str:
        return _("Choose a category for each.")

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
                    "id": item.id,
                    "text": item.value["text"],
                    "category": category_id(category.id),
                    "feedback": item.value["feedback"],
                }
                for category in value["categories"].bound_blocks
                for item in category.value["things"].bound_blocks
            ],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The things in random order. They are sorted first, so that the order by category has no influence."""
        return shuffled(sorted(item["id"] for item in content["things"]), draw)

    def prompts(self, content: Content) -> list[Prompt]:
        return [Prompt(item["id"], item["text"], item["category"], item["feedback"]) for item in content["things"]]

    def targets(self, content: Content) -> dict[str, str]:
        return {category["id"]: category["name"] for category in content["categories"]}

    def load(self, question: CategoriseSchema, keys: Keys) -> dict:
        return {
            "categories": [
                list_item(
                    keys("category", category.id),
                    {
                        "name": category.name,
                        "things": [list_item(keys("thing", item.id), item.values()) for item in category.things],
                    },
                )
                for category in question.categories
            ]
        }

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        things = [{**item, "category": answer.get(item["id"], item["category"])} for item in content["things"]]
        return {**content, "things": things}
