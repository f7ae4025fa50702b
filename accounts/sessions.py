"""The session engine: rows that a person's sessions are found by, and small, short sessions for everybody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Session, User

# A visitor's session holds a sign-in that is not finished or a form that was posted after a session had ended.
VISITOR_AGE = timedelta(hours=1)
# Characters as stored, compressed: about ten thousand Arabic characters of running text.
VISITOR_SIZE = 16_000
SIZE = 2 * VISITOR_SIZE  # of somebody who has signed in
# Session keys. Forms that wait for a sign-in or for the password, and what the person has shown of the second step.
FORM_SENT_SIGNED_OUT = "form_sent_signed_out"
WAITING_FORM = "form_before_confirmation"
SECOND_STEP = "second_step"
WAITING = {FORM_SENT_SIGNED_OUT, WAITING_FORM}
SIGNED_IN = {SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, SECOND_STEP}


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row of this session. When it grows too large, what waits in it is dropped first.

        Then somebody who has signed in stays signed in, and the session of a visitor is emptied.
        """
        session = cast(Session, super().create_model_instance(data))
        if SESSION_KEY in data:
            session.user_id = data[SESSION_KEY]
            for kept in (data.keys() - WAITING, SIGNED_IN):
                if len(session.session_data) > SIZE:
                    session.session_data = self.encode({key: data[key] for key in data.keys() & kept})
            return session
        if len(session.session_data) > VISITOR_SIZE:
            data, session.session_data = {}, self.encode({})
        session.expire_date = min(session.expire_date, timezone.now() + VISITOR_AGE)
        login = data.get(LOGIN_SESSION_KEY) or {}
        if login.get("user_pk"):
            session.user_id = url_str_to_user_pk(login["user_pk"])
        elif login.get("email"):
            session.email_hash = hash_of(login["email"])
        return session

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except IntegrityError as error:  # the person was erased during the request
            raise UpdateError from error


def fits(session: SessionBase, **values: Any) -> bool:
    """Whether a session may hold these values too, which wait for its person."""
    return len(session.encode({**dict(session.items()), **values})) <= VISITOR_SIZE


def hash_of(email: str, secret: str | None = None) -> str:
    """Return the keyed hash of an address, with SECRET_KEY unless another secret is given."""
    return salted_hmac("accounts.sessions", email.strip().lower(), secret=secret, algorithm="sha256").hexdigest()


def end(person: User, keep: str = "") -> None:
    """End every session of this person, but for the one with the key `keep`."""
    Session.objects.filter(user=person.pk).exclude(pk=keep).delete()


def end_all() -> None:
    Session.objects.all().delete()


def end_sign_ups(addresses: Iterable[str]) -> None:
    """End the sessions of sign-ups with these addresses, which belong to nobody. Former secret keys count too."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    hashes = [hash_of(address, secret) for address in addresses if address for secret in secrets]
    Session.objects.filter(email_hash__in=hashes).delete()


def clear_expired() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
