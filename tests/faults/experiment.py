"""The report of a fault experiment, and its counts: small ones in `make test-all`, the full ones in `make faults`."""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from dataclasses import asdict, dataclass, field

from tests.support.product import ROOT, version
from tests.support.tiers import FAULTS_IN_FULL

FULL = FAULTS_IN_FULL
SEED = int(os.environ.get("SEED", random.randrange(10**6)))
RESULTS = ROOT / "var" / "faults.jsonl"


def count(short: int, full: int) -> int:
    """Return the count for this run."""
    return full if FULL else short


@dataclass
class Report:
    """One line of `make faults`. `recovery` has the seconds from the end of a fault until no outbox row was unfinished."""

    name: str
    faults: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    recovery: list[float] = field(default_factory=list)
    seed: int = SEED
    note: str = ""
    max_recovery: float = 60  # limit of a recovery in seconds, checked in `make faults` only, where nothing else runs

    def line(self) -> str:
        times = sorted(self.recovery) or [0.0]
        return (
            f"{self.name:34} faults {self.faults:5}  acknowledged {self.acknowledged:5}  lost {self.lost}  doubled {self.doubled}  "
            f"wrong {self.wrong}  recovery p50 {statistics.median(times):.1f} s max {times[-1]:.1f} s  seed {self.seed}"
            + (f"  {self.note}" if self.note else "")
        )

    def keep(self) -> None:
        """Print the line. In a full run also store it, so that an interrupted run can be continued."""
        print(f"\n{self.line()}")
        if FULL:
            RESULTS.parent.mkdir(exist_ok=True)
            with RESULTS.open("a") as file:
                file.write(json.dumps({"version": version(), "line": self.line(), **asdict(self)}) + "\n")

    def holds(self) -> bool:
        """Keep the line. Return whether nothing was lost, doubled or wrong, and a full run recovered in time."""
        self.keep()
        in_time = not FULL or max(self.recovery, default=0) <= self.max_recovery
        return in_time and (self.lost, self.doubled, self.wrong) == (0, 0, 0)


class Clock:
    """A callable that returns the seconds since it was created."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() - self.started
