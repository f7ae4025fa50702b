"""Which characters the fonts of the certificate cannot print. Uses no database.

The fonts lie in settings.CERTIFICATE_FONTS. Each has one character map of format 12 (certificates/fonts/build.py).
"""

from __future__ import annotations

import functools
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# They print nothing themselves: joiners belong to the spelling of Persian and Indic names, direction marks to names in
# two scripts, and variation selectors choose between shapes of one character.
WITHOUT_INK = frozenset("\u200c\u200d\u200e\u200f") | set(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))


@functools.cache
def printable() -> frozenset[str]:
    """Every character that can be printed. Each process reads the fonts once, which takes 60 ms.

    Left out of what the fonts have are characters that show nothing and may change others: controls, overrides of the
    direction, private and unassigned characters.
    """
    paths = (path for path in Path(settings.CERTIFICATE_FONTS).iterdir() if path.suffix in (".ttf", ".otf"))
    covered = {character for path in paths for character in _characters(path)}
    return WITHOUT_INK | {character for character in covered if unicodedata.category(character)[0] != "C"}


def unprintable(text: str) -> list[str]:
    """The characters of the text that cannot be printed, each once, in their order; [] if all of it can."""
    return [
        character for character in dict.fromkeys(unicodedata.normalize("NFC", text)) if character not in printable()
    ]


def check_printable(text: str) -> None:
    """Validate a text that certificates print. Raises ValidationError, which names the signs that cannot be printed."""
    signs = unprintable(text)
    if signs:
        raise ValidationError(unprintable_message(signs), code="unprintable")


def clean_printable(instance: models.Model, *fields: str) -> None:
    """As check_printable(), for fields of a model that inherit their definition. The error stands at the field."""
    found = {field: unprintable(getattr(instance, field)) for field in fields}
    errors = {field: unprintable_message(signs) for field, signs in found.items() if signs}
    if errors:
        raise ValidationError(errors)


def unprintable_message(signs: list[str]) -> str:
    """What unprintable() found, as a sentence in the active language."""
    message = ngettext(
        "This sign cannot be printed on a certificate: %(signs)s",
        "These signs cannot be printed on a certificate: %(signs)s",
        len(signs),
    )
    return message % {"signs": shown(signs)}


def shown(signs: list[str]) -> str:
    """The signs as people can read them, in the active language."""
    return " ".join(_shown(sign) for sign in signs)


def _shown(sign: str) -> str:
    if unicodedata.category(sign)[0] in "CMZ":  # it cannot be seen, or not by itself
        return _("an invisible sign (%(code)s)") % {"code": f"U+{ord(sign):04X}"}
    return sign


def _characters(path: Path) -> Iterator[str]:
    """The characters of one font file."""
    data = path.read_bytes()
    (table_count,) = struct.unpack_from(">H", data, 4)
    tables = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(table_count))
    start = next(offset for tag, _checksum, offset, _length in tables if tag == b"cmap")
    (offset,) = struct.unpack_from(">I", data, start + 8)  # of the only map, after 4 bytes of header and 4 of platform
    (format_number,) = struct.unpack_from(">H", data, start + offset)
    if format_number != 12:
        raise ValueError(f"{path.name} has a character map of format {format_number}, not 12")
    (group_count,) = struct.unpack_from(">I", data, start + offset + 12)
    for number in range(group_count):
        first, last, _glyph = struct.unpack_from(">III", data, start + offset + 16 + 12 * number)
        yield from map(chr, range(first, last + 1))
