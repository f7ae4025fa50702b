"""Rows that make an installation less healthy."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Email, Heartbeat


def silence(*processes: str, minutes: float = 2) -> None:
    """Let these processes have been heard of so long ago."""
    Heartbeat.objects.filter(process__in=processes).update(at=timezone.now() - timedelta(minutes=minutes))


def late_email(number: int = 0, **fields) -> Email:
    """An email that was due nine minutes ago and was tried, unless `fields` say otherwise."""
    values = {"due_at": timezone.now() - timedelta(minutes=9), "tries": 3, "state": "pending", **fields}
    return Email.objects.create(
        dedupe_key=f"late {number}", to="a@example.org", kind="x", language="en", subject="", text="", **values
    )
