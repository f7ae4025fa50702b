"""Races: threads that start at the same moment, on a database that threads can share."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

WORKERS = 12


@pytest.fixture
def on_disk(tmp_path):
    """Return a function that moves the test database to a file. Call it when the test data is complete.

    The SQLite database of the tests is in memory, where threads share one lock for each table. PostgreSQL is unchanged.
    """
    memory = connection if connection.vendor == "sqlite" else None

    def move() -> None:
        if memory is None:
            return
        path = tmp_path / "shared.sqlite3"
        with sqlite3.connect(path) as disk:
            memory.connection.backup(disk)
            # Done here once: twelve concurrent threads would find the file locked.
            disk.execute("PRAGMA journal_mode=WAL")
        connections.settings["default"]["NAME"] = str(path)
        connections["default"] = connections.create_connection("default")

    name = connections.settings["default"]["NAME"]
    original = connections["default"]
    yield move
    if memory is not None and connections["default"] is not original:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = original


def together(*verbs, expected: tuple[type[Exception], ...] = ()) -> list:
    """Run the verbs in threads of their own, all started at once. Return their results in order.

    An exception of an `expected` type is returned as the result of its verb. Any other one is raised: a crashed thread
    must not count as one that lost the race.
    """
    gate = threading.Barrier(min(len(verbs), WORKERS), timeout=30)
    started = threading.local()

    def run(verb):
        connections["default"].ensure_connection()  # Connecting takes time, so it is done before the start.
        if not hasattr(started, "yes"):
            started.yes = gate.wait()
        try:
            return verb()
        except expected as error:
            return error
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(min(len(verbs), WORKERS)) as pool:
        return list(pool.map(run, verbs))
