"""Render one certificate as a PDF. Uses no database, no clock and no fonts but our own."""

from __future__ import annotations

import datetime
import functools
import io
import json
import threading
import unicodedata
from pathlib import Path
from typing import cast

import segno
import typst
from django.conf import settings
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from accounts.text import one_line
from certificates.printed_fields import PrintedFields, lines, no_endorsement

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "certificate.typ"
COMPILER_LOCK = threading.Lock()  # the threads of the embedded worker share one compiler


class CannotBePrinted(Exception):
    """Typst refuses these fields, and would refuse them again."""


@functools.cache
def compiler() -> typst.Compiler:
    """The Typst compiler. One for each process, because loading the fonts takes far longer than rendering a page."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(settings.CERTIFICATE_FONTS)]
    )
    return typst.Compiler(TEMPLATE, root=FOLDER, font_paths=fonts)


def render(printed: PrintedFields, *, accent: str, verify_url: str, check_at: str) -> bytes:
    """Return the PDF of these printed fields in their language. The same arguments give the same bytes.

    `accent` is a colour such as #0d5a63. `verify_url` goes into the QR code. `check_at` is the address printed for
    people, without scheme and code. Raises CannotBePrinted, for example if a character is in none of our fonts.
    """
    with override(printed.language):
        data = json.dumps(_data(printed, accent, verify_url, check_at), ensure_ascii=False, sort_keys=True)
    day = datetime.datetime.combine(printed.issued_on, datetime.time(), tzinfo=datetime.UTC)
    with COMPILER_LOCK:
        # PDF/UA for screen readers and PDF/A for archives.
        try:
            pdf = compiler().compile(
                format="pdf", sys_inputs={"data": data}, timestamp=day, pdf_standards=["ua-1", "a-2a"]
            )
        except typst.TypstError as error:
            raise CannotBePrinted(str(error)) from error
    return cast(bytes, pdf)


def _data(printed: PrintedFields, accent: str, verify_url: str, check_at: str) -> dict:
    """Everything the template shows, as plain text."""
    heading = _("Certificate of completion")
    return {
        "accent": accent,
        "rtl": get_language_info(printed.language)["bidi"],
        "lang": printed.language.split("-")[0],
        "title": f"{heading}: {_plain(printed.name)}, {_plain(printed.course)}",
        "heading": heading,
        "issuer": _plain(printed.issuer),
        "name": _plain(printed.name),
        "course_label": _("Course completed"),
        "course": _plain(printed.course),
        "lines": [{"label": line.label, "value": _plain(line.value)} for line in lines(printed)],
        "code": printed.code,
        "check_label": _("Check this certificate at"),
        "check_at": check_at,
        "no_endorsement": no_endorsement(),
        "qr": qr_svg(verify_url),
        "qr_alt": _("QR code with the address for checking this certificate: %(url)s") % {"url": verify_url},
    }


def _plain(text: str) -> str:
    """The text on one line, in composed characters (NFC), without control characters, which no font can show."""
    return unicodedata.normalize("NFC", one_line(text))


def qr_svg(url: str) -> str:
    buffer = io.BytesIO()
    segno.make(url, error="m", micro=False).save(buffer, kind="svg", border=0, scale=4, xmldecl=False)
    return buffer.getvalue().decode()
