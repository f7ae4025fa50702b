"""Pairs to be put together again. Payload: {id on the left: id on the right}, as far as they were chosen.

Credit: the share of pairs that are right, as in Moodle's matching and QTI's match interaction with equal
weights. One thing on the right may be chosen for several on the left; extra ones make guessing harder.
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
    one,
    row,
    shuffled,
    strangers,
    well_formed,
)

NAME = "matching"
LABEL = gettext_lazy("Match pairs")
TEMPLATE = "matching"
FIELDS = {"pairs", "distractors"}
PAIRS, DISTRACTORS = range(2, 9), range(0, 7)
PREFIX = "pair-"


class PairBlock(blocks.StructBlock):
    left = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Given"))
    right = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Belongs to it"))
    feedback = blocks.TextBlock(
        required=False, default="", rows=2, label=gettext_lazy("What we say about it afterwards")
    )

    class Meta:
        icon = "link"
        label = gettext_lazy("Pair")


class Block(CheckedBlock):
    pairs = blocks.ListBlock(
        PairBlock(), min_num=PAIRS.start, max_num=PAIRS.stop - 1, label=gettext_lazy("Pairs that belong together")
    )
    distractors = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=400),
        default=[],
        max_num=DISTRACTORS.stop - 1,
        label=gettext_lazy("Also offered, belongs to none"),
    )

    class Meta:
        icon = "arrows-up-down"
        label = LABEL

    def mistakes(self, value):
        if not distinct([pair["left"] for pair in value["pairs"]]):
            yield _("Two pairs begin with the same. Change one.")
        if not distinct([pair["right"] for pair in value["pairs"]] + list(value["distractors"])):
            yield _("Two things to choose from say the same. Change one.")


def hint() -> str:
    return _("Choose one for each.")


def freeze(value, key: UUID) -> Content:
    return {
        "pairs": [
            {
                "id": pair.id,
                "left": pair.value["left"],
                # The pair has one id for two things. What stands on the right gets its own, made with the
                # question's key, which no learner sees: the two ids do not betray that they belong together.
                "right_id": str(uuid5(key, f"right/{pair.id}")),
                "right": pair.value["right"],
                "feedback": pair.value["feedback"],
            }
            for pair in value["pairs"].bound_blocks
        ],
        "distractors": [
            {"id": str(uuid5(key, f"right/{extra.id}")), "text": extra.value}
            for extra in value["distractors"].bound_blocks
        ],
    }


def _rights(content: Content) -> dict[str, str]:
    """The text of everything on the right by its id."""
    offered = {pair["right_id"]: pair["right"] for pair in content["pairs"]}
    return offered | {extra["id"]: extra["text"] for extra in content["distractors"]}


def order(content: Content, draw: random.Random) -> list[str]:
    """The right side in an order of its own; the left stays as it was written."""
    return shuffled(sorted(_rights(content)), draw)


def parse(data: MultiValueDict, content: Content) -> Payload:
    rights, payload = _rights(content), {}
    for pair in content["pairs"]:
        chosen = one(data, PREFIX + pair["id"], _("Choose one only for each."))
        if chosen and chosen not in rights:
            raise BadAnswer(_("This is not one of the things to choose from. Choose from the list."))
        if chosen:
            payload[pair["id"]] = chosen
    if strangers(data, PREFIX, [pair["id"] for pair in content["pairs"]]):
        raise BadAnswer(_("This answer belongs to another item. Choose again here."))
    return payload or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({PREFIX + left: [right] for left, right in (payload or {}).items()})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    texts = _rights(content)
    return {
        "rights": [{"id": name, "text": texts[name]} for name in order],
        "lefts": [
            {"name": PREFIX + pair["id"], "text": pair["left"], "chosen": data.get(PREFIX + pair["id"], "")}
            for pair in content["pairs"]
        ],
    }


def grade(content: Content, payload: Payload) -> Credit:
    given = payload or {}
    right = {pair["id"]: given.get(pair["id"]) == pair["right_id"] for pair in content["pairs"]}
    return Credit(Fraction(sum(right.values()), len(right)), right)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    texts, given, right = _rights(content), payload or {}, grade(content, payload).right
    return {
        "pairs": [
            {
                "left": pair["left"],
                "wanted": pair["right"],
                "given": texts.get(given.get(pair["id"], ""), ""),
                "right": right[pair["id"]],
                "feedback": pair["feedback"],
            }
            for pair in content["pairs"]
        ]
    }


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "pairs", ("left", "right", "feedback"), {}, PAIRS)
    if "distractors" in item:
        yield from check_rows(item, "distractors", ("text",), {}, DISTRACTORS)
    pairs = well_formed(item, "pairs", ("left", "right"))
    if not distinct([pair["left"] for pair in pairs]):
        yield ("pairs",), "two pairs begin with the same"
    extra = [found["text"] for found in well_formed(item, "distractors", ("text",))]
    if not distinct([pair["right"] for pair in pairs] + extra):
        yield ("pairs",), "two things to choose from say the same"


def load(item: dict, keys: Keys) -> dict:
    return {
        "pairs": [
            row(keys("pair", pair["id"]), {"left": pair["left"], "right": pair["right"], "feedback": pair["feedback"]})
            for pair in item["pairs"]
        ],
        "distractors": [row(keys("distractor", extra["id"]), extra["text"]) for extra in item.get("distractors") or []],
    }


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return {pair["id"]: pair["right_id"] for pair in content["pairs"]}


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with these pairs as the right ones, as far as it says."""
    texts = _rights(content)
    pairs = [{**pair, "right_id": answer.get(pair["id"], pair["right_id"])} for pair in content["pairs"]]
    pairs = [{**pair, "right": texts[pair["right_id"]]} for pair in pairs]
    used = {pair["right_id"] for pair in pairs}
    extra = [{"id": name, "text": text} for name, text in texts.items() if name not in used]
    return {**content, "pairs": pairs, "distractors": extra}
