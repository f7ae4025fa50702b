"""One right answer among several. Full credit for it, none for another. Payload: the option's id."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.question_types import choice_base
from quizzes.question_types.base import FULL, NOTHING, BadAnswer, Content, Credit, Flaw, Payload, one

NAME = "single"
LABEL = gettext_lazy("One right answer")
TEMPLATE = "choices"
FIELDS = {"options", "fixed_order"}

freeze, order, load = choice_base.freeze, choice_base.order, choice_base.load


class Block(choice_base.ChoiceBlock):
    class Meta:
        icon = "radio-full"
        label = LABEL

    def mistakes(self, value):
        yield from super().mistakes(value)
        if choice_base.count_right(value) != 1:
            yield _("Mark exactly one option as right, or choose the kind “Several right answers”.")


def hint() -> str:
    return _("Choose one.")


def parse(data: MultiValueDict, content: Content) -> Payload:
    chosen = one(data, choice_base.FIELD, _("Choose one answer only."))
    if chosen and chosen not in choice_base.ids(content):
        raise BadAnswer(_("This is not one of the answers to this item. Choose one from the list."))
    return chosen or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({choice_base.FIELD: [payload]} if payload else {})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    return choice_base.ask(content, order, data, "radio")


def grade(content: Content, payload: Payload) -> Credit:
    right = choice_base.key(content)
    handled = {name: (name == payload) == (name in right) for name in choice_base.ids(content)}
    return Credit(FULL if payload in right else NOTHING, handled)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    return choice_base.explain(content, order, {payload} if payload else set())


def check_part(item: dict) -> Iterator[Flaw]:
    yield from choice_base.check_part(item)
    if choice_base.right_in(item) != 1:
        yield ("options",), "exactly one option must have `correct: true`"


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return next(iter(choice_base.key(content)))


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one."""
    return choice_base.rekeyed(content, {answer})
