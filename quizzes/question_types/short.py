"""A few words of one's own, compared with key words. Payload: the text as it was typed.

Each key word may be said in several ways (see wording: accents, case and script do not count; `*` stands for any ending). Credit:
the share of the wanted number of key words that is mentioned, so "name two of five" is two wanted and five listed. An answer that
holds a word that must not be there earns nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import text_matching
from quizzes.question_types.base import (
    FULL,
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
    one,
    row,
    whole,
)

NAME = "short"
LABEL = gettext_lazy("Short answer in words")
TEMPLATE = "short"
FIELDS = {"keywords", "wanted", "unwanted", "model", "feedback"}
FIELD = "answer"
KEYWORDS, WAYS = range(1, 13), range(1, 13)
LONGEST, STARS = 300, 3


class KeywordBlock(blocks.StructBlock):
    ways = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=100),
        min_num=WAYS.start,
        max_num=WAYS.stop - 1,
        label=gettext_lazy("Ways to say it"),
        help_text=gettext_lazy("The first is shown with the result. A * stands for any ending or beginning of a word."),
    )

    class Meta:
        icon = "key"
        label = gettext_lazy("Key word")


class Block(CheckedBlock):
    keywords = blocks.ListBlock(
        KeywordBlock(), min_num=KEYWORDS.start, max_num=KEYWORDS.stop - 1, label=gettext_lazy("Key words")
    )
    wanted = blocks.IntegerBlock(
        default=1, min_value=1, max_value=KEYWORDS.stop - 1, label=gettext_lazy("How many of them are wanted")
    )
    unwanted = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=100),
        default=[],
        max_num=WAYS.stop - 1,
        label=gettext_lazy("Words that must not be there"),
        help_text=gettext_lazy("With one of them the answer earns nothing."),
    )
    model = blocks.TextBlock(required=False, default="", rows=2, label=gettext_lazy("A good answer"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "edit"
        label = LABEL

    def mistakes(self, value):
        if value["wanted"] > len(value["keywords"]):
            yield _("More key words are wanted than there are.")
        ways = [way for found in value["keywords"] for way in found["ways"]] + list(value["unwanted"])
        if any(flaw_of(way) for way in ways):
            yield _("A key word needs at least two letters, and three stars at the most.")


def flaw_of(way: str) -> str:
    """What is wrong with a way to say something; "" for nothing. One letter and a star would accept anything."""
    letters = text_matching.plain(way)
    unspaced = text_matching.UNSPACED.search(way)
    return (
        "" if (len(letters) >= 2 or unspaced) and way.count("*") <= STARS else "needs two letters, and three * at most"
    )


def hint() -> str:
    return _("Write a few words.")


def freeze(value, key: UUID) -> Content:
    return {
        "keywords": [{"id": found.id, "ways": list(found.value["ways"])} for found in value["keywords"].bound_blocks],
        "wanted": value["wanted"],
        "unwanted": list(value["unwanted"]),
        "model": value["model"],
        "feedback": value["feedback"],
    }


def order(content: Content, draw: random.Random) -> list[str]:
    return []


def parse(data: MultiValueDict, content: Content) -> Payload:
    typed = text_matching.typed(one(data, FIELD, _("Write one answer only.")))
    if len(typed) > LONGEST:
        raise BadAnswer(_("This is too long. Write %(most)d signs at the most.") % {"most": LONGEST})
    return typed or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({FIELD: [payload]} if payload else {})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    return {"name": FIELD, "value": data.get(FIELD, "")[: LONGEST + 50], "longest": LONGEST}


def grade(content: Content, payload: Payload) -> Credit:
    right = {
        found["id"]: any(text_matching.mentions(payload or "", way) for way in found["ways"])
        for found in content["keywords"]
    }
    if any(text_matching.mentions(payload or "", way) for way in content["unwanted"]):
        return Credit(NOTHING, right)
    return Credit(min(FULL, Fraction(sum(right.values()), content["wanted"])), right)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    marked = grade(content, payload)
    return {
        "given": payload or "",
        "right": marked.earned == FULL,
        "partly": 0 < marked.earned < FULL,
        "wanted": content["wanted"],
        "keywords": [
            {"text": found["ways"][0].replace("*", "…"), "right": marked.right[found["id"]]}
            for found in content["keywords"]
        ],
        "unwanted": [
            way.replace("*", "…") for way in content["unwanted"] if text_matching.mentions(payload or "", way)
        ],
        "model": content["model"],
        "feedback": content["feedback"],
    }


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, "keywords", (), {"ways": list}, KEYWORDS)
    rows = item["keywords"] if isinstance(item.get("keywords"), list) else []
    for number, found in enumerate(rows):
        yield from _ways(found.get("ways") if isinstance(found, dict) else None, number)
    wanted = item.get("wanted", 1)
    if not whole(wanted, range(1, max(len(rows), 1) + 1)):
        yield ("wanted",), "`wanted` must be a whole number, not more than there are key words"
    for path, why in _ways(item.get("unwanted") or ["none"], 0):
        yield ("unwanted", *path[3:]), why.replace("ways", "unwanted")
    if not isinstance(item.get("model", ""), str):
        yield ("model",), "`model` must be a text"
    yield from check_text(item, "feedback")


def _ways(ways, number: int) -> Iterator[Flaw]:
    path = ("keywords", number, "ways")
    if not isinstance(ways, list) or len(ways) not in WAYS or not all(isinstance(way, str) for way in ways):
        yield path, f"`ways` must be a list of {WAYS.start} to {WAYS.stop - 1} texts"
        return
    for way in ways:
        if len(way) > 100 or flaw_of(way):
            yield path, f"`{way[:40]}` {flaw_of(way) or 'is too long'}"


def load(item: dict, keys: Keys) -> dict:
    return {
        "keywords": [
            row(
                keys("keyword", found["id"]),
                {"ways": [row(keys("way", found["id"], str(n)), way) for n, way in enumerate(found["ways"])]},
            )
            for found in item["keywords"]
        ],
        "wanted": item.get("wanted", 1),
        "unwanted": [row(keys("unwanted", str(n)), way) for n, way in enumerate(item.get("unwanted") or [])],
        "model": item.get("model", ""),
        "feedback": item["feedback"],
    }


def key(content: Content) -> Payload:
    """An answer that earns full credit."""
    return ", ".join(found["ways"][0].replace("*", "") for found in content["keywords"][: content["wanted"]])


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with these words as what is wanted."""
    return {**content, "keywords": [{"id": "fixed", "ways": [answer]}], "wanted": 1, "unwanted": []}
