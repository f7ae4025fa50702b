"""When the last backup was made, from the audit trail."""

from __future__ import annotations

from datetime import datetime

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import AuditEntry


def record_made(rows: int, files: int, missing: int) -> None:
    """Record that an archive is complete. Administrators see it in the audit trail."""
    trail.record(Verb.BACKUP_MADE, None, rows=rows, files=files, missing=missing)


def record_restored(made_at: datetime) -> None:
    trail.record(Verb.BACKUP_RESTORED, None, made_at=f"{made_at:%Y-%m-%dT%H:%M:%SZ}")


def last_backup() -> datetime | None:
    """Return when the last complete backup was made; None if there is none. One query on a small index."""
    made = AuditEntry.objects.filter(verb=Verb.BACKUP_MADE.value).order_by("-at")
    return made.values_list("at", flat=True).first()
