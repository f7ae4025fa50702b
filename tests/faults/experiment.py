"""What a fault experiment reports, and how many times it strikes: a few in `make test-all`, the full counts in `make faults`."""

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
    """How many, here and now."""
    return full if FULL else short


@dataclass
class Report:
    """One line of `make faults`. Recovery: seconds from the end of a fault until nothing it held up was owed any more."""

    name: str
    faults: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    recovery: list[float] = field(default_factory=list)
    seed: int = SEED
    note: str = ""
    soon: float = 60  # seconds a recovery may take in `make faults`, where nothing runs beside it

    def line(self) -> str:
        times = sorted(self.recovery) or [0.0]
        return (
            f"{self.name:34} faults {self.faults:5}  acknowledged {self.acknowledged:5}  lost {self.lost}  doubled {self.doubled}  "
            f"wrong {self.wrong}  recovery p50 {statistics.median(times):.1f} s max {times[-1]:.1f} s  seed {self.seed}"
            + (f"  {self.note}" if self.note else "")
        )

    def keep(self) -> None:
        """Print the line, and in a full run keep it, so that the run can be taken up again where it stopped."""
        print(f"\n{self.line()}")
        if FULL:
            RESULTS.parent.mkdir(exist_ok=True)
            with RESULTS.open("a") as file:
                file.write(json.dumps({"version": version(), "line": self.line(), **asdict(self)}) + "\n")

    def holds(self) -> bool:
        """Keep the line; whether nothing was lost, doubled or wrong, and in a full run all was done soon."""
        self.keep()
        soon = not FULL or max(self.recovery, default=0) <= self.soon
        return soon and (self.lost, self.doubled, self.wrong) == (0, 0, 0)


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() - self.begun
