"""A number, right within an absolute tolerance, bounds included. Payload: the number as plain text, "24.8".

Read as people write it: comma or point, any script's digits, spaces between thousands, the unit behind it.
Compared as fractions, so that 0.1 + 0.2 is 0.3.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types.base import FULL, NOTHING, BadAnswer, Content, Credit, Flaw, Keys, Payload, check_text, one

NAME = "numeric"
LABEL = gettext_lazy("A number")
TEMPLATE = "numeric"
FIELDS = {"answer", "tolerance", "unit", "feedback"}
FIELD = "answer"
LONGEST = 60
# Of a number that authors give: more than any dose needs, and the sum of two is exact. An exponent could make a few signs
# a text without end.
DIGITS, DECIMALS = 27, 15

NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})")
LEADING = re.compile(r"[+-]?[\d.,٫٬'’\s]*\d")
GROUP = re.compile(r"(?<=\d)[\s'’٬](?=\d{3}(?:\D|$))")
DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # a thousand and more, or a decimal comma?
SIGNS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "–": "-", "٪": "%", "﹪": "%", "％": "%", "٫": ".", "،": ","})
# Marks of direction that phones put around numbers.
INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c\ufeff"))


class Block(blocks.StructBlock):
    answer = blocks.DecimalBlock(max_digits=DIGITS, decimal_places=DECIMALS, label=gettext_lazy("Right answer"))
    tolerance = blocks.DecimalBlock(
        default=Decimal(0),
        min_value=0,
        max_digits=DIGITS,
        decimal_places=DECIMALS,
        label=gettext_lazy("Tolerance"),
        help_text=gettext_lazy("How far off, up or down, is still right."),
    )
    unit = blocks.CharBlock(required=False, default="", max_length=20, label=gettext_lazy("Unit, shown beside the box"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "decimal"
        label = LABEL


def hint() -> str:
    return _("Write a number.")


def freeze(value, key: UUID) -> Content:
    return {
        "answer": _text(value["answer"]),
        "tolerance": _text(value["tolerance"] or Decimal(0)),
        "unit": value["unit"],
        "feedback": value["feedback"],
    }


def _text(number: Decimal) -> str:
    """A number without an exponent or idle zeros: 24.80 and 24.8 are the same content."""
    plain = f"{Decimal(number):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def order(content: Content, draw: random.Random) -> list[str]:
    return []


def parse(data: MultiValueDict, content: Content) -> Payload:
    typed = one(data, FIELD, _("Write one number only."))
    if not typed.strip():
        return None
    if len(typed) > LONGEST:
        raise BadAnswer(_("This is too long for a number. Write digits only, for example 24.8."))
    return _number(_plain(typed), content["unit"])


def _plain(typed: str) -> str:
    """The same with ASCII digits and signs, ordinary spaces and nothing invisible."""
    digits = "".join(str(unicodedata.decimal(sign, sign)) for sign in typed.translate(INVISIBLE))
    return re.sub(r"\s+", " ", digits.translate(SIGNS)).strip()


def _number(plain: str, unit: str) -> str:
    found = LEADING.match(plain)
    if found is None:
        raise BadAnswer(_("This is not a number. Write digits, for example 24.8."))
    _same_unit(plain[found.end() :], unit)
    number = _point(GROUP.sub("", found[0]))
    if not NUMBER.fullmatch(number):
        raise BadAnswer(_("This is not a number. Write digits, for example 24.8."))
    return _text(Decimal(number))


def _same_unit(rest: str, unit: str) -> None:
    rest, wanted = " ".join(rest.split()).casefold(), _plain(unit).casefold()
    if rest and rest != wanted:
        if unit:
            raise BadAnswer(_("Give the number in %(unit)s, or write the number alone.") % {"unit": unit})
        raise BadAnswer(_("Write the number alone, without words."))


def _point(number: str) -> str:
    """The number with a point for decimals, whichever sign was used for them."""
    if "," in number and "." in number:
        decimal = max(number.rfind(","), number.rfind("."))
        return re.sub(r"[.,](?=\d{3}(?:[.,]|$))", "", number[:decimal]) + "." + number[decimal + 1 :]
    if DOUBTFUL.fullmatch(number):
        raise BadAnswer(_("Is the comma a decimal sign? Write the number without a sign for thousands."))
    return number.replace(",", ".")


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({FIELD: [payload]} if payload else {})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    return {"name": FIELD, "unit": content["unit"], "value": data.get(FIELD, "")[:LONGEST], "longest": LONGEST}


def grade(content: Content, payload: Payload) -> Credit:
    if payload is None:
        return Credit(NOTHING, {FIELD: False})
    off = abs(Fraction(payload) - Fraction(content["answer"]))
    right = off <= Fraction(content["tolerance"])
    return Credit(FULL if right else NOTHING, {FIELD: right})


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    answer, tolerance = Decimal(content["answer"]), Decimal(content["tolerance"])
    return {
        **content,
        "given": payload,
        "right": grade(content, payload).earned == FULL,
        "least": _text(answer - tolerance),
        "most": _text(answer + tolerance),
        "exact": not tolerance,
    }


def check_part(item: dict) -> Iterator[Flaw]:
    for name in ("answer", "tolerance"):
        value = item.get(name, 0 if name == "tolerance" else None)
        try:
            number = None if isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite():
            yield (name,), f"`{name}` must be a number"
        elif not _fits(number):
            yield (name,), f"`{name}` may have {DIGITS - DECIMALS} digits before the point and {DECIMALS} after it"
        elif name == "tolerance" and number < 0:
            yield (name,), "`tolerance` must not be negative"
    unit = item.get("unit", "")
    if not isinstance(unit, str) or len(unit) > 20:
        yield ("unit",), "`unit` must be a text of at most 20 characters"
    yield from check_text(item, "feedback")


def _fits(number: Decimal) -> bool:
    try:
        DecimalValidator(DIGITS, DECIMALS)(number)
    except ValidationError:
        return False
    return True


def load(item: dict, keys: Keys) -> dict:
    return {
        "answer": _text(Decimal(str(item["answer"]))),
        "tolerance": _text(Decimal(str(item.get("tolerance", 0)))),
        "unit": item.get("unit", ""),
        "feedback": item["feedback"],
    }


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return content["answer"]


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this number as the right one."""
    return {**content, "answer": answer}
