"""Erasing a person: done by the worker once it is owed, and done again after a restore."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Verb
from accounts.models import User
from programmes import privacy
from programmes.models import Erasure

log = structlog.get_logger(__name__)


def perform(pk: int) -> bool:
    """Erase one person if it is owed; True when it was done now.

    All rows go in one transaction, their files before its end: killed anywhere, it is still owed and done again.
    """
    if not Erasure.objects.claim(pk):
        return False
    erasure = Erasure.objects.get(pk=pk)
    try:
        _erase(erasure)
    except Exception as error:  # what a database says about a row may quote it: the place is logged, not the words
        log.error("erasure_failed", erasure=pk, error=type(error).__name__, at=_place(error))
        Erasure.objects.failed(pk, type(error).__name__)
        return False
    _overwrite()
    log.info("erasure_done", erasure=pk)
    return True


def _erase(erasure: Erasure) -> None:
    with transaction.atomic():
        person = User.objects.filter(uuid=erasure.person).first()
        if person is not None:
            for path in privacy.erase(person):
                path.unlink(missing_ok=True)
            audit.record(Verb.ERASURE_DONE, None, erasure, person=erasure.person)
        _note(erasure.person)
        Erasure.objects.this(erasure).update(settled_at=timezone.now(), last_error="")


def _overwrite() -> None:
    """SQLite overwrites what is deleted, but its write-ahead log keeps it until the log is begun anew."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _note(person: UUID) -> None:
    """Append the number to the file that is kept apart from the database and its backups."""
    path = Path(settings.ERASURE_LOG)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{timezone.now():%Y-%m-%dT%H:%M:%SZ} {person}\n")
        file.flush()
        os.fsync(file.fileno())


def noted() -> Iterator[UUID]:
    """Everybody who was ever erased here, as the file says."""
    path = Path(settings.ERASURE_LOG)
    if path.exists():
        with path.open() as file:
            yield from (UUID(line.split()[1]) for line in file if line.strip())


def replay(people: Iterator[UUID]) -> int:
    """Owe and do again the erasure of whoever of these is back, from a backup; how many were."""
    return sum(_replay(uuid) for uuid in set(people))


def _replay(uuid: UUID) -> bool:
    if not User.objects.filter(uuid=uuid).exists():
        return False
    with transaction.atomic():
        User.objects.filter(uuid=uuid).update(is_active=False)
        again = {"settled_at": None, "dead": False, "tries": 0, "leased_until": None, "due_at": timezone.now()}
        erasure, _new = Erasure.objects.update_or_create(person=uuid, defaults=again)
    return perform(erasure.pk)
