"""Compare typed text with accepted text, for the question types whose answers are typed.

The comparison ignores case, accents, spaces and punctuation. It also ignores the ways in which a script writes the same
letter: full-width Latin, Arabic with or without vowel signs, tatweel and hamza, the digits of any script. Signs that
distinguish numbers count: < and >, and a minus before a digit. A `*` in the accepted text stands for any ending or
beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata

# Arabic and Persian letters that people use in place of each other. _letter() removes hamza and madda as marks.
ARABIC = {"ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": ""}
LATIN = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe"}
EQUIVALENT_LETTERS = str.maketrans(ARABIC | LATIN)
COMPARED_SIGNS = "<>≤≥−"
MINUS = re.compile(r"(?<!\w)[-−](?=\d)")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def storable_text(text: str) -> str:
    """The text with uniform line ends, stripped, and without the characters that PostgreSQL cannot store."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def normalise(text: str, keep: str = "") -> str:
    """The form of the text that is compared. Signs in `keep` stay."""
    # Decompose twice: a ligature can contain letters that change their case, and those can contain marks again.
    decomposed = _decomposed(_decomposed(MINUS.sub("−", text)).casefold()).translate(EQUIVALENT_LETTERS)
    letters = "".join(_letter(sign, keep) for sign in decomposed)
    return " ".join(unicodedata.normalize("NFC", letters).split())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _letter(sign: str, keep: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Mn", "Me", "Cf"):  # accents, vowel signs, marks of direction
        return sign if _belongs_to_the_letter(sign) else ""
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if sign in COMPARED_SIGNS:
        return f" {sign}" if sign == "−" else f" {sign} "
    return sign if category[0] in "LMN" or sign in keep else " "


def _belongs_to_the_letter(sign: str) -> bool:
    """Whether the mark changes the word: a vowel in the scripts of South and South-East Asia, a syllable in kana."""
    return "\u0900" <= sign <= "\u109f" or "\u1780" <= sign <= "\u17ff" or sign in "\u3099\u309a"


def matches(answer: str, accepted: str) -> bool:
    """Whether the whole answer is the accepted text. An answer without letters or numbers never is."""
    normalised = normalise(answer)
    return normalised != "" and re.fullmatch(_pattern(accepted), normalised) is not None


def contains(answer: str, accepted: str) -> bool:
    """Whether the answer contains the accepted text as whole words; in scripts without spaces, anywhere."""
    normalised = normalise(answer)
    if UNSPACED.search(accepted):
        return normalised != "" and re.search(_pattern(accepted.strip("* ")), normalised) is not None
    return normalised != "" and re.search(rf"(?<!\S){_pattern(accepted)}(?!\S)", normalised) is not None


def _pattern(accepted: str) -> str:
    """A regular expression for the accepted text. A star stays within one word.

    The groups of stars are atomic, as in fnmatch, so that matching does not backtrack and takes linear time.
    """
    first, *others = (re.escape(part) for part in normalise(accepted, keep="*").split("*"))
    if not others:
        return first
    *between, last = others
    return first + "".join(rf"(?>\S*?{part})" for part in between) + rf"\S*{last}"
