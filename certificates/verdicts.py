"""The messages of the public page: about the certificate, a typed name and an uploaded file."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certificates.models import Certificate


class Verdict(NamedTuple):
    """One message: a heading and a sentence, with a tone ("", ok, warn or bad), an icon and an ARIA role."""

    tone: str
    icon: str
    word: str
    text: str
    role: str = "status"  # "alert" if the person cannot go on


def of_certificate(certificate: Certificate) -> Verdict:
    """The message about the validity of the certificate."""
    return _OF_VALIDITY[certificate.validity](certificate)


def _valid(certificate: Certificate) -> Verdict:
    if certificate.erased_at:
        text = _(
            "We issued this certificate and it is valid. The holder’s name is withheld. Compare every other line with the"
            " paper you have."
        )
    else:
        text = _("We issued this certificate and it is valid. Compare every line with the paper you have.")
    return Verdict("", "right", _("Valid"), text)


def _expired(certificate: Certificate) -> Verdict:
    text = _(
        "We issued this certificate. It was valid until %(date)s. If there is a newer one, it has a different code."
    ) % {"date": date_format(certificate.valid_until, "DATE_FORMAT")}
    return Verdict("warn", "clock", _("Expired"), text)


def _superseded(certificate: Certificate) -> Verdict:
    text = _("We issued this certificate and replaced it with another one on %(date)s. It is no longer valid.") % {
        "date": _day_of_change(certificate)
    }
    return Verdict("warn", "warning", _("Replaced"), text)


def _revoked(certificate: Certificate) -> Verdict:
    text = _("We issued this certificate and revoked it on %(date)s. It is no longer valid.") % {
        "date": _day_of_change(certificate)
    }
    return Verdict("bad", "wrong", _("Revoked"), text)


_OF_VALIDITY = {"valid": _valid, "expired": _expired, "superseded": _superseded, "revoked": _revoked}


def _day_of_change(certificate: Certificate) -> str:
    return date_format(certificate.standing_on, "DATE_FORMAT") if certificate.standing_on else ""


def of_name(matches: bool) -> Verdict:
    """The message after comparing a name with that of an erased holder."""
    if matches:
        return Verdict("ok", "right", _("The name matches"), _("This certificate was issued to that name."))
    text = _(
        "Enter the full name exactly as printed, in the same script. If it still does not match, the paper is not the one"
        " we issued."
    )
    return Verdict("bad", "wrong", _("The name does not match"), text)


def too_many_names() -> Verdict:
    """The message instead of of_name() when too many names were tried."""
    text = _("Too many names were tried. Please try again in an hour.")
    return Verdict("warn", "warning", _("Too many names"), text, role="alert")


def of_file(is_ours: bool | None) -> Verdict | None:
    """The message after comparing a file with our PDF; None if no file was uploaded."""
    if is_ours is None:
        return None
    if is_ours:
        return Verdict("ok", "right", _("This is our file"), _("It has not been changed since we issued it."))
    text = _(
        "The file was changed, scanned or saved by another program. Compare its lines with this page, and ask for the"
        " original file."
    )
    return Verdict("bad", "wrong", _("This is not our file"), text)
