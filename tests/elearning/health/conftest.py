"""An installation whose processes all work."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Email, Heartbeat
from elearning import heartbeats
from elearning.backups.records import record_made
from elearning.health import summary


@pytest.fixture
def running(db, settings, monkeypatch):
    """Every process was heard of just now, the broker answers, and a backup was made."""
    settings.DISK_FREE_MB = 1
    monkeypatch.setattr(summary, "broker_answers", lambda: True)
    for process in (heartbeats.WORKER, heartbeats.BEAT, heartbeats.SWEEP):
        heartbeats.touch(process)
    record_made(rows=1, files=1, missing=0)


def silence(*processes: str, minutes: float = 2) -> None:
    """Let these processes have been heard of so long ago."""
    Heartbeat.objects.filter(process__in=processes).update(at=timezone.now() - timedelta(minutes=minutes))


def late_email(number: int = 0, **fields) -> Email:
    """An email that was due nine minutes ago and was tried, unless `fields` say otherwise."""
    values = {"due_at": timezone.now() - timedelta(minutes=9), "tries": 3, "state": "pending", **fields}
    return Email.objects.create(
        dedupe_key=f"late {number}", to="a@example.org", kind="x", language="en", subject="", text="", **values
    )
