"""A test with transaction=True ends in a flush: let it through the seals, and put back what migrations wrote.

PostgreSQL truncates, which row triggers do not see; SQLite deletes row by row, which the seals refuse. So the guards
are taken off for the flush and put back. And what migrations wrote (the languages, the root of the page tree) goes
with the rest: Django restores it for the next transactional test only, yet in any order the next may be any test.
"""

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test import TransactionTestCase

GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
_sql_flush = DatabaseWrapper.ops_class.sql_flush
_fixture_teardown = TransactionTestCase._fixture_teardown
# Not where Django keeps it, on the connection: a browser test runs in another context, which has connections of its own.
_written_by_migrations: dict[str, str] = {}


def sql_flush(self, style, tables, **options):
    with self.connection.cursor() as cursor:
        guards = cursor.execute(GUARDS).fetchall()
    dropped = [f'DROP TRIGGER "{name}"' for name, _sql in guards]
    return [*dropped, *_sql_flush(self, style, tables, **options), *(sql for _name, sql in guards)]


def flush_and_restore(self) -> None:
    for alias in self._databases_names(include_mirrors=False):
        # Tells Django that content types and permissions come back with the rest, under their own numbers.
        connections[alias]._test_serialized_contents = _written_by_migrations[alias]
    self.serialized_rollback = True
    _fixture_teardown(self)
    for alias in self._databases_names(include_mirrors=False):
        connections[alias].creation.deserialize_db_from_string(_written_by_migrations[alias])


def remember() -> None:
    """Keep what migrations wrote; to be called before the first test."""
    # Django looks content types up while it restores rows. It must know them already, or it would make new ones.
    ContentType.objects.get_for_models(*apps.get_models(), for_concrete_models=False)
    for connection in connections.all():
        _written_by_migrations[connection.alias] = connection.creation.serialize_db_to_string()


def install() -> None:
    DatabaseWrapper.ops_class.sql_flush = sql_flush
    TransactionTestCase._fixture_teardown = flush_and_restore
