"""What both kinds of database have in common here: their tables, the digests of their rows, a dump, and loading it."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

from django.conf import settings

from accounts.models import Session
from elearning.backups.manifest import TableDigest

MODULUS = 2**256


class DatabaseProblem(Exception):
    """The database or one of its tools does not do what is needed. The message says what an operator can do."""


def left_out() -> set[str]:
    """The tables whose rows no archive has: sessions, which would let a thief in, and the cache."""
    caches = [cache["LOCATION"] for cache in settings.CACHES.values() if "DatabaseCache" in cache["BACKEND"]]
    return {Session._meta.db_table, *caches}


class Tables(ABC):
    """Reads one state of a database."""

    TABLES: ClassVar[str]  # the query for the names of all tables
    server: str  # the version of the database

    @abstractmethod
    def rows(self, query: str) -> Iterator[tuple]:
        """Yield the rows of a query, in constant memory."""

    @abstractmethod
    def lines(self, table: str) -> Iterator[bytes]:
        """Yield every row as bytes that are the same wherever the row is the same."""

    def names(self) -> list[str]:
        return [name for (name,) in self.rows(self.TABLES)]

    def values(self, table: str, column: str) -> Iterator[str]:
        """Yield the different values of a text column, without the empty one."""
        query = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" <> \'\''  # noqa: S608 - names of our models
        yield from (value for (value,) in self.rows(query))

    def migrations(self) -> list[str]:
        """Return the applied migrations as "app.name"."""
        if "django_migrations" not in self.names():
            return []
        return sorted(f"{app}.{name}" for app, name in self.rows("SELECT app, name FROM django_migrations"))

    def digest(self, table: str) -> TableDigest:
        return digest_of(() if table in left_out() else self.lines(table))

    def digests(self) -> dict[str, TableDigest]:
        return {table: self.digest(table) for table in self.names()}


def digest_of(lines: Iterable[bytes]) -> TableDigest:
    """Return the number of these rows and the sum of their digests, in constant memory."""
    rows, total = 0, 0
    for line in lines:
        rows += 1
        total += int.from_bytes(hashlib.sha256(line).digest(), "big")
    return TableDigest(rows, f"{total % MODULUS:064x}")


class Engine(ABC):
    """One kind of database: how to dump it and how to load a dump."""

    name: ClassVar[str]

    @abstractmethod
    def snapshot(self, dump: Path) -> AbstractContextManager[Tables]:
        """Write one state of the database to the file `dump`, whatever others write meanwhile, and read that state.

        The dump lacks the rows of left_out().
        """

    @abstractmethod
    def tables(self) -> AbstractContextManager[Tables]:
        """Read the database as it is now."""

    @abstractmethod
    def check_tools(self, *, restoring: bool) -> None:
        """Raise DatabaseProblem if a program is missing or does not fit the server."""

    @abstractmethod
    def load(self, dump: Path) -> None:
        """Load a dump into the empty database, wholly or not at all."""

    def check_unused(self) -> None:
        """Raise DatabaseProblem if the database is not empty, or if other programs use it."""
        with self.tables() as tables:
            if names := tables.names():
                rows = sum(sum(1 for _line in tables.lines(name)) for name in names)
                raise DatabaseProblem(
                    f"The database is not empty: {len(names)} tables with {rows:,} rows. Nothing was changed. "
                    "Restore into a new, empty database (docs/backup.md)."
                )
