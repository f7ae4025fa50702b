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

from elearning import demo_data, supervisor

# Files the set-up depends on. If none has changed since the last start, the set-up is skipped.
INGREDIENTS = (
    "*/migrations/*.py",
    "courses/library/**/*",
    "standards/data/*",
    "elearning/static/**/*",
    "elearning/demo_data.py",
)


class Command(BaseCommand):
    help = "Set up and start the whole product: web, worker and beat, with sample people and courses."

    def handle(self, *args, **options):
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        self.refuse_taken_port(host, port)
        logging.getLogger().setLevel(logging.ERROR)  # the steps below print the progress
        self.set_up()
        connections.close_all()  # the processes are forked from this one and must not share connections
        processes = supervisor.commands(host, port)
        raise SystemExit(supervisor.run(processes, settings.VAR / "logs", lambda: self.welcome(host, port)))

    def refuse_taken_port(self, host: str, port: str) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise CommandError(f"Port {port} is taken; choose another, for example: PORT=8001 make demo") from error

    def set_up(self) -> None:
        stamp = settings.VAR / "demo-stamp"
        digest = ingredients_digest()
        if stamp.exists() and stamp.read_text() == digest:
            return
        quiet = {"verbosity": 0, "interactive": False}
        steps = [
            ("Making the database", lambda: (call_command("migrate", **quiet), call_command("createcachetable"))),
            ("Collecting the static files", lambda: call_command("collectstatic", **quiet)),
            ("Loading the Standards", lambda: call_command("load_standards", stdout=Silent())),
            ("Laying the groundwork", lambda: call_command("prepare", stdout=Silent())),
            ("Loading course C1, Foundations", lambda: call_command("load_course", "foundations", stdout=Silent())),
            (
                "Loading a sample of C6, with critical items",
                lambda: call_command("load_course", "overdose-sample", stdout=Silent()),
            ),
            (
                "Loading a sample with a text that people mark",
                lambda: call_command("load_course", "writing-sample", stdout=Silent()),
            ),
            ("Inviting the sample people", demo_data.people),
            ("Handing in texts of theirs", demo_data.texts),
        ]
        for number, (title, step) in enumerate(steps, 1):
            self.stdout.write(f"[{number}/{len(steps)}] {title}… ", ending="")
            self.stdout.flush()
            begun = time.monotonic()
            step()
            self.stdout.write(f"{time.monotonic() - begun:.1f} s")
        stamp.write_text(digest)

    def welcome(self, host: str, port: str) -> None:
        """Wait until the front page answers, then print the URLs and the people to sign in as."""
        address = f"http://{host}:{port}/"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except urllib.error.HTTPError as error:
                self.stderr.write(f"The front page answers with {error.code}. The reason is in {settings.VAR / 'logs'}")
                return
            except OSError:
                time.sleep(0.2)
        lines = [f"\nThe product runs at {address}", f"The trainers' workroom is at {address}admin/", "", "Sign in as:"]
        lines += [f"  {person.email:24} {person.what}" for person in demo_data.CAST]
        lines += [
            f"  The password of all of them is: {demo_data.PASSWORD}",
            "",
            f"Mail is not sent; each letter lands as a file in {Path(settings.EMAIL_FILE_PATH)}",
            f"What the processes say is in {settings.VAR / 'logs'}",
            f"Its health: {address.rstrip('/')}{reverse('health')}",
            "Ctrl-C stops everything.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


class Silent:
    """A stdout for commands whose output would repeat what the set-up steps print."""

    def write(self, *_args, **_kwargs) -> None:
        return None


def ingredients_digest() -> str:
    found = sorted(path for pattern in INGREDIENTS for path in settings.BASE_DIR.glob(pattern) if path.is_file())
    facts = [f"{path.relative_to(settings.BASE_DIR)} {path.stat().st_mtime_ns}" for path in found]
    return hashlib.sha256("\n".join([*facts, settings.DATABASE_URL]).encode()).hexdigest()
