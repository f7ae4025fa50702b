"""One right answer among several. It earns full credit, any other none. Payload: the option's id."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.question_types.choice_base import ChoiceBlock, OneChoiceType, OneRightSchema, count_right

LABEL = gettext_lazy("One right answer")


class SingleBlock(ChoiceBlock):
    class Meta:
        icon = "radio-full"
        label = LABEL

    def mistakes(self, value):
        yield from super().mistakes(value)
        if count_right(value) != 1:
            yield _("Mark exactly one option as right, or choose the type “Several right answers”.")


class SingleChoice(OneChoiceType[OneRightSchema]):
    name = "single"
    label = LABEL
    block = SingleBlock
    schema = OneRightSchema

    def hint(self) -> str:
        return _("Choose one.")
