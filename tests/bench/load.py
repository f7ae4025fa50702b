"""`make bench-scale ARGS=--load`: a class takes a test at once, on the web server of production without its worker.

Everybody opens a question, saves an answer and thinks. When all have done so, they hand in within some seconds, and
each opens the result. The clients use the same cores.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.bench.client import Client
from tests.bench.server import GUNICORN
from tests.support.product import ROOT, TIMEOUT, Product, wait_for

LEARNERS, THINK, HAND_IN = 100, 2.0, 4.0  # people; seconds between two questions; seconds within which all hand in
WORKERS = 3  # as in docker-compose.yml; the threads are those of deploy/gunicorn.conf.py
GOALS = {"save": 60, "submit": 500}  # milliseconds within which 95 of 100 are answered
PREPARE = "from tests.bench import prepare\nanswer = prepare.load({many})"


class Class:
    """The learners, and what they have seen: the milliseconds of each kind of request, and what went wrong."""

    def __init__(self, port: int, learners: int):
        self.port = port
        self.learners = learners
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.all_answered = Barrier(learners, timeout=TIMEOUT)

    def sit(self, number: int, session: str, attempt: str, forms: list[tuple[int, str]]) -> None:
        """Take the test as the learner with this number, whose forms have the right answers by position."""
        client, test = Client(self.port), f"/en/quiz/{attempt}"
        time.sleep(THINK * number / self.learners)
        for position, form in forms:
            self.time("item", client.get, f"{test}/{position}/", session)
            self.time("save", client.post, f"{test}/{position}/save/", session, f"{form}&op=1")
            client.close()
            time.sleep(THINK)
        self.all_answered.wait()
        time.sleep(HAND_IN * number / self.learners)
        self.time("submit", client.post, f"{test}/hand-in/", session, {}, (302,))
        self.time("result", client.get, f"{test}/result/", session)

    def time(self, kind: str, send: Callable[..., object], *arguments: object) -> None:
        begun = time.perf_counter()
        try:
            send(*arguments)
        except (AssertionError, OSError, http.client.HTTPException) as error:
            self.errors.append(f"{kind}: {error!r}")
        self.milliseconds[kind].append(1000 * (time.perf_counter() - begun))

    def report(self, seconds: float) -> int:
        """Print the table. Return 0 if the goals are met and nothing went wrong."""
        count = sum(len(taken) for taken in self.milliseconds.values())
        print(
            f"\n{self.learners} learners, {THINK:.0f} s between questions: {count} requests, {count / seconds:.0f} a second"
        )
        print(f"{'':8}{'p50 ms':>8}{'p95 ms':>8}{'p95 at most':>13}")
        slow = []
        for kind, taken in self.milliseconds.items():
            p95 = statistics.quantiles(taken, n=20)[-1]
            print(f"{kind:8}{statistics.median(taken):8.0f}{p95:8.0f}{GOALS.get(kind, ''):>13}")
            slow += [kind] if p95 > GOALS.get(kind, p95) else []
        print(f"errors: {len(self.errors)} {self.errors[:3] or ''}")
        missed = slow + (["errors"] if self.errors else [])
        print(f"missed: {', '.join(missed)}" if missed else "met")
        return 1 if missed else 0


def run(product: Product, learners: int = LEARNERS) -> int:
    candidates = product.python(PREPARE.format(many=learners))
    start_web(product)
    seated = Class(product.port, learners)
    begun = time.perf_counter()
    with ThreadPoolExecutor(learners) as pool:
        for done in [pool.submit(seated.sit, number, *candidate) for number, candidate in enumerate(candidates)]:
            done.result()
    return seated.report(time.perf_counter() - begun)


def start_web(product: Product) -> None:
    """Start gunicorn as the image does."""
    metrics = product.folder / "metrics"
    metrics.mkdir()
    environment = product.environment | {
        "WEB_CONCURRENCY": str(WORKERS),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "LOG_LEVEL": "INFO",
    }
    command = [GUNICORN, "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{product.port}", "elearning.wsgi"]
    with (product.folder / "web.log").open("ab") as log:
        product.processes["web"] = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    wait_for(product.answers)
