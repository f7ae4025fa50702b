"""Emails that are held after a restore: they waited in the backup, and may have been sent after it was made.

Sending them would send some twice, dropping them would lose some. So they are failed rows with a reason of their own,
which staff see, and may send by requeue().
"""

from accounts.models import Email
from accounts.outbox import OutboxQuerySet, OutboxState

HELD = "Held after a restore from a backup: it may have been sent already."


def hold_unsent() -> int:
    """Hold all emails that are not sent. Return their number. No worker may run meanwhile."""
    return Email.objects.everybody("held after a restore").unfinished().fail(HELD)


def emails() -> OutboxQuerySet:
    return Email.objects.everybody("held after a restore").filter(state=OutboxState.FAILED, last_error=HELD)
