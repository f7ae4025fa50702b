"""Erase people. The worker does it after a request; `replay_erasures` does it again after a restored backup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import outbox
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from privacy import registry
from privacy.models import Erasure

log = structlog.get_logger(__name__)


def perform(pk: int) -> bool:
    """Erase one person if the erasure is due. Return whether it was done now.

    One transaction deletes all rows, and the files are deleted before it commits. If the process is killed at any point,
    the erasure stays unfinished and is done again.
    """
    if not outbox.work(Erasure, pk, _erase, keep_message=False):
        return False
    _truncate_write_ahead_log()
    log.info("erasure_done", erasure=pk)
    return True


def _erase(erasure: Erasure) -> bool:
    with transaction.atomic():
        person = User.objects.filter(uuid=erasure.person).first()
        if person is not None:
            for path in registry.erase(person):
                path.unlink(missing_ok=True)
            trail.record(Verb.ERASURE_DONE, None, erasure, person=erasure.person)
        _append_to_log(erasure.person)
        return bool(Erasure.objects.this(erasure).finish())


def _truncate_write_ahead_log() -> None:
    """Truncate SQLite's write-ahead log. SQLite overwrites deleted rows in the database file, but the log keeps them."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _append_to_log(person: UUID) -> None:
    """Append the person's uuid to ERASURE_LOG, which is kept apart from the database and its backups."""
    append_to_log([f"{timezone.now():%Y-%m-%dT%H:%M:%SZ} {person}"])


def append_to_log(lines: list[str]) -> None:
    """Append these lines durably."""
    path = Path(settings.ERASURE_LOG)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def logged_erasures() -> Iterator[UUID]:
    """Yield the uuid of everybody in ERASURE_LOG, that is, of everybody who was ever erased."""
    path = Path(settings.ERASURE_LOG)
    if path.exists():
        with path.open() as file:
            yield from (UUID(line.split()[1]) for line in file if line.strip())


def replay(people: Iterator[UUID]) -> int:
    """Erase again those of these people whom a restored backup has brought back. Return their number."""
    return sum(_replay(uuid) for uuid in set(people))


def _replay(uuid: UUID) -> bool:
    if not User.objects.filter(uuid=uuid).exists():
        return False
    with transaction.atomic():
        User.objects.filter(uuid=uuid).update(is_active=False)
        erasure, _new = Erasure.objects.get_or_create(person=uuid)
        Erasure.objects.this(erasure).requeue()
    return perform(erasure.pk)
