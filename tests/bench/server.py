"""A web server whose CPU time is measured, and the CPU time of PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import psycopg

from tests.bench.client import Answer
from tests.support.product import ROOT, Product, free_port, wait_for

GUNICORN = str(Path(sys.executable).parent / "gunicorn")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process, its ended threads included. Raises OSError when there is no such process."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e9  # its clock, as clock_getcpuclockid(3) makes it


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the name: the state is 0, the parent 1 (proc(5) counts from 3)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Measured(Protocol):
    def cpu(self) -> float:
        """Return the CPU seconds that were used so far."""


class Round(NamedTuple):
    """What requests of one kind took: CPU-ms for each, how many were answered in a second, and the last answer."""

    cpu_ms: float
    rate: float
    answer: Answer


def measure(send: Callable[[], Answer], requests: int, *processes: Measured) -> Round:
    """Send so many requests, one after the other. CPU is that of all these processes together."""

    def cpu_of_all() -> float:
        return sum(process.cpu() for process in processes)

    used, begun = cpu_of_all(), time.perf_counter()
    answers = [send() for _ in range(requests)]
    seconds, cpu_ms = time.perf_counter() - begun, 1000 * (cpu_of_all() - used)
    return Round(cpu_ms / requests, requests / seconds, answers[-1])


class Server:
    """One gunicorn worker of the product that answers one request at a time."""

    def __init__(self, product: Product, settings: str = "tests.bench.settings"):
        self.product, self.settings, self.port = product, settings, free_port()
        command = [GUNICORN, "elearning.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "1",
                   "--timeout", "600", "--log-level", "warning"]  # fmt: skip
        environment = product.environment | {"DJANGO_SETTINGS_MODULE": settings}
        with (product.folder / f"{settings}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        product.processes[settings] = self.process
        wait_for(self.answers)
        self.pid = children(self.process.pid)[0]

    def stop(self) -> None:
        self.product.kill(self.settings)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.product.logs()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/robots.txt", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def cpu(self) -> float:
        """Return the CPU seconds that the worker has used so far."""
        return cpu(self.pid)

    def memory(self) -> float:
        """Return the MB that the worker holds now, and let peak_memory() begin anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self._status("VmRSS")

    def peak_memory(self) -> float:
        """Return the most MB that the worker has held since memory()."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


class PostgreSQL:
    """The server of the product's database, which must run on this machine. Whatever else it does is counted too."""

    def __init__(self, product: Product):
        with psycopg.connect(f"{product.server}/{product.database}") as database:
            backend = database.info.backend_pid
            name = Path(f"/proc/{backend}/comm")
            assert name.exists() and name.read_text().startswith("postgres"), "PostgreSQL must run on this machine."
            self.pid = int(stat(backend)[1])

    def cpu(self) -> float:
        """Return the CPU seconds that all its processes have used so far; those that have ended in steps of 10 ms."""
        seconds = sum(int(ticks) for ticks in stat(self.pid)[13:15]) / TICKS
        for process in [self.pid, *children(self.pid)]:
            with contextlib.suppress(OSError):  # it has just ended
                seconds += cpu(process)
        return seconds
