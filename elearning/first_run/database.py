"""Bring the database to the state that this version needs. Safe to repeat."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from courses import bootstrap as courses
from courses.models.pages import HomePage
from quizzes import bootstrap as quizzes
from standards.loading import load
from standards.management.commands.load_standards import COMPENDIUM


def prepare() -> list[str]:
    """Migrate, and create the rows that an empty database needs. Return what was changed, in sentences."""
    return [*_migrate(), *_cache_table(), *_standards(), *_first_rows(), *_erasure_log()]


def _migrate() -> list[str]:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        return []
    call_command("migrate", verbosity=0, interactive=False)
    return [f"{len(pending)} migrations were applied."]


def _cache_table() -> list[str]:
    if settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names():
        return []
    call_command("createcachetable")
    return ["The table of the cache was created."]


def _standards() -> list[str]:
    report = load(COMPENDIUM)
    return [f"The Standards were loaded: {report.written} statements."] if report.written else []


def _first_rows() -> list[str]:
    empty = not HomePage.objects.exists()
    moved = not empty and courses.follow_base_url()
    courses.prepare()
    quizzes.prepare()
    if moved:
        return [f"Links of the admin now begin with {settings.BASE_URL}."]
    return ["The home page, the groups and the review workflow were created."] if empty else []


def _erasure_log() -> list[str]:
    """Create the log empty, so that the nightly copy of it works before anybody is erased."""
    path = Path(settings.ERASURE_LOG)
    if path.exists():
        return []
    path.touch()
    return ["The log of erased people was created. Copy it to another place each night."]
