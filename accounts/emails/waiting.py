"""Send the emails that can wait, one after another, so that they never take more than one place of the worker.

Many of them may wait, and a mail server may take 15 seconds for each. Urgent emails have tasks of their own, which find
the other places free. Emails about one person go first, bulk emails follow at EMAIL_BULK_PER_MINUTE.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.emails import delivery
from accounts.models import Email, SendingLease, Urgency
from accounts.outbox import LEASE, OutboxState

WINDOW = settings.SWEEP_SECONDS  # seconds in which one task begins to send emails; then the next one goes on
BATCH = 20  # emails that one query finds
MOST_FAILURES = 10  # in a row; then the mail server is probably away, and the other emails keep their tries
HELD_FOR = LEASE + timedelta(seconds=WINDOW)


def send() -> bool:
    """Send waiting emails for WINDOW seconds. Return whether more of them may leave now.

    Return False at once while another task sends them.
    """
    held_until = _take()
    if held_until is None:
        return False
    sender = _Sender(SendingLease.objects.get().next_bulk_at)
    try:
        return sender.run(time.monotonic() + WINDOW)
    finally:
        # Not if the lease has ended and another task holds it by now.
        now = timezone.now()
        SendingLease.objects.filter(held_until=held_until).update(held_until=now, next_bulk_at=sender.next_bulk_at)


def _take() -> datetime | None:
    """Take the lease. Return its end; None if another task holds it."""
    SendingLease.objects.get_or_create(pk=1)
    now = timezone.now()
    taken = SendingLease.objects.filter(pk=1, held_until__lte=now).update(held_until=now + HELD_FOR)
    return now + HELD_FOR if taken else None


class _Sender:
    """One run. `next_bulk_at` is when the next bulk email may leave."""

    def __init__(self, next_bulk_at: datetime):
        self.next_bulk_at = next_bulk_at
        self.failures = 0

    def run(self, until: float) -> bool:
        """Send what is due until this time of the monotonic clock. Return whether more may leave now."""
        while batch := self._next_batch():
            for pk, urgency in batch:
                if time.monotonic() >= until:
                    return True
                self._send(pk, urgency)
                if self.failures == MOST_FAILURES:
                    return False
        return False

    def _next_batch(self) -> list[tuple[int, int]]:
        """Return the keys and urgencies of the emails to send next."""
        due = Email.objects.due().order_by("due_at").values_list("pk", "urgency")
        batch = list(due.filter(urgency=Urgency.NORMAL)[:BATCH])
        return batch or list(due.filter(urgency=Urgency.BULK)[: self._bulk_allowed()])

    def _bulk_allowed(self) -> int:
        """How many bulk emails may leave now. What no task has used is lost, except that of one window."""
        now = timezone.now()
        self.next_bulk_at = max(self.next_bulk_at, now - timedelta(seconds=WINDOW))
        return 0 if self.next_bulk_at > now else min(BATCH, (now - self.next_bulk_at) // _between_bulk() + 1)

    def _send(self, pk: int, urgency: int) -> None:
        if urgency == Urgency.BULK:
            self.next_bulk_at += _between_bulk()
        failed = not delivery.deliver_email(pk) and _is_pending(pk)
        self.failures = self.failures + 1 if failed else 0


def _between_bulk() -> timedelta:
    return timedelta(minutes=1) / settings.EMAIL_BULK_PER_MINUTE


def _is_pending(pk: int) -> bool:
    """Whether this email waits for another try."""
    return Email.objects.everybody("the queue").filter(pk=pk, state=OutboxState.PENDING).exists()
