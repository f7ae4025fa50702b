"""Let the test runner empty SQLite tables that triggers guard.

A test with transaction=True ends in a flush. PostgreSQL truncates, which row triggers do not see;
SQLite deletes row by row, which the seals refuse. So the guards are taken off for the flush and put back.
"""

from django.db.backends.sqlite3.base import DatabaseWrapper

GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
_sql_flush = DatabaseWrapper.ops_class.sql_flush


def sql_flush(self, style, tables, **options):
    with self.connection.cursor() as cursor:
        guards = cursor.execute(GUARDS).fetchall()
    dropped = [f'DROP TRIGGER "{name}"' for name, _sql in guards]
    return [*dropped, *_sql_flush(self, style, tables, **options), *(sql for _name, sql in guards)]


def install() -> None:
    DatabaseWrapper.ops_class.sql_flush = sql_flush
