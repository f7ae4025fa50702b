"""Web, worker and beat under one parent: one ends, all end; Ctrl-C stops everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

GRACE_SECONDS = 12  # a little longer than the worker's soft shutdown


def commands(host: str, port: str) -> dict[str, list[str]]:
    """The three processes of the embedded product."""
    bin_ = Path(sys.executable).parent
    celery = [str(bin_ / "celery"), "--app", "elearning", "--quiet"]
    level = ["--loglevel", "WARNING"]
    return {
        "web": [
            str(bin_ / "gunicorn"), "elearning.wsgi", "--bind", f"{host}:{port}",
            "--workers", "2", "--threads", "4", "--log-level", "warning", "--preload",
        ],
        # Threads: forking children would each open SQLite, and one machine's demo needs no more.
        "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--without-mingle", "--without-gossip", *level],
        # A process of its own: with `worker --beat`, killing the worker left its beat alive.
        "beat": [*celery, "beat", "--pidfile", "", *level],
    }  # fmt: skip


class Supervisor:
    """Starts the processes in groups of their own, so that ending a group ends its children too."""

    def __init__(self, todo: dict[str, list[str]], logs: Path):
        self.todo = todo
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}
        self.stopping = False

    def run(self, ready: Callable[[], None]) -> int:
        """Start everything, call `ready`, and wait; the exit code is 0 after Ctrl-C, 1 when a process died."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        self.logs.mkdir(parents=True, exist_ok=True)
        for name, command in self.todo.items():
            with (self.logs / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        ready()
        dead = ""
        while not self.stopping and not dead:
            time.sleep(0.3)
            dead = next((name for name, process in self.running.items() if process.poll() is not None), "")
        self.stop()
        if dead:
            print(
                f"The {dead} process ended by itself, so everything was stopped. Why: {self.logs / dead}.log",
                file=sys.stderr,
            )
        return 1 if dead else 0

    def stop(self) -> None:
        """End every group: politely first, then for good."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(process.poll() is None for process in self.running.values()):
            time.sleep(0.1)
        self._signal(signal.SIGKILL)

    def _ask_to_stop(self, *_args) -> None:
        self.stopping = True

    def _signal(self, number: int) -> None:
        for process in self.running.values():
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
