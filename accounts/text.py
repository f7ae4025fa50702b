"""Text that came from outside, made fit to keep or to count with."""

import unicodedata

# They turn round the words that follow, beyond the name: of a list, of an email. The marks U+200E and U+200F do not; they
# stay, for a name in two scripts may need one. So do U+200C and U+200D, which belong to the letters of Persian and Indic names.
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Any white space, line breaks too, is one space; control characters are left out."""
    kept = (sign for sign in text if sign.isspace() or not _controls(sign))
    return " ".join("".join(kept).split())


def _controls(sign: str) -> bool:
    return sign in TURNING or unicodedata.category(sign) == "Cc"


def small_number(text: str, most: int) -> int | None:
    """The whole number from 0 to `most` that this text writes in ASCII digits; None for anything else, however long."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if int(text) <= most else None
