"""`make bench-scale`: what pages, listings, files and the periodic work cost with 1,000, 10,000 and 100,000 people.

One database on PostgreSQL grows by `manage.py seed`. CPU is that of one gunicorn worker and of PostgreSQL. ARGS:
`--sizes 1000,10000,100000,1000000` chooses the sizes, `--load` lets a class take a test at once instead.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import files, growth, load
from tests.bench.client import Answer, Client
from tests.bench.growth import Line
from tests.bench.pages import Page, pages
from tests.bench.server import PostgreSQL, Server, measure
from tests.support.product import ROOT, Product

SIZES = "1000,10000,100000"
WARM, ROUNDS, REQUESTS, SECONDS = 2, 3, 6, 0.4  # a round ends after so many requests, or about so many seconds
CALL = "from tests.bench import {module}\nanswer = {module}.{call}"
SEEDING = {"REDIS_URL": "", "DEBUG": "1"}  # the command refuses an installation, and one that has other people
SWEEP_GOALS = {"courses": (3.0, 20.0)}  # ratio; milliseconds at the largest size


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of people, separated by commas: {SIZES}")
    parser.add_argument("--load", action="store_true", help="a class takes a test at once; no sizes")
    options = parser.parse_args(arguments)
    print(f"The machine has {os.cpu_count()} cores, and its load before is {os.getloadavg()[0]:.1f}.")
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder), services=True)
        try:
            product.set_up()
            if options.load:
                return load.run(product)
            return grow(product, sorted({int(size) for size in options.sizes.split(",")}))
        finally:
            product.stop()


def grow(product: Product, sizes: list[int]) -> int:
    """Measure everything at each size and print the tables. Return 0 if every goal is met."""
    facts = call(product, "prepare", "growth()")
    page_lines: dict[str, Line] = {}
    sweep_lines: dict[str, Line] = {}
    taken: dict[str, dict[int, files.File]] = {kind: {} for kind in files.SECONDS}
    for size in sizes:
        seed(product, size)
        facts |= call(product, "prepare", "sought()")
        postgresql = PostgreSQL(product)
        # First, since each file is an entry in the audit trail, which is one of the pages.
        for kind, by_size in taken.items():
            by_size[size] = files.download(product, postgresql, facts["sessions"]["manager"], kind)
        measure_pages(product, postgresql, facts, page_lines)
        for name, milliseconds in call(product, "sweeps", "milliseconds()").items():
            line = sweep_lines.setdefault(name, Line(name, *SWEEP_GOALS.get(name, ())))
            line.ms.append(milliseconds)
    missed = growth.print_lines("CPU-ms of a page", sizes, list(page_lines.values()))
    missed += growth.print_lines("ms of a sweep", sizes, list(sweep_lines.values()))
    growth.print_files(taken)
    missed += [goal for kind, by_size in taken.items() for goal in files.missed(kind, by_size)]
    print(f"missed: {', '.join(missed)}" if missed else "met")
    return 1 if missed else 0


def call(product: Product, module: str, function: str) -> Any:
    """Run a function of this package inside the product. Return what it returns."""
    return product.python(CALL.format(module=module, call=function))


def seed(product: Product, size: int) -> None:
    """Let the database have so many people, and clean it up as months of autovacuum would, so that none runs later."""
    begun = time.monotonic()
    environment = product.environment | SEEDING
    subprocess.run(
        [sys.executable, "manage.py", "seed", str(size), "--skip-checks"], cwd=ROOT, env=environment, check=True
    )
    with psycopg.connect(f"{product.server}/{product.database}", autocommit=True) as database:
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")
    print(f"{size:,} people after {time.monotonic() - begun:.0f} s", flush=True)


def measure_pages(product: Product, postgresql: PostgreSQL, facts: dict, lines: dict[str, Line]) -> None:
    """Add what each page takes now to its line. A new web process remembers nothing of a smaller size."""
    server = Server(product)
    client = Client(server.port)
    for page in pages(facts, product.number("SELECT count(*) FROM courses_enrolment")):
        line = lines.setdefault(page.name, Line(page.name, page.ratio, page.most_ms))
        cpu_ms, statements = measure_page(client, page, facts["sessions"].get(page.person, ""), server, postgresql)
        line.ms.append(cpu_ms)
        line.statements.append(statements)
    server.stop()


def measure_page(client: Client, page: Page, session: str, *processes) -> tuple[float, int]:
    """Return the CPU-ms of the median round and the usual number of statements: now and then a value is read anew."""

    def send() -> Answer:
        return client.get(page.path, session, page.expect)

    rate = measure(send, WARM, *processes).rate
    requests = max(1, min(REQUESTS, int(SECONDS * rate)))
    rounds = [measure(send, requests, *processes) for _ in range(ROUNDS)]
    statements = statistics.mode(taken.answer.statements or 0 for taken in rounds)
    return statistics.median(taken.cpu_ms for taken in rounds), statements


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
