"""Tell people about changes of what they sign in with, and let them undo a change that was not theirs.

Whoever takes over a session or guesses a password can change the address, so the email about a change goes to the old
address. Its link puts the address and the second step back, ends all sessions and sends a link for a new password.

While a change of the address can be undone, every later change is told to the old address too, and its link restores
the same state. So the new address, which may be a thief's, gets no link with which it could come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import AccountChange, User

UNDO_FOR = timedelta(days=7)
Kind = AccountChange.Kind
SENTENCES = {
    Kind.ADDRESS: _("The email address of your account was changed."),
    Kind.PASSWORD: _("The password of your account was changed."),
    Kind.SECOND_STEP_ON: _("From now on your account also asks for a code from an app on your phone."),
    Kind.SECOND_STEP_OFF: _("Your account no longer asks for a code from your phone: the password alone is enough."),
    Kind.CODES: _("New recovery codes were made for your account. The old codes no longer work."),
}
ADDRESS_ASKED_FOR = _(
    "Somebody asked for a new email address of your account. It becomes the address as soon as they open the link that"
    " we sent there."
)
VERBS = {
    Kind.ADDRESS: Verb.ACCOUNT_ADDRESS_CHANGED,
    Kind.PASSWORD: Verb.ACCOUNT_PASSWORD_CHANGED,
    Kind.SECOND_STEP_ON: Verb.ACCOUNT_SECOND_STEP_CHANGED,
    Kind.SECOND_STEP_OFF: Verb.ACCOUNT_SECOND_STEP_CHANGED,
    Kind.CODES: Verb.ACCOUNT_SECOND_STEP_CHANGED,
}
_signer = Signer(salt="accounts.changes")


class AddressTaken(Exception):
    """The old address belongs to another account by now, so the change cannot be undone."""


@contextmanager
def recorded(user: User, kind: Kind) -> Iterator[None]:
    """Make the change inside this context. Its row, emails and audit entry are written in its transaction.

    It ends all sessions of the person but that of the request: whoever holds another one may be who is kept out now.
    The first password of an account that nobody has signed in to is no change of which to tell.
    """
    with transaction.atomic():
        before = User.objects.select_for_update().get(pk=user.pk)
        address, second_steps = verified_address(before), _second_steps(before)
        yield
        now = User.objects.get(pk=user.pk)
        if kind == Kind.ADDRESS and now.email == before.email:
            return
        trail.record(VERBS[kind], user, user, kind=kind)
        sessions.end(user, keep=(context.request.session.session_key or "") if context.request else "")
        is_first_password = before.last_login is None and not before.has_usable_password()
        if address and not is_first_password:
            change = _write(now, kind, address, second_steps)
            _tell(now, SENTENCES[kind], change.address, undo=change)
            for other in {address, now.email} - {change.address}:
                _tell(now, SENTENCES[kind], other)


def _write(user: User, kind: Kind, address: str, second_steps: list) -> AccountChange:
    """Write the row. It restores what the oldest open change of the address restores, if there is one."""
    change = AccountChange(user=user, kind=kind, address=address, second_steps=second_steps)
    change.expires_at = change.at + UNDO_FOR
    moves = open_changes(user).filter(kind=Kind.ADDRESS).exclude(address=address)
    first = moves.order_by("pk").first()
    if first is not None:
        change.address, change.second_steps, change.expires_at = first.address, first.second_steps, first.expires_at
    change.save()
    return change


def changed_by_staff(user: User, kind: Kind, old_address: str, by: User) -> None:
    """Record a change that staff made for somebody else, in the caller's transaction, and tell both addresses.

    No link undoes it, also none from before: staff may have taken the account back from whoever holds an old mailbox.
    """
    trail.record(VERBS[kind], by, user, kind=kind)
    open_changes(user).update(undone_at=timezone.now())
    sessions.end(user)
    for address in {old_address, user.email}:
        _tell(user, SENTENCES[kind], address)


def address_asked_for(user: User) -> None:
    """Tell the old address that a new one waits to be confirmed. A new password drops it."""
    moves = open_changes(user).filter(kind=Kind.ADDRESS).order_by("pk").values_list("address", flat=True)
    for address in {verified_address(user), *moves[:1]}:
        _tell(user, ADDRESS_ASKED_FOR, address)


def second_step_removed_by_operator(user: User) -> None:
    """Record it in the caller's transaction, and tell the person. The operator has verified who asked."""
    trail.record(Verb.ACCOUNT_SECOND_STEP_CHANGED, None, user, kind=Kind.SECOND_STEP_OFF)
    sessions.end(user)
    _tell(user, SENTENCES[Kind.SECOND_STEP_OFF], user.email)


