"""The fields of a certificate as text, the same for the PDF and the public page. Uses no database."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.shares import points


@dataclass(frozen=True)
class CertificateFacts:
    """The achievement as `courses` describes it. A certificate copies each field under the same name."""

    course: str
    course_code: str
    hours: Decimal
    score: Decimal | None
    max_score: Decimal | None
    edition: str
    release: str
    completed_on: datetime.date
    valid_until: datetime.date
    language: str


FACTS = tuple(field.name for field in fields(CertificateFacts))


@dataclass(frozen=True)
class PrintedFields(CertificateFacts):
    """Everything that a certificate prints."""

    code: str  # as shown: K7QM-2X9D-HT4V-RB3P
    name: str
    issued_on: datetime.date
    issuer: str


class Line(NamedTuple):
    label: str
    value: str


def no_endorsement() -> str:
    return _("This certificate is the issuer’s own. WHO and UNODC do not endorse it.")


def lines(printed: PrintedFields) -> list[Line]:
    """The labelled lines below the name and the course, in the active language, without empty fields."""
    edition = _("%(edition)s; course release %(release)s") % {
        "edition": printed.edition,
        "release": printed.release,
    }
    labelled = [
        (_("Course code"), printed.course_code),
        (_("Hours"), number(printed.hours)),
        (_("Result"), result(printed)),
        (_("Completed"), day(printed.completed_on)),
        (_("Valid until"), day(printed.valid_until)),
        (_("Edition taught"), edition),
        (_("Issued by"), printed.issuer),
        (_("Issued on"), day(printed.issued_on)),
    ]
    return [Line(label, value) for label, value in labelled if value]


def result(printed: PrintedFields) -> str:
    """The result, such as "Passed, 21 of 24", or that no test was asked for; "" when the holder was erased."""
    if printed.score is not None and printed.max_score is not None:
        return _("Passed, %(score)s of %(max)s") % {"score": points(printed.score), "max": points(printed.max_score)}
    # Erasure takes the score away together with the name, so what an erased certificate rests on is not known.
    return _("Completed, without a test") if printed.name else ""


def day(date: datetime.date) -> str:
    """The date as the active language writes it; in English 30 November 2026, which cannot be misread."""
    return date_format(date, "j F Y" if get_language() == "en" else "DATE_FORMAT")


def number(value: Decimal) -> str:
    """The number as the active language writes it, without trailing zeros after the decimal point."""
    text = f"{value:f}"
    return number_format(text.rstrip("0").rstrip(".") if "." in text else text)
