"""An empty database beside that of the tests, and small archives that are made without a database."""

import contextlib
import io
import os
from datetime import UTC, datetime

import pytest
from django.db import connection, connections

from elearning.backups import manifest
from elearning.backups.archive import DATABASES, ArchiveWriter
from elearning.backups.manifest import Manifest
from elearning.version import VERSION
from tests.certificates.conftest import issue, ready
from tests.support import databases

__all__ = ["issue", "ready"]  # fixtures of certificates


@pytest.fixture
def empty_database(tmp_path):
    """A function that makes the default connection one to an empty database until the end of its context."""
    sqlite = connection.vendor == "sqlite"
    name = str(tmp_path / "empty.sqlite3") if sqlite else f"test_empty_{os.getpid()}"

    @contextlib.contextmanager
    def in_use():
        if not sqlite:
            databases.create(name)
        options, original = connections.settings["default"], connections["default"]
        before, options["NAME"] = options["NAME"], name
        connections["default"] = connections.create_connection("default")
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"], options["NAME"] = original, before
            if not sqlite:
                databases.drop(name)

    return in_use


@pytest.fixture
def write_archive(tmp_path):
    """A function that writes an archive with these members beside a dump that is no database."""

    def write(members=(), **changes):
        engine = "sqlite" if connection.vendor == "sqlite" else "postgresql"
        content = Manifest(VERSION, datetime(2026, 11, 28, tzinfo=UTC), engine, "15")
        content.keys = manifest.fingerprints()
        vars(content).update(changes)
        path = tmp_path / "plumbline-20261128T000000Z-1.0.0.tar.gz"
        path.unlink(missing_ok=True)
        writer = ArchiveWriter(path, content)
        writer.add(DATABASES[content.engine], io.BytesIO(b"no database"))
        for name, data in dict(members).items():
            writer.add(name, io.BytesIO(data))
        writer.finish()
        return path

    return write


@pytest.fixture(autouse=True)
def quick_fingerprints(monkeypatch):
    monkeypatch.setattr(manifest, "ITERATIONS", 1)
