"""Dump and load PostgreSQL by pg_dump and pg_restore. An exported snapshot lets pg_dump and us read the same state."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.pq import Conninfo

from elearning.backups.databases import DatabaseProblem, Engine, Tables, left_out

# The text of a value must not depend on the settings of the server or the role. The limits of requests do not hold here.
OPTIONS = (
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 "
    "-c statement_timeout=0 -c lock_timeout=10s -c idle_in_transaction_session_timeout=0"
)
SETS_TRANSACTION_TIMEOUT = 17  # what pg_restore writes since this version is refused by older servers
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class PostgreSQLTables(Tables):
    TABLES = (
        "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE relkind IN ('r', 'p') AND nspname = current_schema() ORDER BY relname"
    )

    def __init__(self, database: psycopg.Connection):
        self.database = database
        self.server = str(major(database))

    def rows(self, query: str) -> Iterator[tuple]:
        with self.database.cursor(name="backup") as cursor:  # a named cursor does not load all rows at once
            cursor.itersize = 2000
            cursor.execute(query)  # type: ignore[call-overload]  # a str that is no literal
            yield from cursor

    def lines(self, table: str) -> Iterator[bytes]:
        query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
        with self.database.cursor() as cursor, cursor.copy(query) as copy:
            yield from (bytes(line) for line in copy)  # the server sends one message for each row


class PostgreSQL(Engine):
    name = "postgresql"

    @contextlib.contextmanager
    def snapshot(self, dump: Path) -> Iterator[PostgreSQLTables]:
        with self.tables() as tables:
            exported = tables.database.execute("SELECT pg_export_snapshot()").fetchone()
            arguments = [
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={exported[0] if exported else ''}",
            ]
            arguments += [f"--exclude-table-data={table}" for table in sorted(left_out())]
            run("pg_dump", *arguments, f"--file={dump}")
            yield tables  # its transaction is still open, so it reads the state that was dumped

    @contextlib.contextmanager
    def tables(self) -> Iterator[PostgreSQLTables]:
        with contextlib.closing(connected()) as database:
            database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            database.read_only = True
            yield PostgreSQLTables(database)

    def check_tools(self, *, restoring: bool) -> None:
        with contextlib.closing(connected()) as database:
            check_versions(major(database), restoring=restoring)

    def check_unused(self) -> None:
        super().check_unused()
        connection.close()
        if others := other_connections():
            raise DatabaseProblem(
                f"Other programs are connected to the database ({others}). Stop web, worker and beat, then begin again:"
                " a running worker would send emails again."
            )

    def load(self, dump: Path) -> None:
        database = f"--dbname={connection.settings_dict['NAME']}"
        run(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            database,
            str(dump),
        )


def check_versions(server: int, *, restoring: bool) -> None:
    """Raise DatabaseProblem if a tool is missing or does not fit this version of the server."""
    for tool in ("pg_restore",) if restoring else ("pg_dump",):
        version = tool_version(tool)
        too_new = restoring and version >= SETS_TRANSACTION_TIMEOUT > server
        if version < server or too_new:
            raise DatabaseProblem(
                f"{tool} is version {version}, the server is PostgreSQL {server}. Install the PostgreSQL client"
                f" {server} (Debian: postgresql-client-{server}) and begin again."
            )


def tool_version(tool: str) -> int:
    """Return the main version of pg_dump or pg_restore. Raises DatabaseProblem if it is not installed."""
    try:
        answer = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise DatabaseProblem(
            f"{tool} is not installed. Install the PostgreSQL client of the server's version."
        ) from error
    match = re.search(r"\) (\d+)", answer)
    return int(match[1]) if match else 0


def major(database: psycopg.Connection) -> int:
    return database.info.server_version // 10_000


def other_connections(seconds: float = 3) -> int:
    """Return how many others are connected. A connection that was just closed may count for a moment, so look again."""
    end = time.monotonic() + seconds
    with contextlib.closing(connected()) as database:
        database.autocommit = True
        while True:
            row = database.execute(OTHERS).fetchone()
            others = row[0] if row else 0
            if not others or time.monotonic() > end:
                return others
            time.sleep(0.1)


def parameters() -> dict[str, str]:
    """The parameters with which Django connects, as libpq knows them, without those of requests."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    ours = {name: str(value) for name, value in connection.get_connection_params().items() if name in known}
    return ours | {"options": OPTIONS}


def connected() -> psycopg.Connection:
    """A connection of its own: pg_dump must not wait for one that is in the middle of something."""
    try:
        return psycopg.connect(**parameters())  # type: ignore[arg-type]  # the keywords are only known at run time
    except psycopg.OperationalError as error:
        raise DatabaseProblem(f"The database does not answer: {error}".strip()) from error


def environment() -> dict[str, str]:
    """The environment in which pg_dump finds the database, so that no password stands on its command line."""
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    values = {names[name]: value for name, value in parameters().items() if name in names and name != "options"}
    return {**os.environ, **values}


def run(tool: str, *arguments: str) -> None:
    done = subprocess.run([tool, *arguments], env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DatabaseProblem(f"{tool} failed: {done.stderr.strip()[-1000:]}")
