"""The real product in processes of its own: gunicorn, Celery worker and beat, its own database, broker and folders.

Used by the journey, the fault experiments and the bench. Only processes started here are ended, by process group.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import functools
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import psycopg
import pytest

from elearning.supervisor import commands
from tests.support import databases
from tests.support.apps import APPS

ROOT, TEMPLATES, POSTGRES = databases.ROOT, databases.FOLDER, databases.SERVER
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")

# For tests of both installations: pass it as `params` to the fixture that creates the Product.
ON_BOTH = [
    pytest.param(False, id="sqlite", marks=pytest.mark.browser),
    pytest.param(True, id="postgresql-redis", marks=[pytest.mark.browser, pytest.mark.services, pytest.mark.deep]),
]


@functools.cache
def version() -> str:
    """Return a digest of everything that a set-up depends on, computed once in a process."""
    digest = hashlib.sha256()
    for name in (*APPS, "requirements.txt"):
        paths = [ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).rglob("*"))
        for path in paths:
            if path.is_file() and path.suffix != ".pyc" and "fonts" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


SET_UP = """
from django.core.management import call_command
for command in {commands}:
    call_command(*command, verbosity=0)
answer = ""
"""
STANDARDS = [["load_standards"]]
COURSE = [["load_course", "foundations"]]


class Template:
    """An installation that others are copied from: a folder, and on PostgreSQL a template database.

    The template with course C1 starts as a copy of the one without, which starts as a copy of the migrated database.
    """

    def __init__(self, services: bool, course: bool):
        self.services = services
        self.course = course
        self.name = f"live_template_{version()}_{int(course)}"
        self.folder = TEMPLATES / (self.name + ("_services" if services else ""))

    def ready(self) -> bool:
        if not (self.folder / "ready").exists():
            return False
        if not self.services:
            return True
        return databases.exists(self.name)

    def make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        product = Product(self.folder, self.services, database=self.name)
        if self.course:
            Template(self.services, course=False).copy_into(product)
        elif self.services:
            databases.create(self.name, databases.postgresql_template())
        else:
            shutil.copy(databases.sqlite_template(), self.folder / "db.sqlite3")
        product.python(SET_UP.format(commands=COURSE if self.course else STANDARDS))
        (self.folder / "ready").touch()

    def copy_into(self, product: Product) -> None:
        if not self.ready():
            self.make()
        collect(product)
        if self.services:
            databases.create(product.database, self.name)
        else:
            for part in ("db.sqlite3", "db.sqlite3-wal"):
                if (self.folder / part).exists():
                    shutil.copy(self.folder / part, product.folder / part)


def collect(product: Product) -> None:
    """Collect the static files once for each version of the code."""
    static = TEMPLATES / f"static_{version()}"
    product.environment["STATIC_DIR"] = str(static)
    if not (static / "ready").exists():
        product.manage("collectstatic", "--no-input", "--verbosity", "0")
        (static / "ready").touch()


# Below the ports of outgoing connections; a thousand for each process of the tests.
_FIRST_PORT = 20_000 + 1000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12)
_PORTS = itertools.cycle(random.Random().sample(range(_FIRST_PORT, _FIRST_PORT + 1000), 1000))


def free_port() -> int:
    """Return a free port. It is not returned again soon, since it may take a while until it is bound."""
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


TIMEOUT = 120  # seconds; anything that takes longer is broken, even on a slow and busy machine


def wait_for(what, seconds: float = TIMEOUT, every: float = 0.2):
    """Return the first true value of `what()`. Raise AssertionError if none comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {getattr(what, '__name__', what)}")


