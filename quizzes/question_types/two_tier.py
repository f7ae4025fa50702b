"""True or false, with a reason. Payload: {"answer": "true" or "false", "reason": option id}, only what was chosen.

Credit: both right earn the point, one alone earns nothing, because a learner who is right for a wrong reason has
guessed (the two-tier items of D. F. Treagust, International Journal of Science Education 10, 1988).
"""

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
    single_value,
)
from quizzes.question_types.choice_base import ChoiceBlock, OneRightSchema, count_right, option_ids
from quizzes.question_types.single import SingleChoice
from quizzes.question_types.truefalse import BOTH, TrueFalse

LABEL = gettext_lazy("True or false, with a reason")
REASON = "reason"
ANSWER_TIER, REASON_TIER = TrueFalse(), SingleChoice()


class TwoTierBlock(ChoiceBlock):
    answer = blocks.BooleanBlock(required=False, label=gettext_lazy("The sentence is true"))

    class Meta:
        icon = "check"
        label = LABEL
        form_layout = ["answer", "options", "fixed_order"]

    def mistakes(self, value):
        yield from super().mistakes(value)
        if count_right(value) != 1:
            yield _("Mark exactly one reason as right.")


class TwoTierSchema(OneRightSchema):
    answer: bool


class TwoTier(RekeyableType[TwoTierSchema]):
    name = "reasoned"
    label = LABEL
    template = "two_tier"
    block = TwoTierBlock
    schema = TwoTierSchema

    def hint(self) -> str:
        return _("True or false, and why?")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {"answer": bool(value["answer"]), **REASON_TIER.freeze(value, key)}

    def order(self, content: Content, draw: random.Random) -> list[str]:
        return REASON_TIER.order(content, draw)

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        answer = ANSWER_TIER.parse(data, content)
        reason = single_value(data, REASON, _("Choose one reason only."))
        if reason and reason not in option_ids(content):
            raise BadAnswer(_("This is not one of the reasons. Choose one from the list."))
        chosen = {"answer": answer, "reason": reason}
        return {name: value for name, value in chosen.items() if value} or None

    def fields(self, payload: Payload) -> MultiValueDict:
        answered = payload or {}
        values = {FIELD: answered.get("answer"), REASON: answered.get("reason")}
        return MultiValueDict({name: [value] for name, value in values.items() if value})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        reasons = REASON_TIER.ask(content, order, MultiValueDict({FIELD: data.getlist(REASON)}))
        return {"answer": ANSWER_TIER.ask(content, BOTH, data), "reasons": reasons | {"name": REASON}}

    def grade(self, content: Content, payload: Payload) -> Credit:
        answered, key = payload or {}, self.key(content)
        right = {tier: answered.get(tier) == key[tier] for tier in ("answer", "reason")}
        return Credit(FULL if all(right.values()) else NOTHING, right)

    def key(self, content: Content) -> Payload:
        return {"answer": ANSWER_TIER.key(content), "reason": REASON_TIER.key(content)}

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        answered = payload or {}
        return {
            "answer": ANSWER_TIER.explain({**content, "feedback": ""}, BOTH, answered.get("answer")),
            "reasons": REASON_TIER.explain(content, order, answered.get("reason")),
        }

    def load(self, question: TwoTierSchema, keys: Keys) -> dict:
        return {"answer": question.answer, **question.block_data(keys)}

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        if "answer" in answer:
            content = ANSWER_TIER.rekeyed(content, answer["answer"])
        return REASON_TIER.rekeyed(content, answer["reason"]) if "reason" in answer else content
