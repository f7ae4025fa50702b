"""Send failed emails again. Staff decide that, one by one or for all that a filter finds."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import addresses
from accounts.models import Email, User
from accounts.models.email import EmailQuerySet
from accounts.outbox import OutboxState


def send_again(emails: EmailQuerySet, by: User, about: Email | None = None) -> int:
    """Give the failed ones among these emails all their tries again. Return their number.

    Their addresses count as good until one fails again. `about` is the email of the audit entry, if it is one.
    """
    with transaction.atomic():
        failed = emails.filter(state=OutboxState.FAILED)
        for address in failed.order_by().values_list("to", flat=True).distinct():
            addresses.clear(address)
        count = failed.requeue(unconfirmed=0)
        if count:
            trail.record(Verb.EMAIL_SENT_AGAIN, by, about, rows=count)
    return count
