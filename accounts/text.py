"""Clean and parse text from outside."""

import unicodedata

# Bidirectional embeddings, overrides and isolates also reorder the text after the name, in a list or an email. The
# marks U+200E and U+200F do not, and a name in two scripts may need them, so they stay. U+200C and U+200D stay too:
# they are part of the spelling of Persian and Indic names.
BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Return the text on one line: runs of white space become one space, control characters are removed."""
    characters = (character for character in text if character.isspace() or not _is_control(character))
    return " ".join("".join(characters).split())


def _is_control(character: str) -> bool:
    return character in BIDI_CONTROLS or unicodedata.category(character) == "Cc"


def small_number(text: str, maximum: int) -> int | None:
    """Parse a whole number from 0 to `maximum` in ASCII digits. Return None for anything else, however long it is."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(maximum))):
        return None
    return int(text) if int(text) <= maximum else None
