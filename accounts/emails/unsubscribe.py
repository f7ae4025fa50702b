"""The link in an optional email that switches such emails off without signing in (RFC 2369 and RFC 8058)."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import translation

from accounts.models import User

_signer = Signer(salt="accounts.emails.unsubscribe")


def url(person: User, language: str) -> str:
    """Return the link of this person. It has no end: an old email must still do what it says."""
    with translation.override(language):
        return settings.BASE_URL + reverse("switch_off_emails", args=[_signer.sign(str(person.uuid))])


def find(token: str) -> User | None:
    """Return the person of a link; None if we did not make it or their data was erased."""
    try:
        uuid = _signer.unsign(token)
    except BadSignature:
        return None
    return User.objects.filter(uuid=uuid).first()


def switch_off(person: User) -> None:
    User.objects.filter(pk=person.pk).update(course_emails=False)
