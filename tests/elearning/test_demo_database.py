"""The demo sets a database aside that other migrations made."""

import contextlib
import datetime
import sqlite3
from pathlib import Path

import pytest

from elearning import demo_database

pytestmark = pytest.mark.once

TODAY = datetime.date(2026, 11, 28)


def create_database(folder: Path, applied: list[str]) -> Path:
    """Create a database in which these migrations ("app.name") are applied."""
    path = folder / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE django_migrations (app, name)")
        connection.executemany("INSERT INTO django_migrations VALUES (?, ?)", [name.split(".", 1) for name in applied])
    return path


def test_the_demo_sets_a_database_of_other_migrations_aside(tmp_path, monkeypatch):
    first, last = "accounts.0001_initial", "quizzes.0001_initial"
    database = create_database(tmp_path, ["wagtailcore.0001_initial", first])
    monkeypatch.setattr(demo_database, "migration_digests", lambda: {first: "a"})
    demo_database.record_migrations(database)
    assert demo_database.set_aside_if_outdated(database, TODAY) is None, "the same migrations"

    monkeypatch.setattr(demo_database, "migration_digests", lambda: {first: "a", last: "b"})
    assert demo_database.set_aside_if_outdated(database, TODAY) is None, "one migration more"

    (tmp_path / "db.sqlite3-wal").touch()
    monkeypatch.setattr(demo_database, "migration_digests", lambda: {first: "made anew", last: "b"})
    old = demo_database.set_aside_if_outdated(database, TODAY)
    assert old == tmp_path / "db.sqlite3.old-2026-11-28"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "db.sqlite3.old-2026-11-28",
        "db.sqlite3.old-2026-11-28-wal",
        "db.sqlite3.old-2026-11-28.migrations",
    ]
    assert demo_database.set_aside_if_outdated(database, TODAY) is None, "there is no database"

    create_database(tmp_path, [first])
    second = demo_database.set_aside_if_outdated(database, TODAY)
    assert second == tmp_path / "db.sqlite3.old-2026-11-28-2", "its migrations were never recorded"


def test_the_digests_name_every_migration_of_our_apps_and_no_other():
    names = demo_database.migration_digests().keys()
    assert "accounts.0001_initial" in names
    assert not any(name.startswith(("wagtail", "auth.", "account.")) for name in names)
