"""The files of the completion report: how long they take and how much memory, for `make bench-scale`."""

from __future__ import annotations

import time
from typing import NamedTuple

from tests.bench.client import Client
from tests.bench.pages import REPORT
from tests.bench.server import PostgreSQL, Server
from tests.support.product import Product

FIRST_BYTE, MEMORY = 1.0, 50.0  # seconds; MB
SECONDS = {"csv": 10.0, "xlsx": 25.0}  # for up to a hundred thousand people, and for each hundred thousand of more
TENFOLD = 12.0  # how many times longer a file of ten times as many people may take


class File(NamedTuple):
    """Seconds until the first byte and the last one, CPU seconds, and how many MB the web process grew at most."""

    first: float
    whole: float
    cpu: float
    memory: float


def download(product: Product, postgresql: PostgreSQL, session: str, kind: str) -> File:
    """Let a new web process make the file, since one that has grown would hide it."""
    server = Server(product)
    client = Client(server.port)
    client.get(REPORT, session)
    memory, used, begun = server.memory(), server.cpu() + postgresql.cpu(), time.perf_counter()
    response = client.open("GET", f"{REPORT}?export={kind}", session)
    assert response.status in (200, 302), response.status
    response.read(1)
    first = time.perf_counter() - begun
    while response.read(1 << 16):
        pass
    whole, cpu = time.perf_counter() - begun, server.cpu() + postgresql.cpu() - used
    file = File(first, whole, cpu, server.peak_memory() - memory)
    server.stop()
    return file


def missed(kind: str, files: dict[int, File]) -> list[str]:
    """The goals that the files of one kind miss, by their number of people. The largest one counts."""
    largest = max(files)
    file = files[largest]
    is_slow = file.whole > SECONDS[kind] * max(1, largest / 100_000)
    if kind == "xlsx":  # made at once, or at leisure and then sent
        return ["xlsx"] if file.whole > FIRST_BYTE and (is_slow or file.memory > MEMORY) else []
    found = {"seconds": is_slow, "first byte": file.first > FIRST_BYTE, "memory": file.memory > MEMORY}
    if len(files) > 1:
        before = sorted(files)[-2]
        found["growth"] = file.whole / files[before].whole > TENFOLD / 10 * largest / before
    return [f"{kind}: {name}" for name, is_missed in found.items() if is_missed]
