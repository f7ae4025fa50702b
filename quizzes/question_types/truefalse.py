"""A sentence that holds or does not. Payload: "true" or "false"."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import choice_base
from quizzes.question_types.base import FULL, NOTHING, BadAnswer, Content, Credit, Flaw, Keys, Payload, check_text, one

NAME = "truefalse"
LABEL = gettext_lazy("True or false")
TEMPLATE = "choices"
FIELDS = {"answer", "feedback"}
BOTH = ["true", "false"]


class Block(blocks.StructBlock):
    answer = blocks.BooleanBlock(required=False, label=gettext_lazy("The sentence is true"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "check"
        label = LABEL


def hint() -> str:
    return _("True or false?")


def freeze(value, key: UUID) -> Content:
    return {"answer": bool(value["answer"]), "feedback": value["feedback"]}


def order(content: Content, draw: random.Random) -> list[str]:
    return list(BOTH)


def parse(data: MultiValueDict, content: Content) -> Payload:
    chosen = one(data, choice_base.FIELD, _("Choose one answer only."))
    if chosen and chosen not in BOTH:
        raise BadAnswer(_("This is not one of the answers to this item. Choose one from the list."))
    return chosen or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({choice_base.FIELD: [payload]} if payload else {})


def _texts() -> dict[str, str]:
    return {"true": _("True"), "false": _("False")}


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    texts, chosen = _texts(), set(data.getlist(choice_base.FIELD))
    rows = [{"id": name, "text": texts[name], "chosen": name in chosen} for name in order]
    return {"control": "radio", "name": choice_base.FIELD, "options": rows, "ours": True}


def grade(content: Content, payload: Payload) -> Credit:
    right = BOTH[0] if content["answer"] else BOTH[1]
    return Credit(FULL if payload == right else NOTHING, {name: (name == payload) == (name == right) for name in BOTH})


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    texts = _texts()
    right = BOTH[0] if content["answer"] else BOTH[1]
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


def check_part(item: dict) -> Iterator[Flaw]:
    if not isinstance(item.get("answer"), bool):
        yield ("answer",), "`answer` must be true or false"
    yield from check_text(item, "feedback")


def load(item: dict, keys: Keys) -> dict:
    return {"answer": item["answer"], "feedback": item["feedback"]}


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return BOTH[0] if content["answer"] else BOTH[1]


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one."""
    return {**content, "answer": answer == BOTH[0]}
