"""Read several tables as they were at one moment, while others write."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every query of the block see the database as it was at the first one. The block must only read.

    Inside a transaction, that transaction decides: its isolation level can no longer be changed.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _read_transaction_of_sqlite():
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


@contextmanager
def _read_transaction_of_sqlite() -> Iterator[None]:
    """Begin a transaction that only reads. Those of Django are IMMEDIATE here and would keep everybody from writing."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
