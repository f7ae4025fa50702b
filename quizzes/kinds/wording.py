"""Whether two people wrote the same: what the kinds with typed words share. Not a kind itself.

Case, accents, spaces and punctuation do not count, nor does how a script writes the same letter: full-width Latin, Arabic with
or without vowel signs, tatweel and hamza, the digits of any script. A `*` in what is accepted stands for any ending or beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata

# Letters of Arabic that people type for one another.
ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": ""})
LETTERS = str.maketrans({"ß": "ss", "ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def plain(text: str, keep: str = "") -> str:
    """The text as it is compared; `keep` are signs that stay."""
    whole = unicodedata.normalize("NFKD", text.translate(ARABIC).casefold().translate(LETTERS))
    letters = "".join(_letter(sign, keep) for sign in whole)
    return " ".join(unicodedata.normalize("NFC", letters).split())


def _letter(sign: str, keep: str) -> str:
    kind = unicodedata.category(sign)
    if kind in ("Mn", "Me", "Cf"):  # accents, vowel signs, marks of direction
        return sign if _belongs_to_the_letter(sign) else ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    return sign if kind[0] in "LM" or kind[0] == "N" or sign in keep else " "


def _belongs_to_the_letter(sign: str) -> bool:
    """In the scripts of South and South-East Asia a mark is a vowel, in kana it makes another syllable: no ornament."""
    return "\u0900" <= sign <= "\u109f" or "\u1780" <= sign <= "\u17ff" or sign in "\u3099\u309a"


def says(answer: str, accepted: str) -> bool:
    """Whether the whole answer is what is accepted."""
    return re.fullmatch(_pattern(accepted), plain(answer)) is not None


def mentions(answer: str, accepted: str) -> bool:
    """Whether the accepted words stand in the answer, as words of it."""
    pattern = _pattern(accepted)
    if not UNSPACED.search(accepted):
        pattern = rf"(?<!\S){pattern}(?!\S)"
    return re.search(pattern, plain(answer)) is not None


def _pattern(accepted: str) -> str:
    """Linear in the answer: a star stays inside one word."""
    parts = plain(accepted, keep="*").split("*")
    return r"[^\s]*".join(re.escape(part) for part in parts)
