"""The SQLite database of the demo, which is set aside when the migrations that made it have changed since."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import sqlite3
import sys
from datetime import date
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

SIDE_FILES = ("-wal", "-shm", ".migrations")  # SQLite's two, and the digests that record_migrations() writes


def set_aside_if_outdated(database: Path, today: date) -> Path | None:
    """Rename the database and its side files to `<name>.old-<date>` if other migrations made it. Return the new path.

    A database without recorded digests counts as made by other migrations: Django compares names only, and migrations
    that were made anew have the old names. Close Django's connections first.
    """
    if not database.exists() or not is_outdated(database):
        return None
    target = _unused_path(database, today)
    database.rename(target)
    for suffix in SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            _beside(database, suffix).rename(_beside(target, suffix))
    return target


def is_outdated(database: Path) -> bool:
    """Return whether an applied migration of our apps is missing today, or has changed since it was recorded."""
    today = migration_digests()
    file = _beside(database, ".migrations")
    recorded = json.loads(file.read_text()) if file.exists() else {}
    return any(name not in recorded or recorded[name] != today.get(name) for name in _applied(database))


def record_migrations(database: Path) -> None:
    """Write the digests of today's migrations beside the database. Call it after `migrate`."""
    _beside(database, ".migrations").write_text(json.dumps(migration_digests(), indent=1))


def migration_digests() -> dict[str, str]:
    """Return the SHA-256 of each migration file of our apps, by "app.name"."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    ours = _our_labels()
    return {
        f"{label}.{name}": hashlib.sha256(
            Path(sys.modules[migration.__module__].__file__ or "").read_bytes()
        ).hexdigest()
        for (label, name), migration in loader.disk_migrations.items()
        if label in ours
    }


def _our_labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}


def _applied(database: Path) -> list[str]:
    """Return the applied migrations of our apps. A file without Django's table has none."""
    ours = _our_labels()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone():
            return []
        rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    return [f"{label}.{name}" for label, name in rows if label in ours]


def _unused_path(database: Path, today: date) -> Path:
    names = (f".old-{today}" + (f"-{number}" if number > 1 else "") for number in itertools.count(1))
    return next(path for name in names if not (path := _beside(database, name)).exists())


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
