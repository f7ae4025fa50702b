"""A number, right within an absolute tolerance, bounds included. Payload: the number as plain text, "24.8".

Numbers are read as people write them, see number_reading: with comma or point, digits of any script, spaces between
thousands, the unit after them. They are compared as fractions, so 0.1 + 0.2 is 0.3.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Field, ValidationInfo
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
from quizzes.question_types.number_reading import read_number
from quizzes.question_types.numbers import clear
from quizzes.question_types.schema import LongText, Schema

LABEL = gettext_lazy("A number")
MAX_LENGTH = 60
# The limits of an authored number. They allow more than any dose needs, and keep the sum of two numbers exact. Without
# them, a few characters with an exponent, such as 1e999999, would become an endless text.
MAX_DIGITS, MAX_DECIMALS = 27, 15


class NumericBlock(blocks.StructBlock):
    answer = blocks.DecimalBlock(max_digits=MAX_DIGITS, decimal_places=MAX_DECIMALS, label=gettext_lazy("Right answer"))
    tolerance = blocks.DecimalBlock(
        default=Decimal(0),
        min_value=0,
        max_digits=MAX_DIGITS,
        decimal_places=MAX_DECIMALS,
        label=gettext_lazy("Tolerance"),
        help_text=gettext_lazy("How far an answer may be from the right one, up or down."),
    )
    unit = blocks.CharBlock(required=False, default="", max_length=20, label=gettext_lazy("Unit, shown beside the box"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "decimal"
        label = LABEL


def _number(value: Any, info: ValidationInfo) -> Decimal:
    """An author's number as a Decimal. YAML reads 24.8 as a float and 1e5 as a string. Raises ValueError."""
    try:
        number = None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueError(f"`{info.field_name}` must be a number such as 24.8, without a unit")
    try:
        DecimalValidator(MAX_DIGITS, MAX_DECIMALS)(number)
    except ValidationError:
        limits = f"{MAX_DIGITS - MAX_DECIMALS} digits before the point and {MAX_DECIMALS} after it"
        raise ValueError(f"`{info.field_name}` may have {limits}") from None
    return number


Number = Annotated[Decimal, BeforeValidator(_number)]


class NumericSchema(Schema):
    answer: Number
    tolerance: Number = Field(default=Decimal(0), ge=0)
    unit: str = Field(default="", max_length=20)
    feedback: LongText


class Numeric(RekeyableType[NumericSchema]):
    name = "numeric"
    label = LABEL
    template = "numeric"
    block = NumericBlock
    schema = NumericSchema

    def hint(self) -> str:
        return _("Write a number.")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "answer": _plain_number(value["answer"]),
            "tolerance": _plain_number(value["tolerance"] or Decimal(0)),
            "unit": value["unit"],
            "feedback": value["feedback"],
        }

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        text = single_value(data, FIELD, _("Write one number only."))
        if not text.strip():
            return None
        if len(text) > MAX_LENGTH:
            raise BadAnswer(_("This is too long for a number. Write digits only, for example 24.8."))
        return read_number(text, content["unit"])

    def fields(self, payload: Payload) -> MultiValueDict:
        """The form with the stored number, written so that it can be read in one way only."""
        return single_field(clear(payload) if payload else None)

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        return {
            "name": FIELD,
            "unit": content["unit"],
            "value": data.get(FIELD, "")[:MAX_LENGTH],
            "longest": MAX_LENGTH,
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        if payload is None:
            return Credit(NOTHING, {FIELD: False})
        difference = abs(Fraction(payload) - Fraction(content["answer"]))
        right = difference <= Fraction(content["tolerance"])
        return Credit(FULL if right else NOTHING, {FIELD: right})

    def key(self, content: Content) -> Payload:
        return content["answer"]

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        answer, tolerance = Decimal(content["answer"]), Decimal(content["tolerance"])
        return {
            **content,
            "response": payload,
            "right": self.grade(content, payload).earned == FULL,
            "least": _plain_number(answer - tolerance),
            "most": _plain_number(answer + tolerance),
            "exact": not tolerance,
        }

    def load(self, question: NumericSchema, keys: Keys) -> dict:
        numbers = {"answer": _plain_number(question.answer), "tolerance": _plain_number(question.tolerance)}
        return {**question.model_dump(), **numbers}

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        return {**content, "answer": answer}


def _plain_number(number: Decimal) -> str:
    """The number without exponent and trailing zeros, so that 24.80 and 24.8 are the same content."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
