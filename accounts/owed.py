"""A row that says an effect outside the transaction is owed: the queue of record.

The row is written in the same transaction as its cause. A task is given its id, claims it by a
conditional update, does the slow work outside any transaction and settles it. A sweep on the beat
wakes a task for every row whose lease is over, so a lost message or a killed worker costs time only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.scoping import PersonalQuerySet

LEASE = timedelta(
    seconds=settings.LEASE_SECONDS
)  # longer than the hard task limit, so a lease never ends under a live task
MAX_TRIES = 5


class OwedQuerySet(PersonalQuerySet):
    def owed(self) -> Self:
        """Rows whose effect has not happened yet and may still be tried."""
        return self.filter(settled_at=None, dead=False)

    def due(self, now: datetime | None = None) -> Self:
        """Owed rows that nobody is working on and whose time has come."""
        now = now or timezone.now()
        return (
            self.everybody("the queue").owed().filter(Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)
        )

    def claim(self, pk) -> bool:
        """Take the lease on one row; False when it is settled, dead, not due or in other hands.

        A row that has used up its tries is marked dead instead, where health and staff see it.
        """
        now = timezone.now()
        mine = self.due(now).filter(pk=pk)
        if mine.filter(tries__lt=MAX_TRIES).update(leased_until=now + LEASE, tries=F("tries") + 1):
            return True
        mine.filter(tries__gte=MAX_TRIES).update(dead=True)
        return False

    def failed(self, pk, error: str) -> None:
        """Note why a try failed; the lease runs on, so the next try waits for its end."""
        self.everybody("the queue").filter(pk=pk).update(last_error=error[:500])

    def oldest_age(self) -> float:
        """Seconds since the oldest owed row fell due; 0 when nothing is owed."""
        now = timezone.now()
        oldest = (
            self.everybody("its oldest age")
            .owed()
            .filter(due_at__lte=now)
            .aggregate(oldest=models.Min("due_at"))["oldest"]
        )
        return (now - oldest).total_seconds() if oldest else 0.0


class Owed(models.Model):
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    dead = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def delivery(self) -> str:
        """'ready' when the effect has happened, 'dead' when it was given up, else 'pending'."""
        return "ready" if self.settled_at else "dead" if self.dead else "pending"
