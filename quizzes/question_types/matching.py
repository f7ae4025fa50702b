"""Match each prompt with its target. Payload: {prompt id: target id} for the prompts that have one chosen.

One target may be chosen for several prompts. Targets that belong to no prompt make guessing harder.
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

LABEL = gettext_lazy("Match pairs")
MIN_PAIRS, MAX_PAIRS, MAX_DISTRACTORS = 2, 8, 6


class PairBlock(blocks.StructBlock):
    left = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Prompt"))
    right = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("What belongs to it"))
    feedback = blocks.TextBlock(required=False, default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "link"
        label = gettext_lazy("Pair")


class MatchingBlock(CheckedBlock):
    pairs = RowsBlock(
        PairBlock(), min_num=MIN_PAIRS, max_num=MAX_PAIRS, label=gettext_lazy("Pairs that belong together")
    )
    distractors = RowsBlock(
        blocks.CharBlock(default="", max_length=400),
        default=[],
        max_num=MAX_DISTRACTORS,
        label=gettext_lazy("Extra choices that belong to none"),
    )

    class Meta:
        icon = "arrows-up-down"
        label = LABEL

    def mistakes(self, value):
        if not distinct([pair["left"] for pair in value["pairs"]]):
            yield _("Two pairs have the same prompt. Change one.")
        if not distinct([pair["right"] for pair in value["pairs"]] + list(value["distractors"])):
            yield _("Two choices have the same text. Change one.")


class Pair(SchemaRow):
    left: ShortText
    right: ShortText
    feedback: ShortText


class Distractor(SchemaRow):
    text: ShortText


class MatchingSchema(Schema):
    pairs: Rows[Pair] = Field(min_length=MIN_PAIRS, max_length=MAX_PAIRS)
    distractors: Rows[Distractor] = Field(default=[], max_length=MAX_DISTRACTORS)

    def flaws(self) -> Iterator[Flaw]:
        if not distinct([pair.left for pair in self.pairs]):
            yield ("pairs",), "two pairs have the same prompt"
        if not distinct([pair.right for pair in self.pairs] + [distractor.text for distractor in self.distractors]):
            yield ("pairs",), "two choices have the same text"


class Matching(PairType[MatchingSchema]):
    name = "matching"
    label = LABEL
    block = MatchingBlock
    schema = MatchingSchema

    def hint(self) -> str:
        return _("Choose one for each.")

    def freeze(self, value: Any, key: UUID) -> Content:
        """A pair has one id for two sides, so the right side gets an id of its own.

        That id is made with `key`, which no learner sees, so the two ids do not reveal that they belong together.
        """

        def right_id(block_id: str) -> str:
            return str(uuid5(key, f"right/{block_id}"))

        return {
            "pairs": [
                {
                    "id": pair.id,
                    "left": pair.value["left"],
                    "right_id": right_id(pair.id),
                    "right": pair.value["right"],
                    "feedback": pair.value["feedback"],
                }
                for pair in value["pairs"].bound_blocks
            ],
            "distractors": [
                {"id": right_id(distractor.id), "text": distractor.value}
                for distractor in value["distractors"].bound_blocks
            ],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The targets in random order. They are sorted first, so that the authored order has no influence."""
        return shuffled(sorted(self.targets(content)), draw)

    def prompts(self, content: Content) -> list[Prompt]:
        return [Prompt(pair["id"], pair["left"], pair["right_id"], pair["feedback"]) for pair in content["pairs"]]

    def targets(self, content: Content) -> dict[str, str]:
        targets = {pair["right_id"]: pair["right"] for pair in content["pairs"]}
        return targets | {distractor["id"]: distractor["text"] for distractor in content["distractors"]}

    def load(self, question: MatchingSchema, keys: Keys) -> dict:
        return {
            "pairs": [list_item(keys("pair", pair.id), pair.values()) for pair in question.pairs],
            "distractors": [
                list_item(keys("distractor", distractor.id), distractor.text) for distractor in question.distractors
            ],
        }

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        """The pairs get the targets of the answer. A target that no pair uses any more becomes a distractor."""
        targets, key = self.targets(content), {**self.key(content), **answer}
        pairs = [{**pair, "right_id": key[pair["id"]], "right": targets[key[pair["id"]]]} for pair in content["pairs"]]
        used = {pair["right_id"] for pair in pairs}
        unused = [{"id": name, "text": text} for name, text in targets.items() if name not in used]
        return {**content, "pairs": pairs, "distractors": unused}
