"""Which addresses emails do not reach. The person is told on every page, and gets no bulk emails until it is mended."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.emails.verdicts import LONGEST_REASON
from accounts.models import Email, Undeliverable, Urgency, User
from accounts.outbox import OutboxState

SENT_AGAIN = timedelta(days=7)  # failed emails that are younger are sent again, once the person says so
CLEARED = {
    "undeliverable_address": "",
    "undeliverable_how": "",
    "undeliverable_reason": "",
    "undeliverable_since": None,
}


def mark(address: str, how: Undeliverable, reason: str) -> bool:
    """Note that emails to this address do not arrive. Return whether it is the address of a person and was not noted."""
    people = User.objects.with_email(address).exclude(undeliverable_address=address.strip().lower())
    return bool(
        people.update(
            undeliverable_address=address.strip().lower(),
            undeliverable_how=how,
            undeliverable_reason=reason[:LONGEST_REASON],
            undeliverable_since=timezone.now(),
        )
    )


def is_undeliverable(email: Email) -> bool:
    return bool(email.user and email.user.mail_fails and email.user.email == email.to)


def accepted(email: Email) -> None:
    """Forget that our mail server refused this address, now that it has taken an email for it.

    That an email came back stays noted: it was accepted too.
    """
    marked = User.objects.filter(emails=email.pk, undeliverable_address=email.to)
    marked.exclude(undeliverable_how=Undeliverable.BOUNCED).update(**CLEARED)


def clear(address: str) -> None:
    """Forget what was noted about an address, so that emails to it are tried again."""
    User.objects.with_email(address).update(**CLEARED)


def try_again(person: User) -> int:
    """Forget that emails to this person fail, and send those again that failed lately. Return their number.

    Not those about signing in: their links are for a short time, and the person asks for a new one. Nor those that have
    perhaps arrived twice.
    """
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(**CLEARED)
        failed = Email.objects.of(person).filter(state=OutboxState.FAILED, to=person.email)
        recent = failed.filter(written_at__gt=timezone.now() - SENT_AGAIN)
        return recent.filter(unconfirmed=0).exclude(urgency=Urgency.URGENT).requeue()
