"""Compare typed text with accepted text, for the question types whose answers are typed.

Texts are compared as tokens, see text_tokens: words without case, accents and punctuation, numbers by their value. A `*`
in the accepted text stands for any ending or beginning of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from quizzes.question_types.text_tokens import UNSPACED_SCRIPTS, tokens

UNSPACED = re.compile(f"[{UNSPACED_SCRIPTS}]")
STAR_BY_DIGIT = re.compile(r"\*\d|\d\*")
ENDING = r"[^\s/]"  # what a star may stand for: it ends where the word or the unit ends


def storable_text(text: str) -> str:
    """The text with uniform line ends, stripped, and without the characters that PostgreSQL cannot store."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def normalise(text: str, keep: str = "") -> str:
    """The form of the text that is compared: its tokens with a space between them. Signs in `keep` count as letters."""
    return " ".join(tokens(text, keep))


def matches(answer: str, accepted: str) -> bool:
    """Whether the whole answer is the accepted text. An answer without letters or numbers never is."""
    normalised = normalise(answer)
    return normalised != "" and re.fullmatch(_pattern(normalise(accepted, keep="*")), normalised) is not None


def contains(answer: str, accepted: str) -> bool:
    """Whether the answer contains the accepted text as whole words; in scripts without spaces, anywhere."""
    normalised = normalise(answer)
    wanted = normalise(accepted.strip("* ") if UNSPACED.search(accepted) else accepted, keep="*")
    if not (normalised and wanted):
        return False
    start = "" if UNSPACED.match(wanted[0]) else r"(?<!\S)"
    end = "" if UNSPACED.match(wanted[-1]) else r"(?!\S)"
    return re.search(start + _pattern(wanted) + end, normalised) is not None


def _pattern(wanted: str) -> str:
    """A regular expression for a normalised accepted text. A star stays within one word.

    The groups of stars are atomic, as in fnmatch, so that matching does not backtrack and takes linear time.
    """
    first, *others = (re.escape(part) for part in wanted.split("*"))
    if not others:
        return first
    *between, last = others
    return first + "".join(rf"(?>{ENDING}*?{part})" for part in between) + rf"{ENDING}*{last}"


def same(first: str, second: str) -> bool:
    """Whether two accepted texts accept the same answers."""
    return normalise(first, keep="*") == normalise(second, keep="*")


def first_double(texts: Sequence[str]) -> tuple[str, str] | None:
    """The first two of these accepted texts that count as one; None when all differ."""
    seen: dict[str, str] = {}
    for text in texts:
        normalised = normalise(text, keep="*")
        if normalised in seen:
            return seen[normalised], text
        seen[normalised] = text
    return None


def never_right(ways: Sequence[str], unwanted: Sequence[str]) -> tuple[str, str] | None:
    """The first way to say something that contains an unwanted text, and that text; None when there is none."""
    pairs = ((way, text) for way in ways for text in unwanted)
    return next((pair for pair in pairs if contains(pair[0].replace("*", ""), pair[1])), None)
