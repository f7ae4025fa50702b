"""Count SQL statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.db import connection

HEADER = "X-Statements"
NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def counted() -> Iterator[SimpleNamespace]:
    """Yield an object whose `count` grows with each statement of this thread. Django sends BEGIN and COMMIT past it."""
    statements = SimpleNamespace(count=0)

    def count(execute, sql, params, many, context):
        statements.count += not str(sql).startswith(NOT_COUNTED)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield statements


class StatementCountMiddleware:
    """Name in a header how many statements a response took; of a stream, those before its first byte."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with counted() as statements:
            response = self.get_response(request)
        response[HEADER] = str(statements.count)
        return response
