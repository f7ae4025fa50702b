"""Public verification: find a certificate by its code, compare a name or a file, and limit how often."""

from __future__ import annotations

import datetime
import hashlib
from typing import NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.ratelimit import limiter
from certificates import name_hash
from certificates.models import Certificate, CertificateStatus

WINDOW = 10 * 60
# After thirty unknown codes, a network address has to wait ten minutes.
GUESSES = limiter.Limit("certificate codes", free=30, first_wait=WINDOW, longest_wait=WINDOW, forgotten_after=WINDOW)
# Wrong names of erased holders are counted by network address and by certificate.
NAMES_PER_ADDRESS = limiter.Limit(
    "names from", free=10, first_wait=WINDOW, longest_wait=6 * WINDOW, forgotten_after=6 * WINDOW
)
NAMES_PER_CERTIFICATE = limiter.Limit(
    "names of", free=50, first_wait=WINDOW, longest_wait=6 * WINDOW, forgotten_after=24 * 3600
)
MAX_UPLOAD = 5 * 1024 * 1024


class HistoryEvent(NamedTuple):
    day: datetime.date
    description: str


def find(code: str, client: str) -> Certificate | None:
    """Return the certificate with this code in its stored form. If there is none, count a guess and return None.

    Raises limiter.TooOften while `client` has to wait after too many guesses, even for a code that exists.
    """
    seconds = limiter.waiting(GUESSES, client)
    if seconds:
        raise limiter.TooOften(seconds)
    certificates = Certificate.objects.everybody("whoever has the code may see what is printed")
    certificate = certificates.issued().select_related("replaced_by").filter(code=code).first()
    if certificate is None:
        limiter.take(GUESSES, client)
    return certificate


def name_matches(certificate: Certificate, typed: str, client: str) -> bool:
    """Whether `typed` is the name of the erased holder. Only wrong names count as tries. Raises limiter.TooOften."""
    tries = limiter.take_all([(NAMES_PER_ADDRESS, client), (NAMES_PER_CERTIFICATE, certificate.code)])
    if not name_hash.matches(certificate.code, certificate.name_hash, typed):
        return False
    limiter.give_back(tries)
    return True


def file_matches(certificate: Certificate, upload: UploadedFile) -> bool:
    """Whether the uploaded file is byte for byte a PDF that we made of it. The upload is not stored."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    ours = [certificate.pdf_sha256, *certificate.former_pdf_sha256s.split()]
    return any(constant_time_compare(digest.hexdigest(), sha256) for sha256 in ours)


def history(certificate: Certificate) -> list[HistoryEvent]:
    """The events of the certificate, oldest first, in the active language."""
    issued = _("Issued to replace an earlier certificate") if certificate.replaces_id else _("Issued")
    events = [HistoryEvent(certificate.issued_on, issued)]
    if certificate.standing_on:
        events.append(HistoryEvent(certificate.standing_on, _change(certificate)))
    if certificate.validity == "expired":
        events.append(HistoryEvent(certificate.valid_until, _("Last day of validity")))
    return events


def _change(certificate: Certificate) -> str:
    event = _("Revoked") if certificate.standing == CertificateStatus.REVOKED else _("Replaced by a newer certificate")
    if not certificate.standing_reason:
        return event
    return _("%(what)s. Reason given: %(reason)s") % {"what": event, "reason": certificate.standing_reason}


def fingerprint(certificate: Certificate) -> str:
    """The SHA-256 of the PDF in groups of four digits, so that two people can compare it aloud."""
    text = certificate.pdf_sha256
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def lookup_time(now: datetime.datetime) -> str:
    """The given time as text, in UTC and in the active language."""
    moment = now.astimezone(datetime.UTC)
    return _("%(day)s at %(time)s UTC") % {"day": date_format(moment, "DATE_FORMAT"), "time": f"{moment:%H:%M}"}
