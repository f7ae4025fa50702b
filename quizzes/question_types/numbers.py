"""Numbers in typed text: their signs in any script, their exact value, and those that can be read in two ways. Pure.

A decimal sign is a point, a comma or ٫. Thousands are separated by spaces, apostrophes, ٬, commas or points in groups of
three. One comma or point with three digits after it, such as 1,500 or 1.500, can be either: it has no value, and
people are asked to write the number without it. With a 0 before it, it is a decimal sign.
"""

from __future__ import annotations

import re
import unicodedata

VULGAR_FRACTIONS = "¼½¾⅐-⅞↉"
BESIDE_FRACTION = re.compile(rf"(?<=[^\s(<>≤≥±+−-])(?=[{VULGAR_FRACTIONS}])|(?<=[{VULGAR_FRACTIONS}])(?=\d)")
SUPERSCRIPTS = "⁰¹²³⁴-⁹"
SUPERSCRIPT = re.compile(rf"(?<=\d)⁻?[{SUPERSCRIPTS}]+")
# Units tell milli- from mega- by the case of one letter: 5 mU is a billionth of 5 MU. It stays as it is typed.
MEGA = re.compile(r"((?<=\d)\s*M)(?=(?i:i?u|ui|ie)(?![^\W\d_]))")
RAISED_POINT = re.compile(r"(?<=\d)[·∙⋅](?=\d)")
LOOK_ALIKE_SIGNS = str.maketrans(
    dict.fromkeys("‐‑‒–−﹣－", "-")
    | dict.fromkeys("—―", "—")
    | dict.fromkeys("'‘’‛ʹʻʼʽˈ´`＇՚׳ꞌ", "'")
    | dict.fromkeys("⁄∕", "/")
    | {"٪": "%", "،": ",", "∶": ":", "≦": "≤", "≧": "≥"}
)


def _grouped(separator: str, decimal_signs: str) -> str:
    return rf"[1-9]\d{{0,2}}(?:{separator}\d{{3}})+(?:[{decimal_signs}]\d+)?"


# A regular expression for a number without its sign, in a text made by plain().
NUMBER = "|".join(
    [
        *(_grouped(separator, ".,٫") for separator in " '٬"),
        *(_grouped(",", ".٫"), _grouped(r"\.", ",٫")),
        *(r"\d+(?:[.,٫]\d+)?", r"(?<![\w.])[.٫]\d+"),
    ]
)
UNCLEAR = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def plain(text: str) -> str:
    """The text decomposed, with ASCII digits, one sign for all that look alike, nothing invisible.

    In lower case, without the M of a mega-unit.
    """
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = BESIDE_FRACTION.sub(" ", text)
    text = SUPERSCRIPT.sub(lambda power: "^" + unicodedata.normalize("NFKD", power[0]), text)
    text = text.translate(LOOK_ALIKE_SIGNS)
    # Decompose twice: a ligature can contain letters that change their case, and those can contain marks again.
    parts = MEGA.split(unicodedata.normalize("NFKD", text))
    text = "".join(part if number % 2 else part.casefold() for number, part in enumerate(parts))
    text = unicodedata.normalize("NFKD", text).translate(LOOK_ALIKE_SIGNS)
    text = "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    return RAISED_POINT.sub(".", text).replace("<=", "≤").replace(">=", "≥")


def value(number: str) -> str:
    """The exact value of a number that is not unclear, as plain digits with a point: "1.234,50" is "1234.5"."""
    signs = [sign for sign in number if sign in ".,٫"]
    decimal_sign = signs[-1] if len(set(signs)) == 2 or len(signs) == 1 else None
    whole, _, decimals = number.partition(decimal_sign) if decimal_sign else (number, "", "")
    whole, decimals = re.sub(r"\D", "", whole).lstrip("0") or "0", decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def is_unclear(number: str) -> bool:
    """Whether the sign in this number may be a decimal sign or separate thousands."""
    return UNCLEAR.fullmatch(number) is not None


def clear(number: str) -> str:
    """A plain value, with a zero at its end where it would be unclear: "1.234" is "1.2340"."""
    return number + "0" if is_unclear(number.lstrip("-")) else number


def readings(number: str) -> tuple[str, str]:
    """The two ways to read an unclear number, each so that it is clear: "1,500" is "1500" or "1.5"."""
    whole, decimals = re.split("[.,]", number)
    return whole + decimals, clear(value(f"{whole}.{decimals}"))
