"""The figures of /metrics that come from the database and the disk. They are the same whichever process is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from elearning.health.parts import State, age
from elearning.health.summary import Health
from elearning.version import VERSION

HELP = {
    "elearning_info": "1, with the version of the product.",
    "elearning_part_state": "State of a part of /health/: 0 ok, 1 degraded, 2 failing.",
    "elearning_outbox_rows": "Rows of an outbox by state: waiting, due, late, retried, failed.",
    "elearning_outbox_oldest_seconds": "Seconds since the oldest unfinished row of an outbox became due.",
    "elearning_heartbeat_seconds": "Seconds since a background process was last heard of.",
    "elearning_disk_free_bytes": "Free space of the file system for this content.",
    "elearning_backup_seconds": "Seconds since the last backup ended.",
    "elearning_email_failures": "Emails that are tried again (retried) or were given up (failed).",
    "elearning_email_last_success_seconds": "Seconds since an email was last sent.",
    "elearning_audit_unsealed_seconds": "Age in seconds of the oldest entry of the audit trail without a seal.",
}
NUMBERS = {State.OK: 0, State.DEGRADED: 1, State.FAILING: 2}
ROW_STATES = ("waiting", "due", "late", "retried", "failed")


@dataclass(frozen=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


def samples(health: Health) -> list[Sample]:
    """Return the samples. A figure that is not known, such as the age of a backup before the first, has no sample."""
    figures = {part.name: part.figures for part in health.parts}
    found: list[tuple[str, dict[str, str], Any]] = [("elearning_info", {"version": VERSION}, 1)]
    found += [("elearning_part_state", {"part": part.name}, NUMBERS[part.state]) for part in health.parts]
    for kind, row in figures.get("outbox", {}).get("kinds", {}).items():
        found += [("elearning_outbox_rows", {"kind": kind, "state": state}, row[state]) for state in ROW_STATES]
        found.append(("elearning_outbox_oldest_seconds", {"kind": kind}, row["oldest_seconds"]))
    for part, name in (("worker", "worker"), ("worker", "sweep"), ("beat", "beat")):
        seconds = figures.get(part, {}).get(f"{name}_seconds")
        found.append(("elearning_heartbeat_seconds", {"process": name}, seconds))
    for content, free in figures.get("disk", {}).get("free_mb", {}).items():
        found.append(("elearning_disk_free_bytes", {"content": content}, None if free is None else free * 1024 * 1024))
    found.append(("elearning_backup_seconds", {}, figures.get("backup", {}).get("backup_seconds")))
    found += _of_emails(figures.get("email", {}))
    found.append(("elearning_audit_unsealed_seconds", {}, figures.get("audit", {}).get("unsealed_seconds")))
    return [Sample(name, labels, float(value)) for name, labels, value in found if value is not None]


def _of_emails(figures: Mapping[str, Any]) -> list[tuple[str, dict[str, str], Any]]:
    states = [("elearning_email_failures", {"state": name}, figures.get(name)) for name in ("retried", "failed")]
    return [*states, ("elearning_email_last_success_seconds", {}, age(figures.get("last_success"), timezone.now()))]
