"""Read one number from a typed answer, or say what is wrong with it and what to write. No database or request."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.question_types.base import BadAnswer
from quizzes.question_types.numbers import NUMBER, SUPERSCRIPTS, is_unclear, plain, readings, value

MAX_DIGITS = 20  # before the decimal sign, and after it

FIRST_NUMBER = re.compile(rf"[+-]?(?P<digits>{NUMBER}|[,.٫]\d+)(?![.,٫٬']?\d)")
NO_NUMBER = gettext_lazy("This is not a number. Write digits, for example 24.8.")
ALONE = gettext_lazy("Write the number alone, without words or signs.")
# What a text looks like that is no number, and what to say. The first that fits is said.
MISTAKES = [
    (re.compile(pattern), message)
    for pattern, message in [
        (r"\D*$", NO_NUMBER),
        (
            r"- +(?P<number>[\d.,٫]*\d)",
            gettext_lazy("There is a space after the minus. Write -%(number)s if you mean a negative number."),
        ),
        (
            r"[+-]?(?:\d+ )?\d+ ?/ ?\d",
            gettext_lazy("Write the fraction as a decimal number, for example 0.5."),
        ),
        (
            r"[+-]?[\d.,٫]+ ?(?:e ?[+-]?\d|[x×*] ?10|\^)",
            gettext_lazy("Write the number with all its digits, for example 1000."),
        ),
        (
            r"[+-]?(?P<number>[\d ]*\d)[.,٫](?!\d)",
            gettext_lazy("A digit is missing after the decimal sign. Write %(number)s if that is the number."),
        ),
        (
            r"[+-]?\d[\d.,٫٬']*[.,٫٬'][\d.,٫٬']*(?![\d.,٫٬' -])",
            gettext_lazy("This number has too many signs between its digits. Use one comma or point, for decimals."),
        ),
        (r"[+-]?[.,٫]?\d", gettext_lazy("Write one number only.")),
        ("", ALONE),
    ]
]


def read_number(text: str, unit: str) -> str:
    """The number in a typed text, with or without the unit, as plain digits with a point. Raises BadAnswer."""
    typed = re.sub(r"\s+", " ", plain(text)).strip()
    number = FIRST_NUMBER.match(typed)
    rest = typed[number.end() :].strip() if number else ""
    only_one = rest[:1] not in (".", ",", "٫") and (_unit(rest) == _unit(unit) or not re.search(r"\d", rest))
    if number is None or not only_one:
        raise BadAnswer(_mistake(typed))
    if re.match(rf"\W*[{SUPERSCRIPTS}]", text):
        raise BadAnswer(str(NO_NUMBER))
    _check_unit(rest, unit)
    digits = _read_digits(number["digits"])
    return "-" + digits if typed.startswith("-") and digits != "0" else digits


def _read_digits(digits: str) -> str:
    """The digits of a number without its sign, with a point. Raises BadAnswer for two readings, and too many digits."""
    if is_unclear(digits):
        raise BadAnswer(unclear_message(digits))
    plain_digits = value(digits)
    if max(map(len, plain_digits.split("."))) > MAX_DIGITS:
        raise BadAnswer(_("This number is too long. Write at most %(n)d digits.") % {"n": MAX_DIGITS})
    return plain_digits


def unclear_message(number: str) -> str:
    """What to write instead of a number that can be read in two ways."""
    whole, decimal = readings(number)
    return _("“%(number)s” can be read in two ways. Write %(whole)s, or %(decimal)s if you mean a decimal number.") % {
        "number": number,
        "whole": whole,
        "decimal": decimal,
    }


def _mistake(typed: str) -> str:
    """Why the text does not begin with one number and only a unit after it."""
    matches = ((pattern.match(typed), message) for pattern, message in MISTAKES)
    return next(str(message) % match.groupdict() for match, message in matches if match)


def _check_unit(rest: str, unit: str) -> None:
    if rest and _unit(rest) != _unit(unit):
        if unit:
            raise BadAnswer(_("Give the number in %(unit)s, or write the number alone.") % {"unit": unit})
        raise BadAnswer(str(ALONE))


def _unit(text: str) -> str:
    """The unit as it is compared: without spaces, and without the full stop at the end of a sentence."""
    return re.sub(r"\s", "", plain(f"1 {text}")[1:]).rstrip(".")  # a number tells a unit from a word
