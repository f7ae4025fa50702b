"""The transactional outbox: one row for each effect outside the transaction (an email, a PDF, an erasure).

The row is written in the transaction of its cause. A task gets its id and calls work(), which claims the row by a
conditional update and does the slow part outside any transaction. The sweep (elearning.tasks.sweep) wakes a task for
every row that is due, so a lost message or a killed worker delays the effect but does not lose it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar, cast

import structlog
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.scoping import PersonalQuerySet

log = structlog.get_logger(__name__)
# Longer than the hard time limit of a task, so that no lease ends while its task still runs.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
MAX_TRIES = 5


@dataclass(frozen=True)
class Retries:
    """How many tries a row has, and how long it waits after each try that failed. The last of `waits` repeats.

    Without `waits` it waits until its lease ends. After a crash it always does, since nobody was left to note the try.
    """

    tries: int
    waits: tuple[timedelta, ...] = ()

    @classmethod
    def within(cls, total: timedelta, *waits: timedelta) -> Self:
        """All the tries that begin within `total` of the first one."""
        tries, elapsed = 1, waits[0]
        while elapsed <= total:
            elapsed += waits[min(tries, len(waits) - 1)]
            tries += 1
        return cls(tries, waits)

    def wait(self, tries: int) -> timedelta | None:
        """Return the wait after this many tries; None for the rest of the lease."""
        return self.waits[min(tries, len(self.waits)) - 1] if self.waits else None


class TryLater(Exception):
    """The effect did not happen, for a reason outside this product. It is logged without a traceback."""


class OutboxState(models.TextChoices):
    PENDING = "pending"
    CLAIMED = "claimed"  # by a worker, until claimed_until
    DONE = "done"
    FAILED = "failed"  # after all its tries, or at once when no retry can help; staff may requeue it


UNFINISHED = (OutboxState.PENDING, OutboxState.CLAIMED)
# The condition of the partial indexes, since in time nearly all rows are done. Queries name it beside the states that
# they ask for: PostgreSQL would infer it from these, SQLite does not.
NOT_DONE = ~Q(state=OutboxState.DONE)


class OutboxQuerySet(PersonalQuerySet):
    def unfinished(self) -> Self:
        """Rows whose effect has not happened yet and may still be tried."""
        return self.filter(NOT_DONE, state__in=UNFINISHED)

    def to_wake(self) -> Self:
        """Due rows that the sweep wakes a task for."""
        return self.due()

    def failed(self) -> Self:
        """Rows that were given up and whose effect is still wanted."""
        return self.filter(NOT_DONE, state=OutboxState.FAILED)

    def due(self, now: datetime | None = None) -> Self:
        """Unfinished rows whose `due_at` has passed and that no worker holds."""
        now = now or timezone.now()
        free = Q(state=OutboxState.PENDING) | Q(state=OutboxState.CLAIMED, claimed_until__lt=now)
        return self.everybody("the queue").unfinished().filter(free, due_at__lte=now)

    def claim(self, pk: int) -> bool:
        """Claim one row for LEASE. Return False when it is not due.

        A row that has used up its tries becomes `failed` instead, which health reports and staff can see.
        """
        now = timezone.now()
        row = self.due(now).filter(pk=pk)
        if row.filter(tries__lt=self._retries.tries).update(
            state=OutboxState.CLAIMED, claimed_until=now + LEASE, tries=F("tries") + 1
        ):
            return True
        row.filter(tries__gte=self._retries.tries).update(state=OutboxState.FAILED)
        return False

    @property
    def _retries(self) -> Retries:
        return self.model.RETRIES  # type: ignore[attr-defined]

    def renew(self, **fields: Any) -> int:
        """Claim these rows for another LEASE from now. Return the number of rows changed."""
        return self.unfinished().update(state=OutboxState.CLAIMED, claimed_until=timezone.now() + LEASE, **fields)

    def finish(self, **fields: Any) -> int:
        """Record that the effect has happened. Return the number of rows changed."""
        return self.update(state=OutboxState.DONE, done_at=timezone.now(), last_error="", **fields)

    def fail(self, error: str) -> int:
        """Give these rows up, because no retry can help. Return the number of rows changed."""
        return self.update(state=OutboxState.FAILED, last_error=error[:500])

    def requeue(self, due_at: datetime | None = None, **fields: Any) -> int:
        """Make these rows pending again, with all their tries. Return the number of rows changed."""
        return self.update(
            state=OutboxState.PENDING,
            due_at=due_at or timezone.now(),
            claimed_until=None,
            tries=0,
            done_at=None,
            **fields,
        )

    def note_error(self, row: OutboxRow, error: str) -> None:
        """Store why this try failed, and let the row wait for its next one; after the last one it is failed.

        Nothing changes when the lease has ended and another worker has claimed the row.
        """
        claimed = self.everybody("the queue").filter(pk=row.pk, state=OutboxState.CLAIMED, tries=row.tries)
        wait = self._retries.wait(row.tries)
        if wait is None:
            claimed.update(last_error=error[:500])
        elif row.tries >= self._retries.tries:
            claimed.fail(error)
        else:
            due_at = timezone.now() + wait
            claimed.update(state=OutboxState.PENDING, due_at=due_at, claimed_until=None, last_error=error[:500])


class OutboxRow(models.Model):
    RETRIES: ClassVar[Retries] = Retries(MAX_TRIES)
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.PENDING, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        abstract = True
        # For the sweep and for health, which asks for what is not done and for the newest row that is.
        indexes = [
            models.Index(fields=["due_at"], condition=NOT_DONE, name="%(class)s_not_done"),
            models.Index(fields=["done_at"], name="%(class)s_newest"),
        ]

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED


Row = TypeVar("Row", bound=OutboxRow)


def work(model: type[Row], pk: int, do: Callable[[Row], bool], *, keep_message: bool = True) -> bool:
    """Claim one row and call `do` with it. Return what `do` returned; False when the row is not due or `do` raised.

    `do` does the slow part outside any transaction. Its last transaction calls finish(), fail() or requeue() on the
    row. An error is stored in `last_error`. Pass keep_message=False where its message may quote personal data; then
    only its type is stored.
    """
    if not model.objects.claim(pk):
        return False
    row = cast(Row, model.objects.everybody("the queue").get(pk=pk))
    try:
        return do(row)
    except TryLater as error:
        log.warning("outbox_try_later", row=f"{model._meta.label} {pk}", tries=row.tries, error=str(error))
        model.objects.note_error(row, str(error))
        return False
    except Exception as error:  # whatever is raised, the row must keep the reason
        name = type(error).__name__
        log.error(
            "outbox_failed", row=f"{model._meta.label} {pk}", error=name, at=_location(error), exc_info=keep_message
        )
        model.objects.note_error(row, f"{name}: {error}" if keep_message else name)
        return False


def _location(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
