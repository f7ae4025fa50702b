"""Run the three processes of the embedded product under honcho. When one ends, or on Ctrl-C, all are stopped."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import honcho.manager
from honcho.printer import Printer

# A little longer than the worker's soft shutdown; honcho then kills what is left of each process group.
honcho.manager.KILL_WAIT = 12
STOPPED_BY_SIGNAL = {130, 143}  # honcho's exit codes after SIGINT and SIGTERM


def commands(host: str, port: str) -> dict[str, list[str]]:
    """Return the command line of each process, by its name."""
    bin_folder = Path(sys.executable).parent
    celery = [str(bin_folder / "celery"), "--app", "elearning", "--quiet"]
    level = ["--loglevel", "WARNING"]
    return {
        "web": [
            str(bin_folder / "gunicorn"), "elearning.wsgi", "--bind", f"{host}:{port}",
            "--workers", "2", "--threads", "4", "--log-level", "warning", "--preload",
        ],
        # Threads, since forked children would each open SQLite, and a demo on one machine needs no more.
        "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--without-mingle", "--without-gossip", *level],
        # A separate process: with `worker --beat`, killing the worker left its beat running.
        "beat": [*celery, "beat", "--pidfile", "", *level],
    }  # fmt: skip


def run(processes: dict[str, list[str]], logs: Path, ready: Callable[[], None]) -> int:
    """Start the processes, call `ready` in a thread and wait. Return 0 after a signal, 1 if a process ended by itself.

    Each process writes its output to <name>.log in `logs`.
    """
    logs.mkdir(parents=True, exist_ok=True)
    with open(os.devnull, "w") as nowhere:  # hide honcho's own output from the terminal
        manager = honcho.manager.Manager(Printer(nowhere))
        for name, command in processes.items():
            log = shlex.quote(str(logs / f"{name}.log"))
            manager.add_process(name, f"exec {shlex.join(command)} >> {log} 2>&1")
        # honcho handles SIGINT and SIGTERM only; closing the terminal sends SIGHUP.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        threading.Thread(target=ready, daemon=True).start()
        manager.loop()
    if manager.returncode in STOPPED_BY_SIGNAL:
        return 0
    print(f"A process ended by itself, so everything was stopped. The reason is in {logs}", file=sys.stderr)
    return 1
