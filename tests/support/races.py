"""Many at once: threads that are set off together, on a database that threads can share."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

WORKERS = 12


@pytest.fixture
def on_disk(tmp_path):
    """Call it when the scene is set: from then on everybody works on a file that threads can share.

    The tests' own SQLite lives in memory, where a table has one lock for all. PostgreSQL needs no such thing.
    """
    memory = connection if connection.vendor == "sqlite" else None

    def move() -> None:
        if memory is None:
            return
        path = tmp_path / "shared.sqlite3"
        with sqlite3.connect(path) as disk:
            memory.connection.backup(disk)
            # As the first process of an installation does: twelve at once would find the file locked.
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
    """Run the verbs in threads of their own, all started at once. Return the result of each, in their order.

    An exception of an `expected` type is returned as the result of its verb. Any other one is raised: a thread that
    dies must not pass for one that lost the race.
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
