"""Clean and parse text that came from outside."""

import unicodedata

# Bidirectional embeddings, overrides and isolates also reorder the text after the name, in a list or an email. The
# marks U+200E and U+200F do not, and a name in two scripts may need them, so they stay. U+200C and U+200D stay too:
# they are part of the spelling of Persian and Indic names.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Return the text on one line: runs of white space become one space, control characters are removed."""
    kept = (sign for sign in text if sign.isspace() or not _controls(sign))
    return " ".join("".join(kept).split())


def _controls(sign: str) -> bool:
    return sign in TURNING or unicodedata.category(sign) == "Cc"


def small_number(text: str, most: int) -> int | None:
    """Parse a whole number from 0 to `most` in ASCII digits. Return None for anything else, however long it is."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if int(text) <= most else None
