"""How long the periodic work takes, for `make bench-scale`. Runs inside the product: product.python("…")."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from django.utils import timezone

from accounts.audit import trail
from courses.tasks import sweep as sweep_courses
from elearning.health import queues
from elearning.outboxes import OUTBOXES
from elearning.tasks import BATCH_SIZE
from quizzes.tasks import sweep as sweep_tests

TIMES = 5


def due_rows() -> None:
    """Ask as elearning.tasks.sweep() does, without waking a task: there is no worker."""
    for outbox in OUTBOXES.values():
        list(outbox.model.objects.to_wake().order_by("due_at").values_list("pk", flat=True)[:BATCH_SIZE])


SWEEPS: dict[str, Callable[[], object]] = {
    "courses": sweep_courses,
    "tests": sweep_tests,
    "outboxes": due_rows,
    "figures of health": lambda: queues.read(timezone.now()),
    "unsealed entries": trail.unsealed_seconds,
}


def milliseconds() -> dict[str, float]:
    """The median time of each. Not counted is the first run, which also does the work that is due."""
    return {name: _median(sweep) for name, sweep in SWEEPS.items()}


def _median(sweep: Callable[[], object]) -> float:
    sweep()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        sweep()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)
