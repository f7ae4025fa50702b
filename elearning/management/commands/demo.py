import hashlib
import logging
import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from courses import bootstrap
from elearning import demo_data, demo_database, supervisor
from elearning.environment import env, share

# The files that the set-up depends on. If none has changed since the last start, the set-up is skipped.
SET_UP_FILES = (
    "*/migrations/*.py",
    "courses/library/**/*",
    "standards/data/*",
    "elearning/static/**/*",
    "elearning/demo_data.py",
)


class Command(BaseCommand):
    help = "Set up and start the whole product: web, worker and beat, with sample people and courses."

    def handle(self, *args, **options):
        host, port = env("HOST", default="127.0.0.1"), str(env.int("PORT", default=8000))
        self.check_port(host, port)
        logging.getLogger().setLevel(logging.ERROR)  # the steps below print the progress
        self.set_up()
        bootstrap.follow_base_url()  # it has the port, which may differ from that of the last start
        os.environ.setdefault("READING_SHARE", "0")  # for the processes: a demo lets people look around at once
        # The sample staff sign in with a password that the terminal prints. Only the embedded product does without the
        # second step, never one with services of its own.
        if settings.EMBEDDED:
            os.environ.setdefault("MFA_REQUIRED_OF_STAFF", "0")
        connections.close_all()  # the processes are forked from this one and must not share connections
        processes = supervisor.commands(host, port)
        raise SystemExit(supervisor.run(processes, settings.VAR / "logs", lambda: self.print_welcome(host, port)))

    def check_port(self, host: str, port: str) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise CommandError(
                    f"Port {port} is in use. Choose another one, for example: PORT=8001 make demo"
                ) from error

    def set_up(self) -> None:
        stamp = settings.VAR / "demo-stamp"
        digest = set_up_digest()
        if stamp.exists() and stamp.read_text() == digest:
            return
        self.set_old_database_aside()
        quiet = {"verbosity": 0, "interactive": False}
        steps = [
            ("Creating the database", self.create_database),
            ("Collecting the static files", lambda: call_command("collectstatic", **quiet)),
            ("Loading the Standards", lambda: call_command("load_standards", stdout=SilentOutput())),
            ("Creating home page, groups and workflow", lambda: call_command("prepare", stdout=SilentOutput())),
            (
                "Loading course C1, Foundations",
                lambda: call_command("load_course", "foundations", stdout=SilentOutput()),
            ),
            (
                "Loading a sample of C6, with critical questions",
                lambda: call_command("load_course", "overdose-sample", stdout=SilentOutput()),
            ),
            (
                "Loading a sample with an essay that people mark",
                lambda: call_command("load_course", "writing-sample", stdout=SilentOutput()),
            ),
            ("Creating the sample people", demo_data.create_people),
            ("Submitting their essays", demo_data.submit_essays),
        ]
        for number, (title, step) in enumerate(steps, 1):
            self.stdout.write(f"[{number}/{len(steps)}] {title}… ", ending="")
            self.stdout.flush()
            started = time.monotonic()
            step()
            self.stdout.write(f"{time.monotonic() - started:.1f} s")
        stamp.write_text(digest)

    def set_old_database_aside(self) -> None:
        """Rename an SQLite database that other migrations made, since today's migrations cannot update it."""
        database = sqlite_path()
        if database is None:
            return
        connections.close_all()
        old = demo_database.set_aside_if_outdated(database, timezone.localdate())
        if old:
            self.stdout.write(
                f"{database.name} was made by other migrations. It is now {old}, and a new one is created."
            )

    def create_database(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        if database := sqlite_path():
            demo_database.record_migrations(database)
        call_command("createcachetable")

    def print_welcome(self, host: str, port: str) -> None:
        """Wait until the home page answers, then print the URLs and the accounts to sign in with."""
        url = f"http://{host}:{port}/"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except urllib.error.HTTPError as error:
                self.stderr.write(f"The home page answers with {error.code}. See the logs in {settings.VAR / 'logs'}")
                return
            except OSError:
                time.sleep(0.2)
        lines = [f"\nThe product runs at {url}", f"Staff work at {url}admin/", "", "Sign in as:"]
        lines += [f"  {person.email:24} {person.description}" for person in demo_data.PEOPLE]
        lines += [f"  The password of all of them is: {demo_data.PASSWORD}", ""]
        if not share("READING_SHARE", default=0):
            lines.append(
                "Lessons count as done at once (READING_SHARE=0). In production a third of their minutes must pass."
            )
        lines += [
            f"No email is sent. Each is written to a file in {Path(settings.EMAIL_FILE_PATH)}",
            f"Logs of the processes: {settings.VAR / 'logs'}",
            f"Health page: {url.rstrip('/')}{reverse('health')}",
            "Press Ctrl-C to stop everything.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


class SilentOutput:
    """A stdout for commands whose output would repeat what the set-up steps print."""

    def write(self, *_args, **_kwargs) -> None:
        return None


def sqlite_path() -> Path | None:
    """Return the path of the database, None if it is not SQLite."""
    database = settings.DATABASES["default"]
    return Path(database["NAME"]) if database["ENGINE"].endswith("sqlite3") else None


def set_up_digest() -> str:
    """Return a digest of the paths and times of the files in SET_UP_FILES and of the database's URL."""
    files = sorted(path for pattern in SET_UP_FILES for path in settings.BASE_DIR.glob(pattern) if path.is_file())
    lines = [f"{path.relative_to(settings.BASE_DIR)} {path.stat().st_mtime_ns}" for path in files]
    database = settings.DATABASES["default"]
    name = f"{database['ENGINE']} {database.get('HOST', '')} {database['NAME']}"
    return hashlib.sha256("\n".join([*lines, name]).encode()).hexdigest()
