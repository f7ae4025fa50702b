"""A whole installation of its own for the fault tests: database, broker, worker and beat, killed by process group."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis
from django.conf import settings
from django.db import connection

CELERY = [sys.executable, "-m", "celery", "--app", "elearning", "--quiet"]
LOG = ["--loglevel", "ERROR"]
ISSUE = """
from uuid import uuid4
from accounts.models import User
from certificates.issuing import issue
from tests.certificates.conftest import facts
learner, _ = User.objects.get_or_create(email="amina@example.org", defaults=dict(name="Amina Hassan", country="KE"))
for _ in range({many}):
    issue(learner, facts(), uuid4())
"""


class Installation:
    """Cloned from the database the tests were given, so that nothing has to be migrated again."""

    def __init__(self, folder: Path):
        self.name = f"faults_{os.getpid()}"
        self.folder = folder
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "REDIS", "DATABASE"))},
            "DJANGO_SETTINGS_MODULE": "elearning.settings",
            "VAR_DIR": str(folder),
            "LEASE_SECONDS": "3",
            "SWEEP_SECONDS": "1",
            "LOG_LEVEL": "ERROR",
        }
        self.running: list[subprocess.Popen] = []
        self.embedded = connection.vendor == "sqlite"
        if self.embedded:
            self._clone_sqlite()
        else:
            self._clone_postgres()

    def _clone_sqlite(self) -> None:
        target = sqlite3.connect(self.folder / "db.sqlite3")
        connection.ensure_connection()
        connection.connection.backup(target)
        target.close()

    def _clone_postgres(self) -> None:
        source = connection.settings_dict
        self.server = f"postgresql://{source['USER']}:{source['PASSWORD']}@{source['HOST']}:{source['PORT'] or 5432}"
        connection.close()
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as server:
            # A browser test leaves a connection in a context of its own, and a template must have none.
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source["NAME"]]
            )
            server.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{source["NAME"]}"')
        self.environment |= {
            "DATABASE_URL": f"{self.server}/{self.name}",
            "REDIS_URL": settings.REDIS_URL or "redis://127.0.0.1:6379/9",
            "BROKER_PREFIX": f"{self.name}:",
        }

    def start(self, *roles: str) -> None:
        pool = ["--pool", "threads"] if self.embedded else ["--pool", "prefork"]
        commands = {
            "worker": [*CELERY, "worker", *pool, "--concurrency", "2", "--without-mingle", "--without-gossip", *LOG],
            "beat": [*CELERY, "beat", "--pidfile", "", *LOG],
        }
        for role in roles:
            with (self.folder / f"{role}.log").open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        commands[role], env=self.environment, cwd=settings.BASE_DIR, start_new_session=True,
                        stdout=log, stderr=log,
                    )
                )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL to the groups this test started: nothing in them gets to finish anything."""
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running = []

    def issue(self, many: int) -> None:
        code = f"import django; django.setup()\n{ISSUE.format(many=many)}"
        subprocess.run(
            [sys.executable, "-c", code], env=self.environment, cwd=settings.BASE_DIR, check=True, timeout=60
        )

    def rows(self, sql: str) -> list[tuple]:
        if self.embedded:
            with sqlite3.connect(self.folder / "db.sqlite3", timeout=20) as database:
                return database.execute(sql).fetchall()
        with psycopg.connect(f"{self.server}/{self.name}") as database:
            return database.execute(sql).fetchall()

    def number(self, condition: str) -> int:
        return self.rows(f"SELECT count(*) FROM certificates_certificate WHERE {condition}")[0][0]

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if until():
                return True
            time.sleep(0.05)
        return until()

    def empty_broker(self) -> None:
        """Lose every message, as a broker does that is restarted without its data."""
        if self.embedded:
            for message in (self.folder / "broker" / "queue").iterdir():
                message.unlink()
            return
        broker = redis.Redis.from_url(self.environment["REDIS_URL"])
        for key in broker.scan_iter(f"{self.name}:*"):
            broker.delete(key)

    def remove(self) -> None:
        self.kill()
        self.empty_broker()
        if not self.embedded:
            with psycopg.connect(f"{self.server}/postgres", autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        shutil.rmtree(self.folder, ignore_errors=True)
