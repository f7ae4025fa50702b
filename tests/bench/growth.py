"""The tables of `make bench-scale`: what grows with the number of people, and whether it grows too much."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.bench.files import FIRST_BYTE, MEMORY, SECONDS, TENFOLD, File


@dataclass
class Line:
    """A page or a sweep: its milliseconds and statements at each size, smallest first, and its goals."""

    name: str
    ratio_goal: float | None = None
    most_ms: float | None = None
    ms: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.ms[-1] / self.ms[0]

    def missed(self) -> list[str]:
        found = {
            "ratio": self.ratio_goal is not None and self.ratio > self.ratio_goal,
            "ms": self.most_ms is not None and self.ms[-1] > self.most_ms,
            "SQL": len(set(self.statements)) > 1,
        }
        return [f"{self.name}: {name}" for name, is_missed in found.items() if is_missed]

    def __str__(self) -> str:
        times = "".join(f"{ms:11.1f}" for ms in self.ms)
        counts = sorted(set(self.statements))
        statements = "-".join(map(str, (counts[0], counts[-1]) if len(counts) > 1 else counts))
        goals = [f"{self.ratio_goal} x"] if self.ratio_goal else []
        goals += [f"{self.most_ms:.0f} ms"] if self.most_ms else []
        verdict = "" if not goals and not self.missed() else "missed" if self.missed() else "met"
        return f"{self.name:22}{times}{self.ratio:8.1f}{statements:>8}   {', '.join(goals):16}{verdict}".rstrip()


def print_lines(title: str, sizes: list[int], lines: list[Line]) -> list[str]:
    """Print the lines below their title. Return the goals that are missed."""
    heads = "".join(f"{size:11,}" for size in sizes)
    print(f"\n{title:22}{heads}{'ratio':>8}{'SQL':>8}   at most")
    print("\n".join(map(str, lines)))
    return [goal for line in lines for goal in line.missed()]


def print_files(files: dict[str, dict[int, File]]) -> None:
    print(f"\n{'file':6}{'people':>11}{'first byte s':>14}{'whole s':>9}{'CPU s':>8}{'memory + MB':>13}")
    for kind, by_size in files.items():
        for size, file in by_size.items():
            print(f"{kind:6}{size:11,}{file.first:14.2f}{file.whole:9.2f}{file.cpu:8.2f}{file.memory:13.0f}")
    print(
        f"at most: csv {SECONDS['csv']:.0f} s for each 100,000, {TENFOLD:.0f} times for tenfold, first byte {FIRST_BYTE:.0f} s, "
        f"{MEMORY:.0f} MB; xlsx {FIRST_BYTE:.0f} s, or {SECONDS['xlsx']:.0f} s and {MEMORY:.0f} MB"
    )