class Product:
    """One installation on SQLite with the embedded broker, or on PostgreSQL with Redis."""

    def __init__(self, folder: Path, services: bool = False, database: str = "", **environment: str):
        self.folder = folder
        self.services = services
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = database or f"live_{uuid.uuid4().hex[:12]}"
        self.server = POSTGRES
        self.processes: dict[str, subprocess.Popen] = {}
        folder.mkdir(parents=True, exist_ok=True)
        keep = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = keep | {
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            # Those that production would not start without; the browser of a test speaks HTTP.
            "SECRET_KEY": "k1-the-key-of-this-test-0123456789-abcdefghij-KLMNOPQ",
            "CERTIFICATE_NAME_KEY": "n2-the-name-key-of-this-test-9876543210-rstuvwxyz-AB",
            "BASE_URL": self.url,
            "INSECURE_HTTP": "1",
            "SWEEP_SECONDS": "1",
            "LOG_LEVEL": "WARNING",
            "MFA_REQUIRED_OF_STAFF": "0",  # as in the demo; tests/security tests the requirement of production
            "READING_SHARE": "0",  # as in the demo; tests/courses/test_reading.py tests the rule
            "DJANGO_SETTINGS_MODULE": "elearning.settings",
            # The processes must not reach another machine either (tests/egress). stop() checks the report.
            "PYTHONPATH": str(ROOT / "tests" / "egress"),
            "EGRESS_REPORT": str(folder / "egress"),
            **environment,
        }
        if services:
            databases.create(self.database)
            self.environment |= {
                "DATABASE_URL": f"{POSTGRES}/{self.database}",
                "REDIS_URL": REDIS,
                "BROKER_PREFIX": self.database,
            }

    def manage(self, *arguments: str, text: str | None = None) -> str:
        """Run a management command of this installation. Return its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def python(self, code: str):
        """Run code inside this installation. Return the value of its variable `answer`, which must be JSON."""
        source = f"import json\n{code}\nprint('ANSWER' + json.dumps(answer, default=str))"
        out = self.manage("shell", "--no-imports", "-c", source)
        return json.loads(out.split("ANSWER")[-1])

    def set_up(self, course: bool = True) -> Product:
        """Migrate, load the Standards and, if `course`, course C1. Done once for each version of the code, then copied."""
        with databases.one_process_at_a_time():
            Template(self.services, course).copy_into(self)
        return self

    def start(self, *names: str) -> Product:
        """Start web, worker and beat, or those in `names`. Return when the web server answers."""
        for name in names or ("web", "worker", "beat"):
            log = (self.folder / f"{name}.log").open("ab")
            command = commands("127.0.0.1", str(self.port))[name]
            if self.services and name == "worker":
                command = [word if word != "threads" else "prefork" for word in command]
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        if "web" in self.processes:
            wait_for(self.answers)
        return self

    def answers(self) -> bool:
        if self.processes["web"].poll() is not None:
            return False  # another process may answer at the port
        try:
            urllib.request.urlopen(f"{self.url}/health/live", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def kill(self, name: str) -> None:
        """SIGKILL the whole group of one process."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def revive(self, *names: str) -> None:
        """Restart those of these processes that have ended, as a service manager would."""
        for name in names:
            if name not in self.processes or self.processes[name].poll() is not None:
                self.start(name)

    def rows(self, sql: str, *values) -> list[tuple]:
        """Query the database directly."""
        if self.services:
            with psycopg.connect(f"{self.server}/{self.database}") as database:
                return database.execute(sql, values or None).fetchall()
        with contextlib.closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database:
            return database.execute(sql.replace("%s", "?"), values).fetchall()

    def number(self, sql: str, *values) -> int:
        return self.rows(sql, *values)[0][0]

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        if self.services:
            databases.drop(self.database)
        report = self.folder / "egress"
        assert not report.exists(), f"the product tried to reach {report.read_text().split()}"

    def emails(self) -> list[email.message.EmailMessage]:
        """Return the sent emails, in order of the file times."""
        files = sorted((self.folder / "mail").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
        # Django names a file by the second and the id of the backend, so one file may hold several emails.
        parts = [part for path in files for part in re.split(rb"^-{79}\n", path.read_bytes(), flags=re.MULTILINE)]
        return [email.message_from_bytes(part, policy=email.policy.default) for part in parts if part.strip()]

    def link_in_email(self, to: str, word: str) -> str:
        """Wait for an email to this address with a link that contains `word`. Return the link of the newest one."""

        def newest() -> str:
            for message in reversed(self.emails()):
                if message["To"] == to:
                    match = re.search(rf"https?://\S*{word}\S*", message.get_body(("plain",)).get_content())
                    if match:
                        return match[0]
            return ""

        return wait_for(newest)

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("*.log")))
