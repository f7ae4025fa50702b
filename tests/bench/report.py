"""The table of `make bench`, and whether its gates are kept."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from tests.bench.server import Round
from tests.bench.subjects import BOUNDS, LESSON_BYTES, Bound


class Taken(NamedTuple):
    """What a subject took: its median round, and one of its answers."""

    cpu_ms: float
    rate: float  # requests for each second
    statements: int | None
    bytes: int  # of the body as sent


def median(rounds: list[Round]) -> Taken:
    answer = rounds[-1].answer
    cpu_ms, rate = (statistics.median(getattr(taken, name) for taken in rounds) for name in ("cpu_ms", "rate"))
    return Taken(cpu_ms, rate, answer.statements, len(answer.body))


def report(taken: dict[str, Taken]) -> int:
    """Print a line for each subject and bound. Return 0 if every gate is kept."""
    print(f"\n{'':18}{'CPU-ms':>8}{'req/s':>7}{'SQL':>5}{'bytes':>8}{'ratio':>8}   at most")
    for name, row in taken.items():
        statements = "" if row.statements is None else row.statements
        line = f"{name:18}{row.cpu_ms:8.2f}{row.rate:7.0f}{statements:>5}{row.bytes:8}"
        bounds = [words(bound, taken) for bound in BOUNDS if bound.subject == name]
        print("\n".join([line + "".join(bounds[:1]), *(f"{'':46}{more}" for more in bounds[1:])]))
    sent = taken["lesson"].bytes
    print(f"\nA lesson as sent, without headers: {sent} bytes; at most {LESSON_BYTES}")
    missed = [f"{bound.subject} : {bound.floor}" for bound in BOUNDS if ratio(bound, taken) > bound.gate]
    missed += ["bytes of a lesson"] if sent > LESSON_BYTES else []
    print(f"missed: {', '.join(missed)}" if missed else "met")
    return 1 if missed else 0


def ratio(bound: Bound, taken: dict[str, Taken]) -> float:
    return taken[bound.subject].cpu_ms / taken[bound.floor].cpu_ms


def words(bound: Bound, taken: dict[str, Taken]) -> str:
    """The ratio of a line and its gate, and the goal where that is another one."""
    goal = f", goal {bound.goal:.2f}" if bound.goal != bound.gate else ""
    return f"{ratio(bound, taken):8.2f}   {bound.gate:.2f} x {bound.floor}{goal}"
