"""Delete data after its retention time, as the page "What we keep about you" states."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts import sessions
from accounts.models import AccountChange, Email
from accounts.outbox import OutboxState

EMAILS_KEPT = timedelta(days=90)


def tidy() -> None:
    """Delete expired sessions and undo links, and emails that were sent, or failed, more than EMAILS_KEPT ago."""
    now = timezone.now()
    sessions.clear_expired()
    _forget_changes()
    failed = Q(state=OutboxState.FAILED, due_at__lt=now - EMAILS_KEPT)
    Email.objects.everybody("expired emails").filter(Q(done_at__lt=now - EMAILS_KEPT) | failed).delete()


def _forget_changes() -> None:
    AccountChange.objects.everybody("expired undo links").filter(expires_at__lt=timezone.now()).delete()
