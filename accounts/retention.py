"""Delete data after its retention time, as the page "What we keep about you" states."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts import sessions
from accounts.models import AccountChange, Email, Heartbeat
from accounts.outbox import OutboxState

EMAILS_KEPT = timedelta(days=90)
HEARTBEATS_KEPT = timedelta(days=90)  # of machines and containers that are gone


def tidy() -> None:
    """Delete what has expired: sessions, undo links, emails of more than EMAILS_KEPT ago, heartbeats of gone machines."""
    now = timezone.now()
    sessions.clear_expired()
    _forget_changes()
    failed = Q(state=OutboxState.FAILED, due_at__lt=now - EMAILS_KEPT)
    Email.objects.everybody("expired emails").filter(Q(done_at__lt=now - EMAILS_KEPT) | failed).delete()
    Heartbeat.objects.filter(at__lt=now - HEARTBEATS_KEPT).delete()


def _forget_changes() -> None:
    AccountChange.objects.everybody("expired undo links").filter(expires_at__lt=timezone.now()).delete()
