"""Is this certificate real? What the public may ask of the register, and how often."""

from __future__ import annotations

import datetime
import hashlib
from typing import NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.ratelimit import limiter
from certificates import name_hash
from certificates.models import Certificate, Standing

WINDOW = 10 * 60
# Thirty unknown codes from one place, then a rest of ten minutes.
GUESSES = limiter.Limit("certificate codes", free=30, first_wait=WINDOW, longest_wait=WINDOW, forgotten_after=WINDOW)
# Names typed for a certificate whose holder is erased: from one place, and for one certificate from everywhere.
NAMES_FROM = limiter.Limit(
    "names from", free=10, first_wait=WINDOW, longest_wait=6 * WINDOW, forgotten_after=6 * WINDOW
)
NAMES_OF = limiter.Limit("names of", free=50, first_wait=WINDOW, longest_wait=6 * WINDOW, forgotten_after=24 * 3600)
MAX_UPLOAD = 5 * 1024 * 1024


class Event(NamedTuple):
    day: datetime.date
    what: str


def find(code: str, client: str) -> Certificate | None:
    """The certificate of this code, in its stored form; a code nobody has counts as a guess of `client`.

    Raises throttle.TooOften to who has guessed too often: they are told nothing, of a real code neither.
    """
    seconds = limiter.waiting(GUESSES, client)
    if seconds:
        raise limiter.TooOften(seconds)
    register = Certificate.objects.everybody("whoever has the code may see what is printed")
    found = register.select_related("replaced_by").filter(code=code).first()
    if found is None:
        limiter.take(GUESSES, client)
    return found


def is_the_name(certificate: Certificate, typed: str, client: str) -> bool:
    """Whether an erased holder was called that. Raises throttle.TooOften; a right name is not counted."""
    tries = limiter.take_all([(NAMES_FROM, client), (NAMES_OF, certificate.code)])
    if not name_hash.matches(certificate.code, certificate.name_hash, typed):
        return False
    limiter.give_back(tries)
    return True


def is_our_file(certificate: Certificate, upload: UploadedFile) -> bool:
    """Whether the uploaded file is, byte for byte, the one we made; it is read once and not kept."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return constant_time_compare(digest.hexdigest(), certificate.pdf_sha256)


def history(certificate: Certificate) -> list[Event]:
    """What happened to the certificate, oldest first, in words."""
    issued = _("Issued, in place of an earlier certificate") if certificate.replaces_id else _("Issued")
    events = [Event(localtime(certificate.issued_at).date(), issued)]
    if certificate.standing_at:
        events.append(Event(localtime(certificate.standing_at).date(), _change(certificate)))
    if certificate.validity == "expired":
        events.append(Event(certificate.valid_until, _("Last day on which it was valid")))
    return events


def _change(certificate: Certificate) -> str:
    what = _("Revoked") if certificate.standing == Standing.REVOKED else _("Replaced by a newer certificate")
    if not certificate.standing_reason:
        return what
    return _("%(what)s. Reason given: %(reason)s") % {"what": what, "reason": certificate.standing_reason}


def fingerprint(certificate: Certificate) -> str:
    """The SHA-256 in groups of four, so that two people can compare it aloud."""
    text = certificate.pdf_sha256
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def looked_up(now: datetime.datetime) -> str:
    """The moment of the look-up in words, always in UTC."""
    moment = now.astimezone(datetime.UTC)
    return _("%(day)s at %(time)s UTC") % {"day": date_format(moment, "DATE_FORMAT"), "time": f"{moment:%H:%M}"}
