"""A typed text as tokens: words, and numbers as they are meant. Two texts are the same when their tokens are. Pure.

A word is its letters: case, accents, vowel signs and the ways to write one letter do not count, and punctuation and
apostrophes only separate. A number is one token with all that belongs to it: its sign, a comparison, a range, a
fraction, per cent. Its value counts and not how it is written, so 10 000 is 10000 and 0.50 is .5. What has a meaning
of its own stays as it is written: 120/80, 1:1000, 2026-05-03, and 1,500, which can be read in two ways. A unit is
a token of its own and is never converted: 5mg is 5 mg, and mg/kg is another unit than mg.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from quizzes.question_types.numbers import NUMBER, clear, is_unclear, plain, value

# Arabic and Persian letters that people use in place of each other. _letter() removes hamza and madda as marks.
ARABIC = {"ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": ""}
LATIN = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe"}
EQUIVALENT_LETTERS = str.maketrans(ARABIC | LATIN)

UNSPACED_SCRIPTS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
SIGNS = ".,٫٬':/-—+±%‰°^<>≤≥"

MICROGRAM = dict.fromkeys(("mcg", "ug", "μg"), "μg")
UNITS = (
    *("ng", *MICROGRAM, "mg", "g", "kg", "μl", "ml", "dl", "cl", "l", "cc", "mm", "cm", "m", "km"),
    *(
        "μmol",
        "nmol",
        "mmol",
        "mol",
        "meq",
        "iu",
        "ui",
        "ie",
        "miu",
        "mui",
        "mu",
        "Miu",
        "Mui",
        "Mu",
        "u",
        "mmhg",
        "kpa",
        "kcal",
        "kj",
        "bpm",
    ),
    *("ms", "s", "sec", "min", "h", "hr", "hrs", "d", "day", "week", "month", "year", "dose", "tablet"),
    *("мкг", "мг", "г", "кг", "мл", "л", "мин", "ч", "ед", "ме", "сут"),
    *("ملغ", "مغ", "ملجم", "مجم", "مكغ", "غ", "جم", "كغ", "كجم", "مل", "لتر", "ل"),
)
PER_CENT = "|".join(
    ["per ?cent", "pct", "pour ?cent", "por ?ciento", "por ?cento", "процент(?:а|ов)?", "(?:ب|في )ال(?:ميه|مايه)"]
)


def _one_of(texts: tuple[str, ...]) -> str:
    return "(?:" + "|".join(sorted(texts, key=len, reverse=True)) + ")"


LETTER = rf"[^\s{re.escape(SIGNS)}{UNSPACED_SCRIPTS}]"  # a letter or digit of a script that has spaces between words
UNIT = f"{_one_of(UNITS)}(?!{LETTER})"
ANY_NUMBER = f"(?:{NUMBER})"
SIGN = r"(?:(?<![\w.)\]%'])[-+±])?"
SIGNED = SIGN + ANY_NUMBER
PROPER_FRACTION = "(?:" + "|".join(f"{n}/[{n + 1}-9]" for n in range(1, 9)) + ")"
# A unit may stand after both ends of a range. After the first end only, a dash is punctuation: "5 mg - 2 times a day".
# The word between the ends of a range in our languages, as _letter() leaves it: to, à, a, до, إلى, 至, 到.
DASH = "(?: ?[-—至到] ?| (?:to|a|до|الي) )"
LOW_UNIT = f"(?: ?(?P<low_unit>{UNIT}|[%‰])(?={DASH}{ANY_NUMBER} ?(?:{UNIT}|[%‰])))?"
RANGE = f"(?P<low>{SIGNED}){LOW_UNIT}{DASH}(?P<high>-?{ANY_NUMBER})"
MIXED = rf"(?P<mixed>{SIGN}\d+ {PROPER_FRACTION})"
PAIR = f"(?P<pair>{SIGNED}(?: [:/] |[:/]){ANY_NUMBER})"
NUMBER_ENDS = rf"(?!\^?[.,٫٬':/^-]?\d)(?:(?={UNIT})|(?!{LETTER}))"
AFTER = rf"(?P<after> ?[%‰]| ?(?:{PER_CENT})(?!{LETTER})|\+(?!{LETTER})|°(?! ?[cf](?!{LETTER})))?"
QUANTITY = f"(?:(?P<comparison>[<>≤≥]) ?)?(?:{RANGE}|{MIXED}|{PAIR}|(?P<single>{SIGNED})){NUMBER_ENDS}{AFTER}"
RATE = f"{UNIT}(?: ?/ ?{UNIT})+"
CHAIN = rf"\d+(?:(?:\^-|[.,٫٬':/^-])\d+)+(?!{LETTER})"
CODE = rf"{LETTER}*\d{LETTER}*(?:\.\d{LETTER}*)+"
WORD = rf"\**[{UNSPACED_SCRIPTS}][{UNSPACED_SCRIPTS}*]*|(?:{CODE}|{LETTER}+)(?:\+(?!{LETTER}))?"
TOKEN = re.compile(f"(?P<number>{QUANTITY})|(?P<rate>{RATE})|{CHAIN}|{WORD}|[<>≤≥]")


def tokens(text: str, keep: str = "") -> list[str]:
    """The tokens of the text; none contains a space. Signs in `keep` count as letters."""
    letters = "".join(_letter(sign, keep) for sign in plain(text).translate(EQUIVALENT_LETTERS))
    return [unicodedata.normalize("NFC", _token(match)) for match in TOKEN.finditer(letters)]


def unclear_numbers(text: str) -> Iterator[str]:
    """The numbers in the text that can be read in two ways, such as 1,500."""
    for token in tokens(text):
        yield from (part for part in re.findall(r"(?<![\w.,])\d+[.,]\d+(?![\w.,])", token) if is_unclear(part))


def _letter(sign: str, keep: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Mn", "Me"):  # accents and vowel signs
        return sign if _belongs_to_the_letter(sign) else ""
    if category[0] in "LMN" or sign in keep or sign in SIGNS or sign == "\n":
        return sign
    return f" {sign} " if category == "Sc" else " "


def _belongs_to_the_letter(sign: str) -> bool:
    """Whether the mark changes the word: a vowel in the scripts of South and South-East Asia, a syllable in kana."""
    return "\u0900" <= sign <= "\u109f" or "\u1780" <= sign <= "\u17ff" or sign in "\u3099\u309a"


def _token(match: re.Match) -> str:
    if match["number"]:
        return (match["comparison"] or "") + _number(match) + _after(match)
    if match["rate"]:
        return "/".join(MICROGRAM.get(unit.strip(), unit.strip()) for unit in match[0].split("/"))
    return MICROGRAM.get(match[0], match[0])


def _number(match: re.Match) -> str:
    if match["low"]:
        return _signed(match["low"]) + _unit_of_low(match) + "-" + _signed(match["high"])
    if match["mixed"]:
        whole, fraction = match["mixed"].split(" ")
        sign, digits = _split(whole)
        return sign + _fraction(Fraction(fraction) + int(digits))
    if match["pair"]:
        pair = match["pair"].replace(" : ", ":").replace(" / ", "/")
        sign, fraction = _split(pair)
        if re.fullmatch(PROPER_FRACTION, fraction):
            return sign + _fraction(Fraction(fraction))
        return "".join(part if part in ":/" else _signed(part) for part in re.split("([:/])", pair))
    return _signed(match["single"])


def _split(number: str) -> tuple[str, str]:
    """The sign of a number, "" for a plus, and its digits."""
    return (number[0].strip("+"), number[1:]) if number[0] in "-+±" else ("", number)


def _signed(number: str) -> str:
    sign, digits = _split(number)
    digits = digits if is_unclear(digits) else clear(value(digits))
    return digits if digits == "0" else sign + digits


def _fraction(fraction: Fraction) -> str:
    """The fraction as a decimal number where that is exact, otherwise such as 4/3. Its denominator has one digit."""
    whole, rest = divmod(fraction, 1)
    return clear(f"{whole}{str(float(rest))[1:]}") if rest.denominator in (2, 4, 5, 8) else str(fraction)


def _unit_of_low(match: re.Match) -> str:
    """The unit after the first end of a range; "" when it is the one after the second end."""
    unit = match["low_unit"] or ""
    rest = match.string[match.end("high") :].lstrip()
    same = rest.startswith(unit) and not re.match(LETTER, rest[len(unit) :])
    return "" if same else MICROGRAM.get(unit, unit)


def _after(match: re.Match) -> str:
    after = (match["after"] or "").strip()
    return after if after in ("", "‰", "+", "°") else "%"
