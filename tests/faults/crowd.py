"""Many concurrent people: each saves an answer and submits, and retries after a broken connection or a server error."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.candidates import Candidate, Candidates, Reply, stored
from tests.faults.experiment import Clock, Report


class Crowd:
    def __init__(self, candidates: Candidates, threads: int = 4):
        self.candidates = candidates
        self.threads = threads  # concurrent people
        self.saved: list[str] = []
        self.handed_in: list[str] = []
        self.refused: Counter[int] = Counter()  # by status; 0 for a broken connection
        self.wrong = 0  # successful responses with an unexpected body
        self.answered_at: list[float] = []  # monotonic time of each success
        self.stopped = False
        self.slowest = 0.0  # seconds that one person waited for a success, including retries

    def work(self, many: int, lasts: float = 0) -> None:
        """Let this many people take the test, spread over at least `lasts` seconds."""
        clock = Clock()
        people = [(self.candidates.waiting.pop(), lasts * number / many) for number in range(many)]

        def take_test_at(candidate: Candidate, at: float) -> None:
            time.sleep(max(0, at - clock()))
            self.take_test(candidate)

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(take_test_at, *zip(*people, strict=True)))

    def take_test(self, candidate: Candidate) -> None:
        first = self.retry(lambda: self.candidates.save(candidate), 200)
        self.saved.append(candidate.attempt)
        again = self.retry(lambda: self.candidates.save(candidate), 200)
        location = self.retry(lambda: self.candidates.hand_in(candidate), 302).location
        self.handed_in.append(candidate.attempt)
        self.wrong += (first.text, again.text) != ('{"latest": 2, "state": "answered"}',) * 2
        self.wrong += not location.endswith(f"/quiz/{candidate.attempt}/result/")

    def retry(self, send: Callable[[], Reply], wanted: int) -> Reply:
        """Send the request until its status is the wanted one."""
        clock = Clock()
        while clock() < 60 and not self.stopped:
            reply = send()
            if reply.status == wanted:
                self.answered_at.append(time.monotonic())
                self.slowest = max(self.slowest, clock())
                return reply
            self.refused[reply.status] += 1
            time.sleep(0.05)
        self.stopped = True  # nobody else needs to wait
        raise AssertionError(f"no success within a minute; {dict(self.refused)}\n{self.candidates.product.logs()}")

    def count_losses(self, report: Report) -> None:
        """Add to the report what was acknowledged but is not stored exactly once."""
        rows = stored(self.candidates.product)
        counts = [rows[key][0] for key in self.handed_in] + [rows[key][1] for key in self.saved]
        report.acknowledged = len(self.answered_at)
        report.lost += counts.count(0)
        report.doubled += sum(count > 1 for count in counts)
        report.wrong += self.wrong
        refused = ", ".join(
            f"{times} x {status or 'connection broken'}" for status, times in sorted(self.refused.items())
        )
        report.note = f"{report.note}; retried after {refused or 'nothing'}; longest wait {self.slowest:.1f} s".strip(
            "; "
        )
