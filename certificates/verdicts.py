"""The messages of the public page: about the certificate, a typed name and an uploaded file."""

from __future__ import annotations

from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certificates.models import Certificate


class Verdict(NamedTuple):
    """A word and a sentence, with a tone ("", ok, warn or bad), an icon and an ARIA role."""

    tone: str
    icon: str
    word: str
    text: str
    role: str = "status"  # "alert" when the person cannot go on


def of_certificate(certificate: Certificate) -> Verdict:
    """The message about the validity of the certificate."""
    return _OF_VALIDITY[certificate.validity](certificate)


def _valid(certificate: Certificate) -> Verdict:
    if certificate.erased_at:
        text = _(
            "We issued this certificate and it stands. Its holder’s name is withheld; compare every other line with the"
            " paper in your hand."
        )
    else:
        text = _("We issued this certificate and it stands. Compare every line with the paper in your hand.")
    return Verdict("", "right", _("Valid"), text)


def _expired(certificate: Certificate) -> Verdict:
    text = _(
        "We issued this certificate. It was valid until %(date)s; a newer one, if there is one, has another code."
    ) % {"date": date_format(certificate.valid_until, "DATE_FORMAT")}
    return Verdict("warn", "clock", _("Expired"), text)


def _superseded(certificate: Certificate) -> Verdict:
    text = _("We issued this certificate, and on %(date)s another one in its place. This paper no longer counts.") % {
        "date": _day_of_change(certificate)
    }
    return Verdict("warn", "warning", _("Replaced"), text)


def _revoked(certificate: Certificate) -> Verdict:
    text = _("We issued this certificate and withdrew it on %(date)s. It does not count any more.") % {
        "date": _day_of_change(certificate)
    }
    return Verdict("bad", "wrong", _("Revoked"), text)


_OF_VALIDITY = {"valid": _valid, "expired": _expired, "superseded": _superseded, "revoked": _revoked}


def _day_of_change(certificate: Certificate) -> str:
    return date_format(timezone.localtime(certificate.standing_at), "DATE_FORMAT")


def of_name(matches: bool) -> Verdict:
    """The message after a name was compared with that of an erased holder."""
    if matches:
        return Verdict("ok", "right", _("The name matches"), _("This certificate was issued to that name."))
    text = _(
        "Write it exactly as it is printed, in the same script, with every part of it. If it still does not match, the"
        " paper is not the one we issued."
    )
    return Verdict("bad", "wrong", _("The name does not match"), text)


def too_many_names() -> Verdict:
    """The message in place of of_name() when too many names were tried."""
    text = _("So many names were tried that we answer no more for a while. Come back in an hour.")
    return Verdict("warn", "warning", _("Too many names"), text, role="alert")


def of_file(ours: bool | None) -> Verdict | None:
    """The message after a file was compared with our PDF; None when no file was uploaded."""
    if ours is None:
        return None
    if ours:
        return Verdict("ok", "right", _("It is our file"), _("Not a single letter was changed since we issued it."))
    text = _(
        "A changed file differs from ours, and so does a scan or a copy saved by another program. Compare the lines on"
        " this page with it, and ask for the original."
    )
    return Verdict("bad", "wrong", _("It is not our file"), text)
