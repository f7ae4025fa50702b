"""`make bench`: CPU-milliseconds and requests a second over real HTTP on PostgreSQL, as ratios to floors of the same run.

One gunicorn worker of the product and one of the bare floor, one client, one request at a time. CPU is the worker's own.
Floors and subjects alternate in rounds, so that other load affects all of them. The median round counts.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.regrade import preview
from tests.bench.report import Taken, median, report
from tests.bench.server import Round, Server, measure
from tests.bench.subjects import ROUNDS, SUBMITS, Subject, subjects
from tests.support.product import Product

PREPARE = f"from tests.bench import prepare\nanswer = prepare.speed({ROUNDS * SUBMITS})"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder), services=True)
        try:
            product.set_up()
            facts = product.python(PREPARE)
            servers = Server(product), Server(product, "tests.bench.bare_settings")
            codes = [report(run(subjects(*servers, facts)))]
            for server in servers:
                server.stop()
            codes.append(preview(product))
            return max(codes)
        finally:
            product.stop()


def run(todo: list[Subject]) -> dict[str, Taken]:
    """Measure every floor and subject in turn, in rounds."""
    for subject in todo:
        for _ in range(10 if subject.may_warm_up else 0):
            subject.send()
    rounds: dict[str, list[Round]] = {subject.name: [] for subject in todo}
    for number in range(ROUNDS):
        for subject in todo:
            rounds[subject.name].append(measure(subject.send, subject.requests, subject.server))
        print(f"round {number + 1} of {ROUNDS}", flush=True)
    return {name: median(taken) for name, taken in rounds.items()}


if __name__ == "__main__":
    sys.exit(main())
