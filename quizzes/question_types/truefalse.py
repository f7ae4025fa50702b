"""A statement that is true or false. Payload: "true" or "false"."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types.base import (
    FIELD,
    FULL,
    NOTHING,
    BadAnswer,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    single_field,
    single_value,
)
from quizzes.question_types.schema import LongText, Schema

LABEL = gettext_lazy("True or false")
TRUE, FALSE = BOTH = ["true", "false"]


def truth_payload(holds: bool) -> str:
    """The payload for a truth value: "true" or "false"."""
    return TRUE if holds else FALSE


class TrueFalseBlock(blocks.StructBlock):
    answer = blocks.BooleanBlock(required=False, label=gettext_lazy("The sentence is true"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "check"
        label = LABEL


class TrueFalseSchema(Schema):
    answer: bool
    feedback: LongText


class TrueFalse(RekeyableType[TrueFalseSchema]):
    name = "truefalse"
    label = LABEL
    template = "choices"
    block = TrueFalseBlock
    schema = TrueFalseSchema

    def hint(self) -> str:
        return _("True or false?")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {"answer": bool(value["answer"]), "feedback": value["feedback"]}

    def order(self, content: Content, draw: random.Random) -> list[str]:
        return list(BOTH)

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        chosen = single_value(data, FIELD, _("Choose one answer only."))
        if chosen and chosen not in BOTH:
            raise BadAnswer(_("This is not one of the answers to this question. Choose one from the list."))
        return chosen or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return single_field(payload)

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        texts, chosen = _texts(), set(data.getlist(FIELD))
        rows = [{"id": name, "text": texts[name], "chosen": name in chosen} for name in order]
        return {"control": "radio", "name": FIELD, "options": rows, "ours": True}

    def grade(self, content: Content, payload: Payload) -> Credit:
        right = self.key(content)
        handled = {name: (name == payload) == (name == right) for name in BOTH}
        return Credit(FULL if payload == right else NOTHING, handled)

    def key(self, content: Content) -> Payload:
        return truth_payload(content["answer"])

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        texts, right = _texts(), self.key(content)
        rows = [
            {
                "id": name,
                "text": texts[name],
                "right": name == right,
                "chosen": name == payload,
                "feedback": content["feedback"] if name == right else "",
            }
            for name in order
        ]
        return {"options": rows, "several": False, "ours": True}

    def load(self, question: TrueFalseSchema, keys: Keys) -> dict:
        return question.model_dump()

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        return {**content, "answer": answer == TRUE}


def _texts() -> dict[str, str]:
    return {TRUE: _("True"), FALSE: _("False")}
