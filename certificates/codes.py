"""Certificate codes: random, easy to read aloud, without letters that look like digits."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
LENGTH = 16  # 80 bits, too many to guess even without the limit on the public page
GROUP = 4
EXAMPLE = "K7QM-2X9D-HT4V-RB3P"
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
SEPARATORS = dict.fromkeys(map(ord, " -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u200e\u200f\t\r\n."), None)


def new_code() -> str:
    """A new code in its stored form: LENGTH random characters of ALPHABET."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def parse(text: str) -> str | None:
    """The stored form of a code that somebody typed or scanned; None if the text cannot be a code."""
    characters = text.translate(SEPARATORS)
    code = characters.upper().translate(LOOKALIKES)
    # Some letters outside ASCII become two ASCII letters in upper case: ß becomes SS. No code contains them.
    if not characters.isascii() or len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return None
    return code


def shown(code: str) -> str:
    """The printed form: K7QM-2X9D-HT4V-RB3P."""
    return "-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP))
