"""Many at once, each of whom saves an answer and hands in, and presses again when the line broke or the server failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.candidates import Reply, Sitter, Sitters, stored
from tests.faults.experiment import Clock, Report


class Crowd:
    def __init__(self, sitters: Sitters, hands: int = 4):
        self.sitters = sitters
        self.hands = hands  # at the same moment
        self.saved: list[str] = []
        self.handed_in: list[str] = []
        self.refused: Counter[int] = Counter()  # by status; 0 for a broken line
        self.wrong = 0  # said yes with another body than to be expected
        self.answered_at: list[float] = []  # monotonic, of each yes
        self.given_up = False
        self.slowest = 0.0  # seconds one person waited for a yes, however often they pressed

    def work(self, many: int, lasts: float = 0) -> None:
        """So many people, spread over so many seconds at least."""
        clock = Clock()
        people = [(self.sitters.waiting.pop(), lasts * number / many) for number in range(many)]

        def sit(sitter: Sitter, at: float) -> None:
            time.sleep(max(0, at - clock()))
            self.sit(sitter)

        with ThreadPoolExecutor(self.hands) as hands:
            list(hands.map(sit, *zip(*people, strict=True)))

    def sit(self, sitter: Sitter) -> None:
        said = self.press(lambda: self.sitters.save(sitter), 200)
        self.saved.append(sitter.attempt)
        again = self.press(lambda: self.sitters.save(sitter), 200)
        where = self.press(lambda: self.sitters.hand_in(sitter), 302).where
        self.handed_in.append(sitter.attempt)
        self.wrong += (said.text, again.text) != ('{"latest": 2}',) * 2
        self.wrong += not where.endswith(f"/quiz/{sitter.attempt}/result/")

    def press(self, send: Callable[[], Reply], wanted: int) -> Reply:
        """Until the answer is the one that means yes."""
        clock = Clock()
        while clock() < 60 and not self.given_up:
            reply = send()
            if reply.status == wanted:
                self.answered_at.append(time.monotonic())
                self.slowest = max(self.slowest, clock())
                return reply
            self.refused[reply.status] += 1
            time.sleep(0.05)
        self.given_up = True  # nobody else needs to wait
        raise AssertionError(f"no yes within a minute; {dict(self.refused)}\n{self.sitters.product.logs()}")

    def look(self, report: Report) -> None:
        """Count into the report what was said to be stored and is not there once."""
        found = stored(self.sitters.product)
        counts = [found[key][0] for key in self.handed_in] + [found[key][1] for key in self.saved]
        report.acknowledged = len(self.answered_at)
        report.lost += counts.count(0)
        report.doubled += sum(count > 1 for count in counts)
        report.wrong += self.wrong
        refused = ", ".join(f"{times} x {status or 'line broken'}" for status, times in sorted(self.refused.items()))
        report.note = (
            f"{report.note}; asked again after {refused or 'nothing'}; longest wait {self.slowest:.1f} s".strip("; ")
        )
