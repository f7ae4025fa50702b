"""Several right answers. Payload: the ids chosen, in the order of the options.

Credit: max(0, (right ones chosen - wrong ones chosen) / number of right ones). It is Moodle's multiple choice
where each right answer is worth 100 %/n and each wrong one -100 %/n: choosing everything never pays.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.question_types import choice_base
from quizzes.question_types.base import NOTHING, BadAnswer, Content, Credit, Flaw, Payload

NAME = "multiple"
LABEL = gettext_lazy("Several right answers")
TEMPLATE = "choices"
FIELDS = {"options", "fixed_order"}

freeze, order, load = choice_base.freeze, choice_base.order, choice_base.load


class Block(choice_base.ChoiceBlock):
    class Meta:
        icon = "tick-inverse"
        label = LABEL

    def mistakes(self, value):
        yield from super().mistakes(value)
        if not choice_base.count_right(value):
            yield _("Mark at least one option as right.")


def hint() -> str:
    return _("Choose all that apply.")


def parse(data: MultiValueDict, content: Content) -> Payload:
    chosen = set(data.getlist(choice_base.FIELD))
    if not chosen <= set(choice_base.ids(content)):
        raise BadAnswer(_("This is not one of the answers to this item. Choose from the list."))
    # By id: the order in which they were written would be in the copy of their data somebody takes during a test.
    return sorted(chosen) or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({choice_base.FIELD: payload} if payload else {})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    return choice_base.ask(content, order, data, "checkbox")


def grade(content: Content, payload: Payload) -> Credit:
    right, chosen = choice_base.key(content), set(payload or ())
    handled = {name: (name in chosen) == (name in right) for name in choice_base.ids(content)}
    share = Fraction(len(chosen & right) - len(chosen - right), len(right))
    return Credit(max(NOTHING, share), handled)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    return {**choice_base.explain(content, order, set(payload or ())), "several": True}


def check_part(item: dict) -> Iterator[Flaw]:
    yield from choice_base.check_part(item)
    if not choice_base.right_in(item):
        yield ("options",), "at least one option must have `correct: true`"


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return sorted(choice_base.key(content))


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one."""
    return choice_base.rekeyed(content, set(answer))
