"""Is this certificate real? What the public may ask of the register, and how often."""

from __future__ import annotations

import datetime
import hashlib
from typing import NamedTuple

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from certificates.models import Certificate, Standing

GUESSES = 30
WINDOW = 10 * 60
MAX_UPLOAD = 5 * 1024 * 1024


class Event(NamedTuple):
    day: datetime.date
    what: str


def find(code: str, client: str) -> Certificate | None:
    """The certificate of this code, in its stored form; a code nobody has counts as a guess of `client`."""
    found = Certificate.objects.select_related("replaced_by").filter(code=code).first()
    if found is None:
        _take_slot(client)
    return found


def guessed_too_often(client: str) -> bool:
    """Whether this client has asked for 30 unknown codes within ten minutes; then it is told nothing at all."""
    return len(cache.get_many(_slots(client))) >= GUESSES


def _take_slot(client: str) -> None:
    """Count one guess. Adding a key is atomic where adding to a number is not: parallel guesses all count."""
    for slot in _slots(client):
        if cache.add(slot, 1, WINDOW):
            return


def _slots(client: str) -> list[str]:
    """Thirty cache keys of the client; its address itself is not kept."""
    name = salted_hmac("certificates.guesses", client).hexdigest()
    return [f"guess:{name}:{number}" for number in range(GUESSES)]


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
    if certificate.state == "expired":
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
