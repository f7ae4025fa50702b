"""Fields for texts that answers are compared with, and the refusal of answers that cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pydantic import AfterValidator
from wagtail import blocks

from quizzes.question_types.base import BadAnswer
from quizzes.question_types.number_reading import unclear_message
from quizzes.question_types.numbers import readings
from quizzes.question_types.text_matching import STAR_BY_DIGIT, first_double
from quizzes.question_types.text_tokens import unclear_numbers


class ComparedTextBlock(blocks.CharBlock):
    """A text that answers are compared with. Drafts are exempt from its rules, because they may be unfinished."""

    def clean(self, value):
        value = super().clean(value)
        if self.is_deferred_validation:
            return value
        if number := next(unclear_numbers(value), None):
            raise ValidationError(unclear_message(number))
        if STAR_BY_DIGIT.search(value):
            raise ValidationError(_("A * cannot stand beside a digit, because it would accept other numbers."))
        return value


def _comparable(text: str) -> str:
    if number := next(unclear_numbers(text), None):
        raise ValueError("`{}` can be read as {} or as {}; write one of these".format(number, *readings(number)))
    if STAR_BY_DIGIT.search(text):
        raise ValueError(f"`{text[:40]}` has a * beside a digit, which would accept other numbers")
    return text


COMPARED = AfterValidator(_comparable)


def refuse_unclear_numbers(text: str) -> None:
    """Raise BadAnswer for a number that can be read in two ways, because it would count as wrong or as another one."""
    if number := next(unclear_numbers(text), None):
        raise BadAnswer(unclear_message(number))


def double_mistake(texts: Sequence[str]) -> str:
    """That two of these texts count as one, in words for the author; "" when all differ."""
    double = first_double(texts)
    if double is None:
        return ""
    return _("“%(first)s” and “%(second)s” count as the same text. Remove one of them.") % {
        "first": double[0],
        "second": double[1],
    }


def double_flaw(texts: Sequence[str]) -> str:
    """The same for a course package."""
    double = first_double(texts)
    return f"`{double[0]}` and `{double[1]}` count as the same text" if double else ""
