"""Several right answers. Payload: the ids of the chosen options, sorted.

Credit: max(0, (right ones chosen - wrong ones chosen) / number of right ones). This is Moodle's multiple choice with
100 %/n for each right answer and -100 %/n for each wrong one, so choosing everything does not pay.
"""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.question_types.base import NOTHING, Content
from quizzes.question_types.choice_base import ChoiceBlock, ManyChoiceType, SomeRightSchema, count_right, right_ids

LABEL = gettext_lazy("Several right answers")


class MultipleBlock(ChoiceBlock):
    class Meta:
        icon = "tick-inverse"
        label = LABEL

    def mistakes(self, value):
        yield from super().mistakes(value)
        if not count_right(value):
            yield _("Mark at least one option as right.")


class MultipleChoice(ManyChoiceType[SomeRightSchema]):
    name = "multiple"
    label = LABEL
    block = MultipleBlock
    schema = SomeRightSchema

    def earned(self, content: Content, chosen: set[str]) -> Fraction:
        right = right_ids(content)
        return max(NOTHING, Fraction(len(chosen & right) - len(chosen - right), len(right)))
