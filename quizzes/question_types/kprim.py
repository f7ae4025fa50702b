"""Four statements, each true or false (K-prim, "Kprim").

Payload: {statement id: "true" or "false"} for the statements that were judged.

Credit: four right answers earn the point, three earn half of it, fewer earn nothing. This is the usual rule of medical
examinations (R. Krebs, Anleitung zur Herstellung von MC-Fragen, Bern 2004; Moodle's qtype_kprime calls it "kprime").
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import (
    FULL,
    NOTHING,
    CheckedBlock,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    list_item,
    shuffled,
)
from quizzes.question_types.pair_base import chosen_for_each
from quizzes.question_types.schema import Flaw, Rows, Schema, SchemaRow, ShortText, distinct
from quizzes.question_types.truefalse import BOTH, TRUE, truth_payload
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Four true-or-false statements (K-prim)")
STATEMENTS = 4
PREFIX = "judge-"
EARNED = {4: FULL, 3: Fraction(1, 2)}


class KprimStatementBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Statement"))
    true = blocks.BooleanBlock(required=False, label=gettext_lazy("It is true"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "check"
        label = gettext_lazy("Statement")


class KprimBlock(CheckedBlock):
    statements_to_judge = RowsBlock(
        KprimStatementBlock(), min_num=STATEMENTS, max_num=STATEMENTS, label=gettext_lazy("Four statements")
    )

    class Meta:
        icon = "list-ul"
        label = LABEL

    def mistakes(self, value):
        if not distinct([statement["text"] for statement in value["statements_to_judge"]]):
            yield _("Two statements have the same text. Change one.")


class KprimStatement(SchemaRow):
    text: ShortText
    true: bool = False
    feedback: ShortText


class KprimSchema(Schema):
    # Not named `statements`: every question of a package has such a field, for the statements it cites.
    statements_to_judge: Rows[KprimStatement] = Field(min_length=STATEMENTS, max_length=STATEMENTS)

    def flaws(self) -> Iterator[Flaw]:
        if not distinct([statement.text for statement in self.statements_to_judge]):
            yield ("statements_to_judge",), "two statements have the same text"


class Kprim(RekeyableType[KprimSchema]):
    name = "kprim"
    label = LABEL
    template = "kprim"
    block = KprimBlock
    schema = KprimSchema

    def hint(self) -> str:
        return _("Decide for all four: true or false?")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "statements": [
                {
                    "id": statement.id,
                    "text": statement.value["text"],
                    "true": bool(statement.value["true"]),
                    "feedback": statement.value["feedback"],
                }
                for statement in value["statements_to_judge"].bound_blocks
            ]
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        return shuffled([statement["id"] for statement in content["statements"]], draw)

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        ids = [statement["id"] for statement in content["statements"]]
        several, unknown = _("Choose true or false, not both."), _("Choose true or false for each statement.")
        return chosen_for_each(data, PREFIX, ids, BOTH, several, unknown) or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return MultiValueDict({PREFIX + name: [chosen] for name, chosen in (payload or {}).items()})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        texts = {statement["id"]: statement["text"] for statement in content["statements"]}
        rows = [{"name": PREFIX + name, "text": texts[name], "chosen": data.get(PREFIX + name, "")} for name in order]
        return {"statements": rows}

    def grade(self, content: Content, payload: Payload) -> Credit:
        answered = payload or {}
        right = {name: answered.get(name) == wanted for name, wanted in self.key(content).items()}
        return Credit(EARNED.get(sum(right.values()), NOTHING), right)

    def key(self, content: Content) -> Payload:
        return {statement["id"]: truth_payload(statement["true"]) for statement in content["statements"]}

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        statements = {statement["id"]: statement for statement in content["statements"]}
        right, answered = self.grade(content, payload).right, payload or {}
        return {
            "statements": [
                {**statements[name], "right": right[name], "response": answered.get(name, "")} for name in order
            ]
        }

    def load(self, question: KprimSchema, keys: Keys) -> dict:
        rows = [list_item(keys("statement-to-judge", row.id), row.values()) for row in question.statements_to_judge]
        return {"statements_to_judge": rows}

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        key = {**self.key(content), **answer}
        statements = [{**statement, "true": key[statement["id"]] == TRUE} for statement in content["statements"]]
        return {**content, "statements": statements}
