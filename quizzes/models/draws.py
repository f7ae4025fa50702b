"""The blocks of a blueprint: what a test draws from the bank, and what it always asks."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from quizzes.blueprint import Cell
from quizzes.models.questions import Level, Question

NAME = r"^[-a-zA-Z0-9_]+$"


class DrawBlock(blocks.StructBlock):
    pool = blocks.RegexBlock(regex=NAME, required=False, default="", label=_("Pool"))
    module = blocks.RegexBlock(
        regex=NAME,
        required=False,
        default="",
        label=_("Module"),
        help_text=_("Draws from all pools of a module. Usually left empty."),
    )
    level = blocks.ChoiceBlock(choices=Level.choices, required=False, default="", label=_("Level"))
    count = blocks.IntegerBlock(default=8, min_value=1, max_value=100, label=_("How many questions"))

    class Meta:
        icon = "list-ul"
        label = _("Draw from the bank")
        label_format = "{pool} {module} {level}: {count}"

    def clean(self, value):
        value = super().clean(value)
        if not self.is_deferred_validation and not (value["pool"] or value["module"]):
            raise blocks.StructBlockValidationError(non_block_errors=[_("Enter a pool or a module to draw from.")])
        return value

    def cell(self, value) -> Cell:
        return Cell(value["count"] or 0, value["pool"] or "", value["module"] or "", value["level"] or "")


def question_choices() -> list[tuple[str, str]]:
    rows = Question.objects.filter(live=True).order_by("pool", "code").values_list("translation_key", "code", "stem")
    return [(str(key), f"{code}: {stem[:80]}") for key, code, stem in rows]


class FixedBlock(blocks.StructBlock):
    """One question that is in every paper. Its key is the same in all languages."""

    question = blocks.ChoiceBlock(choices=question_choices, label=_("Question"))

    class Meta:
        icon = "pin"
        label = _("Always this question")
        label_format = "{question}"

    def cell(self, value) -> Cell:
        return Cell(1 if value["question"] else 0, key=UUID(value["question"]) if value["question"] else None)
