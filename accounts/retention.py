"""Delete data after its retention time, as the page "What we keep about you" states."""

from datetime import timedelta

from django.utils import timezone

from accounts import sessions
from accounts.models import AccountChange, Email, Heartbeat

EMAILS_KEPT = timedelta(days=90)
HEARTBEATS_KEPT = timedelta(days=90)  # of machines and containers that are gone


def tidy() -> None:
    """Delete expired sessions and undo links, old emails that were sent, and heartbeats of machines that are gone."""
    now = timezone.now()
    sessions.clear_expired()
    _forget_changes()
    Email.objects.everybody("expired emails").filter(done_at__lt=now - EMAILS_KEPT).delete()
    Heartbeat.objects.filter(at__lt=now - HEARTBEATS_KEPT).delete()


def _forget_changes() -> None:
    AccountChange.objects.everybody("expired undo links").filter(expires_at__lt=timezone.now()).delete()