def open_changes(user: User) -> Any:
    """The changes of this person that can still be undone."""
    return AccountChange.objects.of(user).filter(undone_at=None, expires_at__gt=timezone.now())


def find(token: str) -> AccountChange | None:
    """Return the change of an undo link; None if the link is not ours, was used, or has expired."""
    try:
        uuid = _signer.unsign(token)
    except BadSignature:
        return None
    changes = AccountChange.objects.everybody("whoever has the link").select_related("user")
    return changes.filter(uuid=uuid, undone_at=None, expires_at__gt=timezone.now()).first()


def undo(change: AccountChange, request: HttpRequest) -> bool:
    """Put the account back as it was before this change. Return False if that was done already. Raises AddressTaken."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=change.user_id)
        if not AccountChange.objects.this(change).filter(undone_at=None).update(undone_at=timezone.now()):
            return False
        lost_address = user.email
        # The open changes restore the same state, or one of the same address. None may take this back.
        open_changes(user).update(undone_at=timezone.now())
        _restore_address(user, change.address)
        _restore_second_steps(user, change.second_steps)
        User.objects.filter(pk=user.pk).update(password=make_password(None))
        sessions.end(user)
        user.refresh_from_db()
        trail.record(Verb.ACCOUNT_CHANGE_UNDONE, user, user, kind=change.kind)
        request_password_reset(request, change.address, [user], None)
        if lost_address != change.address:
            _tell(user, SENTENCES[Kind.ADDRESS], lost_address)
    return True


def verified_address(user: User) -> str:
    """Return the confirmed address; "" while there is none, since anybody may hold an unconfirmed one."""
    addresses = EmailAddress.objects.filter(user=user, verified=True, email=user.email)
    return addresses.values_list("email", flat=True).first() or ""


def _restore_address(user: User, address: str) -> None:
    others = EmailAddress.objects.filter(email=address).exclude(user=user)
    if others.filter(verified=True).exists():
        raise AddressTaken
    # Anybody can sign up with an address that is free. As long as it is not confirmed, that must not hold up its owner.
    others.delete()
    User.objects.with_email(address).exclude(pk=user.pk).update(email="")
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
    User.objects.filter(pk=user.pk).update(email=address)


def _second_steps(user: User) -> list[dict]:
    return list(Authenticator.objects.filter(user=user).order_by("pk").values("id", "type", "data"))


def _restore_second_steps(user: User, second_steps: list[dict]) -> None:
    """Remove what is new and add what is gone. What is still there keeps its used codes."""
    kept = Authenticator.objects.filter(user=user, pk__in=[row["id"] for row in second_steps])
    keys = set(kept.values_list("pk", flat=True))
    Authenticator.objects.filter(user=user).exclude(pk__in=keys).delete()
    for row in second_steps:
        if row["id"] not in keys:
            Authenticator.objects.create(user=user, type=row["type"], data=row["data"])


def _tell(user: User, sentence: Promise, address: str, undo: AccountChange | None = None) -> None:
    words: dict[str, Any] = {"what": sentence}
    if undo is not None:
        words |= {"undo_url": undo_url(undo, user.language), "until": undo.expires_at}
    outgoing.send("account_changed", address, words, key=f"account_changed:{get_random_string(24)}", user=user)


def undo_url(change: AccountChange, language: str) -> str:
    with translation.override(language):
        return settings.BASE_URL + reverse("undo_account_change", args=[_signer.sign(str(change.uuid))])
