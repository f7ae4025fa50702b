"""Ask the database whether it answers, without ever waiting for a database that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import structlog
from django.db import connection

log = structlog.get_logger(__name__)
PATIENCE = 2.0  # seconds
REMEMBERED = 1.0  # seconds


def ask_database() -> bool:
    """Whether the database answers a query on a connection of its own."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET statement_timeout = '{PATIENCE:.0f}s'")  # of this connection, which ends below
            cursor.execute("SELECT 1")
        return True
    except Exception as error:  # whatever is wrong, the database is not usable
        log.warning("health_database", error=type(error).__name__)
        return False
    finally:
        connection.close()


class DatabaseProbe:
    """Ask in a thread of its own, one thread at a time, and wait PATIENCE seconds at most.

    A server that is suspended accepts connections and never answers, so no timeout of the database helps. Callers that
    come while a thread asks share its answer, and an answer is remembered for REMEMBERED seconds. So however many
    strangers call, one process asks once a second.
    """

    def __init__(self, ask: Callable[[], bool] = ask_database):
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: Future[bool] | None = None
        self._asked_at = 0.0

    def answers(self) -> bool:
        with self._lock:
            if self._answer is None or (self._answer.done() and time.monotonic() > self._asked_at + REMEMBERED):
                self._answer, self._asked_at = Future(), time.monotonic()
                threading.Thread(target=self._run, args=(self._answer,), name="database probe", daemon=True).start()
            answer, asked_at = self._answer, self._asked_at
        try:
            return answer.result(max(0.0, asked_at + PATIENCE - time.monotonic()))
        except TimeoutError:
            return False

    def _run(self, answer: Future[bool]) -> None:
        answer.set_result(self._ask())


database = DatabaseProbe()
