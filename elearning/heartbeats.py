"""Heartbeats: each background process writes to the database, every few seconds, that it works.

- beat: the beat process, as long as its scheduler goes round.
- worker: the main process of a worker, in every pool and with every broker.
- sweep: the end of the periodic sweep. Beat sends it and a worker runs it, so it shows the whole way: beat, broker, worker.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from celery.beat import PersistentScheduler
from celery.signals import worker_ready
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import timezone

log = structlog.get_logger(__name__)
BEAT, WORKER, SWEEP = "beat", "worker", "sweep"


def touch(process: str) -> None:
    """Record that this process of this machine works now. One statement; safe to call from many processes at once."""
    row = _model()(process=process, host=host(), at=timezone.now())
    _model().objects.bulk_create([row], update_conflicts=True, unique_fields=["process", "host"], update_fields=["at"])


def latest() -> dict[str, datetime]:
    """Return when each process was last heard of, on any machine. One query."""
    return dict(_model().objects.values_list("process").annotate(newest=Max("at")))


def last_here(process: str) -> datetime | None:
    """Return when this process of this machine was last heard of."""
    return _model().objects.filter(process=process, host=host()).values_list("at", flat=True).first()


def host() -> str:
    """The name of this machine or container."""
    return socket.gethostname()[:100]


def _model() -> Any:
    # Celery imports this module for its scheduler before Django has loaded the models.
    return apps.get_model("accounts", "Heartbeat")


class HeartbeatThread(threading.Thread):
    """Touch the heartbeat of one process while `works()` is true.

    A thread of its own, because the main thread of a worker waits for the broker when the broker is away, and that is not
    the worker's fault. A suspended process suspends its threads too.
    """

    def __init__(self, process: str, works: Callable[[], bool] = lambda: True):
        super().__init__(name=f"heartbeat of {process}", daemon=True)
        self.process = process
        self.works = works

    def run(self) -> None:
        while True:
            if self.works():
                self.touch()
            time.sleep(settings.HEARTBEAT_LIMIT / 6)

    def touch(self) -> None:
        """Touch the heartbeat. A database that is away is logged; the next try uses a new connection."""
        try:
            touch(self.process)
        except Exception as error:  # whatever is raised, the thread goes on
            log.warning("heartbeat_not_written", process=self.process, error=type(error).__name__)
        finally:
            connection.close()  # so that no connection of this thread is inherited by a forked child


class HeartbeatScheduler(PersistentScheduler):
    """Celery's scheduler, whose heartbeat stops when it no longer goes round (CELERY_BEAT_SCHEDULER)."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ticked_at = time.monotonic()
        self._thread: HeartbeatThread | None = None

    def tick(self, *args: Any, **kwargs: Any):
        self.ticked_at = time.monotonic()
        if self._thread is None:
            self._thread = HeartbeatThread(BEAT, self.goes_round)
            self._thread.start()
        return super().tick(*args, **kwargs)

    def goes_round(self) -> bool:
        """Whether the last round began less than a quarter of HEARTBEAT_LIMIT ago."""
        return time.monotonic() - self.ticked_at < settings.HEARTBEAT_LIMIT / 4


_started = threading.Event()


@worker_ready.connect
def start_heartbeat_of_worker(**_kwargs: Any) -> None:
    """Start the heartbeat once. Celery sends the signal again after each lost connection to the broker."""
    if not _started.is_set():
        _started.set()
        HeartbeatThread(WORKER).start()
