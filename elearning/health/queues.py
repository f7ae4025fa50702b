"""The figures of each outbox: what waits, what is late, what failed, and when something was done last."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.outbox import NOT_DONE, UNFINISHED, OutboxState
from elearning.outboxes import OUTBOXES, Outbox

LATE = timedelta(seconds=60)  # six sweeps; by then a worker that runs has tried every row
BLOCKED = timedelta(minutes=5)  # nothing was done for so long
LATELY = timedelta(days=1)
LABELS = {
    "emails": _("emails"),
    "certificates": _("certificates"),
    "erasures": _("erasures"),
    "copies": _("copies of personal data"),
    "regrades": _("regrades"),
}


@dataclass(frozen=True)
class Queue:
    """The figures of one outbox."""

    waiting: int = 0  # unfinished, whether due or not
    due: int = 0
    late: int = 0  # due for longer than LATE
    untried: int = 0  # due, and nobody has tried
    retried: int = 0  # unfinished after at least one try
    tries: int = 0  # the largest number of tries of an unfinished row
    failed: int = 0
    failed_lately: int = 0
    oldest_due_at: datetime | None = None
    last_done_at: datetime | None = None

    def age(self, now: datetime) -> float:
        """Return the seconds since the oldest unfinished row became due; 0 when there is none."""
        return max(0.0, (now - self.oldest_due_at).total_seconds()) if self.oldest_due_at else 0.0

    def is_blocked(self, now: datetime) -> bool:
        """Whether something is late and nothing of this kind was done for the last five minutes."""
        return bool(self.late) and (self.last_done_at is None or self.last_done_at < now - BLOCKED)

    def shown(self, now: datetime) -> dict[str, Any]:
        return {**asdict(self), "oldest_seconds": round(self.age(now), 1)}


def read(now: datetime) -> dict[str, Queue]:
    """Return the figures of every outbox. Two queries each, which indexes answer, however many rows are done."""
    return {name: figures(outbox, now) for name, outbox in OUTBOXES.items()}


def figures(outbox: Outbox, now: datetime) -> Queue:
    rows = outbox.model.objects.everybody("figures of a queue")
    unfinished = Q(state__in=UNFINISHED)
    due = unfinished & Q(due_at__lte=now)
    failed = Q(state=OutboxState.FAILED)
    not_done = (rows.unfinished() | rows.failed()).filter(NOT_DONE)  # the condition of the index once more
    counts = not_done.aggregate(
        waiting=Count("pk", filter=unfinished),
        due=Count("pk", filter=due),
        late=Count("pk", filter=unfinished & Q(due_at__lt=now - LATE)),
        untried=Count("pk", filter=due & Q(tries=0)),
        retried=Count("pk", filter=unfinished & Q(tries__gt=0)),
        tries=Max("tries", filter=unfinished, default=0),
        failed=Count("pk", filter=failed),
        failed_lately=Count("pk", filter=failed & Q(due_at__gt=now - LATELY)),
        oldest_due_at=Min("due_at", filter=due),
    )
    return Queue(**counts, **rows.aggregate(last_done_at=Max("done_at")))


def nothing_gets_through(queues: dict[str, Queue], now: datetime) -> bool:
    """Whether owed work of every kind that has any is stuck.

    It takes that nobody has tried anything, or that three rows of two kinds are late. So one row that fails again and
    again is not enough, nor are many emails while the mail server is away; the part `email` reports those.
    """
    with_work = [queue for queue in queues.values() if queue.due]
    if not with_work or not all(queue.is_blocked(now) for queue in with_work):
        return False
    nobody_tries = all(queue.untried == queue.due and not queue.retried for queue in with_work)
    return nobody_tries or (len(with_work) > 1 and sum(queue.late for queue in with_work) > 2)
