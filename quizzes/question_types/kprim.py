"""Four statements, each true or false (K-prim, "Kprim"). Payload: {statement id: "true" or "false"}, as far as they were judged.

Credit: all four right earn the point, three half of it, fewer nothing: the usual rule of medical examinations
(R. Krebs, Anleitung zur Herstellung von MC-Fragen, Bern 2004; Moodle's qtype_kprime calls it "kprime").
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
    distinct,
    one,
    row,
    shuffled,
    strangers,
    well_formed,
)
from quizzes.question_types.truefalse import BOTH

NAME = "kprim"
LABEL = gettext_lazy("Four times true or false (K-prim)")
TEMPLATE = "kprim"
FIELDS = {"statements_to_judge"}
ROWS = "statements_to_judge"
FOUR = range(4, 5)
PREFIX = "judge-"
EARNED = {4: FULL, 3: Fraction(1, 2)}


class StatementBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Statement"))
    true = blocks.BooleanBlock(required=False, label=gettext_lazy("It is true"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "check"
        label = gettext_lazy("Statement")


class Block(CheckedBlock):
    statements_to_judge = blocks.ListBlock(
        StatementBlock(), min_num=4, max_num=4, label=gettext_lazy("Four statements")
    )

    class Meta:
        icon = "list-ul"
        label = LABEL

    def mistakes(self, value):
        if not distinct([found["text"] for found in value[ROWS]]):
            yield _("Two statements say the same. Change one.")


def hint() -> str:
    return _("Judge all four: true or false?")


def freeze(value, key: UUID) -> Content:
    return {
        "statements": [
            {
                "id": found.id,
                "text": found.value["text"],
                "true": bool(found.value["true"]),
                "feedback": found.value["feedback"],
            }
            for found in value[ROWS].bound_blocks
        ]
    }


def order(content: Content, draw: random.Random) -> list[str]:
    return shuffled([found["id"] for found in content["statements"]], draw)


def parse(data: MultiValueDict, content: Content) -> Payload:
    known = {found["id"] for found in content["statements"]}
    if strangers(data, PREFIX, known):
        raise BadAnswer(_("This answer belongs to another item. Choose again here."))
    judged = {name: one(data, PREFIX + name, _("Choose true or false, not both.")) for name in sorted(known)}
    if not set(judged.values()) <= {"", *BOTH}:
        raise BadAnswer(_("Choose true or false for each statement."))
    return {name: chosen for name, chosen in judged.items() if chosen} or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({PREFIX + name: [chosen] for name, chosen in (payload or {}).items()})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    texts = {found["id"]: found["text"] for found in content["statements"]}
    rows = [{"name": PREFIX + name, "text": texts[name], "chosen": data.get(PREFIX + name, "")} for name in order]
    return {"statements": rows}


def grade(content: Content, payload: Payload) -> Credit:
    given = payload or {}
    right = {found["id"]: given.get(found["id"]) == _word(found) for found in content["statements"]}
    return Credit(EARNED.get(sum(right.values()), NOTHING), right)


def _word(statement: dict) -> str:
    return BOTH[0] if statement["true"] else BOTH[1]


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    known, right, given = (
        {found["id"]: found for found in content["statements"]},
        grade(content, payload).right,
        payload or {},
    )
    return {"statements": [{**known[name], "right": right[name], "given": given.get(name, "")} for name in order]}


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_rows(item, ROWS, ("text", "feedback"), {"true": bool}, FOUR)
    if not distinct([found["text"] for found in well_formed(item, ROWS, ("text",))]):
        yield (ROWS,), "two statements say the same"


def load(item: dict, keys: Keys) -> dict:
    return {
        ROWS: [
            row(
                keys("statement-to-judge", found["id"]),
                {"text": found["text"], "true": found.get("true", False), "feedback": found["feedback"]},
            )
            for found in item[ROWS]
        ]
    }


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return {found["id"]: _word(found) for found in content["statements"]}


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one, as far as it says."""
    rows = [{**found, "true": answer.get(found["id"], _word(found)) == BOTH[0]} for found in content["statements"]]
    return {**content, "statements": rows}
