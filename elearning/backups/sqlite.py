"""Dump and load SQLite by its backup API, which copies one state of the database while others write."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from elearning.backups.databases import Engine, Tables, left_out


class SQLiteTables(Tables):
    # Virtual tables have their rows in tables beside them, which are listed too.
    TABLES = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY name"
    )
    server = sqlite3.sqlite_version

    def __init__(self, database: sqlite3.Connection):
        self.database = database

    def rows(self, query: str) -> Iterator[tuple]:
        yield from self.database.execute(query)

    def lines(self, table: str) -> Iterator[bytes]:
        for row in self.rows(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name from the catalogue
            yield repr(row).encode()


class SQLite(Engine):
    name = "sqlite"

    @contextlib.contextmanager
    def snapshot(self, dump: Path) -> Iterator[SQLiteTables]:
        with connected() as source, contextlib.closing(sqlite3.connect(dump)) as copy:
            source.backup(copy)  # all pages in one step, so in one read transaction
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            copy.execute("PRAGMA secure_delete=ON")
            tables = SQLiteTables(copy)
            for table in left_out() & set(tables.names()):
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of ours
            copy.commit()
            yield tables

    @contextlib.contextmanager
    def tables(self) -> Iterator[SQLiteTables]:
        with connected() as database:
            yield SQLiteTables(database)

    def check_tools(self, *, restoring: bool) -> None:
        """SQLite needs no other program."""

    def load(self, dump: Path) -> None:
        with contextlib.closing(sqlite3.connect(dump)) as source, connected() as target:
            source.backup(target)


@contextlib.contextmanager
def connected() -> Iterator[sqlite3.Connection]:
    """A connection of its own, which returns what is stored: Django's converts dates and times."""
    connection.ensure_connection()  # creates the file, and gives it its journal mode
    name = str(connection.settings_dict["NAME"])
    with contextlib.closing(sqlite3.connect(name, timeout=20, uri=name.startswith("file:"))) as database:
        yield database
