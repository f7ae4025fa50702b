"""True or false, and why. Payload: {"answer": "true" or "false", "reason": option id}, as far as they were chosen.

Credit: the point for both together, nothing for one of them: who is right for a wrong reason has guessed
(the two-tier items of D. F. Treagust, International Journal of Science Education 10, 1988).
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import choice_base, truefalse
from quizzes.question_types.base import FULL, NOTHING, BadAnswer, Content, Credit, Flaw, Keys, Payload, one

NAME = "reasoned"
LABEL = gettext_lazy("True or false, with a reason")
TEMPLATE = "two_tier"
FIELDS = {"answer", "options", "fixed_order"}
REASON = "reason"

order = choice_base.order


class Block(choice_base.ChoiceBlock):
    answer = blocks.BooleanBlock(required=False, label=gettext_lazy("The sentence is true"))

    class Meta:
        icon = "check"
        label = LABEL
        form_layout = ["answer", "options", "fixed_order"]

    def mistakes(self, value):
        yield from super().mistakes(value)
        if choice_base.count_right(value) != 1:
            yield _("Mark exactly one reason as right.")


def hint() -> str:
    return _("True or false, and why?")


def freeze(value, key: UUID) -> Content:
    return {"answer": bool(value["answer"]), **choice_base.freeze(value, key)}


def parse(data: MultiValueDict, content: Content) -> Payload:
    answer = truefalse.parse(data, content)
    reason = one(data, REASON, _("Choose one reason only."))
    if reason and reason not in choice_base.ids(content):
        raise BadAnswer(_("This is not one of the reasons. Choose one from the list."))
    chosen = {"answer": answer, "reason": reason}
    return {name: value for name, value in chosen.items() if value} or None


def fields(payload: Payload) -> MultiValueDict:
    given = payload or {}
    names = {choice_base.FIELD: given.get("answer"), REASON: given.get("reason")}
    return MultiValueDict({name: [value] for name, value in names.items() if value})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    reasons = choice_base.ask(content, order, MultiValueDict({choice_base.FIELD: data.getlist(REASON)}), "radio")
    return {"answer": truefalse.ask(content, truefalse.BOTH, data), "reasons": reasons | {"name": REASON}}


def grade(content: Content, payload: Payload) -> Credit:
    given = payload or {}
    right = {
        "answer": given.get("answer") == truefalse.key(content),
        "reason": given.get("reason") in choice_base.key(content),
    }
    return Credit(FULL if all(right.values()) else NOTHING, right)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    given = payload or {}
    return {
        "answer": truefalse.explain({**content, "feedback": ""}, truefalse.BOTH, given.get("answer")),
        "reasons": choice_base.explain(content, order, set(filter(None, [given.get("reason")]))),
    }


def check_part(item: dict) -> Iterator[Flaw]:
    if not isinstance(item.get("answer"), bool):
        yield ("answer",), "`answer` must be true or false"
    yield from choice_base.check_part(item)
    if choice_base.right_in(item) != 1:
        yield ("options",), "exactly one reason must have `correct: true`"


def load(item: dict, keys: Keys) -> dict:
    return {"answer": item["answer"], **choice_base.load(item, keys)}


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return {"answer": truefalse.key(content), "reason": next(iter(choice_base.key(content)))}


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one, as far as it says."""
    reason = {answer["reason"]} if "reason" in answer else choice_base.key(content)
    known = truefalse.rekeyed(content, answer["answer"]) if "answer" in answer else content
    return choice_base.rekeyed(known, reason)
