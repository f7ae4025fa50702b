"""Test databases that are copied from one migrated template, so that no process has to migrate.

The template is created once for a set of migrations and kept in var/test-templates (SQLite) or on the server (PostgreSQL).
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "test-templates"
SERVER = os.environ.get("TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")


@functools.cache
def schema_version() -> str:
    """Return a digest of what a migrated and prepared database depends on."""
    digest = hashlib.sha256()
    files = sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/bootstrap.py")])
    for path in [*files, ROOT / "elearning" / "settings.py", ROOT / "requirements.txt"]:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Let one process make a template while the others wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(url: str) -> None:
    """Migrate the empty database at this URL and prepare it, in separate processes."""
    # With DEBUG and without a broker it is not production, which would not start without its secrets.
    environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": "", "DEBUG": "1", "BASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "elearning.settings"
    for command in (["migrate", "--verbosity", "0"], ["createcachetable"], ["prepare", "--verbosity", "0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )


def sqlite_template() -> Path:
    """Return the migrated SQLite file. Create it if needed. Call this under one_process_at_a_time()."""
    path = FOLDER / f"schema_{schema_version()}.sqlite3"
    if not path.exists():
        draft = path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        set_up(f"sqlite:///{draft}")
        with contextlib.closing(sqlite3.connect(draft)) as database:
            database.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal file
        draft.rename(path)
    return path


def postgresql_template() -> str:
    """Return the name of the migrated PostgreSQL database. Create it if needed. Call this under one_process_at_a_time()."""
    name = f"test_schema_{schema_version()}"
    if not exists(name):
        draft = f"{name}_part"
        create(draft)
        set_up(f"{SERVER}/{draft}")
        administer(f"ALTER DATABASE {draft} RENAME TO {name}")
    return name


def administer(statement: str) -> None:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(statement)


def exists(name: str) -> bool:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        return bool(server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def create(name: str, template: str = "template1") -> None:
    """Create this PostgreSQL database as a copy of the template. Drop an existing one of this name."""
    drop(name)
    administer(f"CREATE DATABASE {name} TEMPLATE {template}")


def drop(name: str) -> None:
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def keep_rows(name: str) -> str:
    """Copy the rows of this PostgreSQL database to a separate schema. Return the SQL that restores them.

    Deleting rows is faster than TRUNCATE, which writes a new file for each of some hundred tables.
    """
    steps = ["SET session_replication_role = replica"]  # without triggers and foreign keys
    with psycopg.connect(f"{SERVER}/{name}", autocommit=True) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        database.execute("CREATE SCHEMA kept")
        for (table,) in tables:
            steps.append(f'DELETE FROM public."{table}"')
            if database.execute(f'SELECT 1 FROM public."{table}" LIMIT 1').fetchone():
                database.execute(f'CREATE TABLE kept."{table}" AS SELECT * FROM public."{table}"')
                steps.append(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"')
    return "; ".join([*steps, "SET session_replication_role = DEFAULT"])


class CopiedDatabase:
    """A copy of the template for one process of the tests: in memory on SQLite, a separate database on PostgreSQL."""

    def __init__(self, label: str):
        self.name = f"test_{label}_{os.getpid()}"
        if connection.vendor == "sqlite":
            self.name = f"file:{self.name}?mode=memory&cache=shared"

    def create(self) -> None:
        """Create the copy. Nothing else may use the connection of this thread meanwhile."""
        with one_process_at_a_time():
            if connection.vendor == "sqlite":
                self._template = sqlite_template()
            else:
                create(self.name, postgresql_template())
                # The server may lose the last commits in a crash. That does not matter for tests.
                administer(f"ALTER DATABASE {self.name} SET synchronous_commit TO off")
                self._restore = keep_rows(self.name)

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Inside, the default connection of this thread and of threads that it starts uses the copy."""
        settings, original = connections.settings[DEFAULT_DB_ALIAS], connections[DEFAULT_DB_ALIAS]
        name_before = settings["NAME"]
        settings["NAME"] = self.name
        connections[DEFAULT_DB_ALIAS] = self._connection()
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = original
            settings["NAME"] = name_before

    @functools.cache  # noqa: B019 - the database in memory lasts as long as this connection
    def _connection(self):
        made = connections.create_connection(DEFAULT_DB_ALIAS)
        if made.vendor == "sqlite":
            made.ensure_connection()
            with contextlib.closing(sqlite3.connect(self._template)) as template:
                template.backup(made.connection)
        return made

    def start_over(self) -> None:
        """Restore every table of this copy to its state at creation, whichever copy is in use."""
        own = self._connection()
        own.ensure_connection()
        if own.vendor == "sqlite":
            with contextlib.closing(sqlite3.connect(self._template)) as template:
                template.backup(own.connection)
        else:
            with own.cursor() as cursor:
                cursor.execute(self._restore)

    def drop(self) -> None:
        self._connection().close()
        if connection.vendor != "sqlite":
            drop(self.name)
