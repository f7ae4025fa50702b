"""Read every part of the health page, and say whether anything gets through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from accounts.audit import trail
from elearning import heartbeats
from elearning.backups import last_backup
from elearning.celery import app
from elearning.health import disk, parts, probe, queues
from elearning.health.parts import Part, State
from elearning.version import VERSION

log = structlog.get_logger(__name__)
BROKER_SECONDS = 0.3
# Nothing gets through: no page without a database, nothing owed without a worker or when every outbox is stuck.
ESSENTIAL = ("database", "worker", "outbox")


@dataclass(frozen=True)
class Health:
    """The state of the installation and its parts."""

    parts: tuple[Part, ...]

    @property
    def state(self) -> State:
        """Failing only when nothing gets through; degraded when any part is not well."""
        if any(part.state == State.FAILING for part in self.parts if part.name in ESSENTIAL):
            return State.FAILING
        return State.OK if all(part.is_ok for part in self.parts) else State.DEGRADED

    @property
    def ok(self) -> bool:
        return self.state != State.FAILING

    def __getitem__(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def summary(self) -> dict[str, Any]:
        """What everybody may know."""
        return {"ok": self.ok, "state": self.state}

    def details(self) -> dict[str, Any]:
        """What administrators and holders of the token may know. Figures and reasons, no names."""
        shown = {part.name: {"state": part.state, "reason": part.reason, **part.figures} for part in self.parts}
        return {**self.summary(), "version": VERSION, "parts": shown}


def read(now: datetime | None = None) -> Health:
    """Read every part. Some fifteen queries, however much there is; one part that cannot be read hides no other."""
    now = now or timezone.now()
    if not probe.database.answers():
        return _without_database()
    try:
        return _with_database(now)
    except DatabaseError as error:  # it has just gone
        log.warning("health_database", error=type(error).__name__)
        return _without_database()


def _without_database() -> Health:
    return Health((parts.database(False), parts.broker(broker_answers()), parts.disk(disk.volumes())))


def _with_database(now: datetime) -> Health:
    heard = heartbeats.latest()
    figures = queues.read(now)
    return Health(
        (
            parts.database(True),
            parts.broker(broker_answers()),
            parts.worker(heard, now),
            parts.beat(heard, now),
            parts.outbox(figures, now),
            parts.email(figures["emails"], now),
            _read("disk", lambda: parts.disk(disk.volumes())),
            _read("audit", lambda: parts.audit(trail.broken(), trail.unsealed_seconds())),
            _read("backup", lambda: parts.backup(last_backup(), now)),
        )
    )


def _read(name: str, judge: Callable[[], Part]) -> Part:
    try:
        return judge()
    except Exception as error:  # such as a file system that does not answer
        log.exception("health_part", part=name)
        return Part(name, State.FAILING, _("It could not be read: %(error)s") % {"error": type(error).__name__})


def broker_answers() -> bool:
    """Whether the broker takes messages now. Waits BROKER_SECONDS at most, also for a Redis that hangs."""
    try:
        with app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=0, timeout=BROKER_SECONDS)
            client = getattr(broker.default_channel, "client", None)
            if client is not None:  # a Redis that is full or read-only answers, but takes nothing
                client.set("health", "1", ex=60)
        return True
    except (KombuError, RedisError, OSError) as error:
        log.warning("health_broker", error=type(error).__name__)
        return False
