"""Whether two people wrote the same: what the kinds with typed words share. Not a kind itself.

Case, accents, spaces and punctuation do not count, nor does how a script writes the same letter: full-width Latin, Arabic with
or without vowel signs, tatweel and hamza, the digits of any script. What tells numbers apart does count: < and >, and a minus
before a digit. A `*` in what is accepted stands for any ending or beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata

# Letters of Arabic and Persian that people type for one another; hamza and madda come off as marks.
ARABIC = {"ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": ""}
LATIN = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe"}
SAME = str.maketrans(ARABIC | LATIN)
COUNTS = "<>≤≥−"
MINUS = re.compile(r"(?<!\w)[-−](?=\d)")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def typed(text: str) -> str:
    """What somebody wrote, as it is kept: lines end in one way, and there is no sign that PostgreSQL cannot store."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def plain(text: str, keep: str = "") -> str:
    """The text as it is compared; `keep` are signs that stay."""
    # Twice apart: a ligature holds letters that change their case, and these hold marks again.
    whole = _apart(_apart(MINUS.sub("−", text)).casefold()).translate(SAME)
    letters = "".join(_letter(sign, keep) for sign in whole)
    return " ".join(unicodedata.normalize("NFC", letters).split())


def _apart(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _letter(sign: str, keep: str) -> str:
    kind = unicodedata.category(sign)
    if kind in ("Mn", "Me", "Cf"):  # accents, vowel signs, marks of direction
        return sign if _belongs_to_the_letter(sign) else ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    if sign in COUNTS:
        return f" {sign}" if sign == "−" else f" {sign} "
    return sign if kind[0] in "LMN" or sign in keep else " "


def _belongs_to_the_letter(sign: str) -> bool:
    """In the scripts of South and South-East Asia a mark is a vowel, in kana it makes another syllable: no ornament."""
    return "\u0900" <= sign <= "\u109f" or "\u1780" <= sign <= "\u17ff" or sign in "\u3099\u309a"


def says(answer: str, accepted: str) -> bool:
    """Whether the whole answer is what is accepted; nothing that can be compared says nothing."""
    given = plain(answer)
    return given != "" and re.fullmatch(_pattern(accepted), given) is not None


def mentions(answer: str, accepted: str) -> bool:
    """Whether the accepted words stand in the answer, as words of it; scripts without spaces have no words to tell apart."""
    given = plain(answer)
    if UNSPACED.search(accepted):
        return given != "" and re.search(_pattern(accepted.strip("* ")), given) is not None
    return given != "" and re.search(rf"(?<!\S){_pattern(accepted)}(?!\S)", given) is not None


def _pattern(accepted: str) -> str:
    """Linear in the answer: a star stays inside one word, and what it has passed over is not tried again (as in fnmatch)."""
    first, *others = (re.escape(part) for part in plain(accepted, keep="*").split("*"))
    if not others:
        return first
    *between, last = others
    return first + "".join(rf"(?>\S*?{part})" for part in between) + rf"\S*{last}"
