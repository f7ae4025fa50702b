"""Phones on a bad line, as quiz.js is one: every choice is a numbered operation, kept until the server has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Answer = Any


@dataclass(frozen=True)
class Operation:
    """One request on its way. Nothing on the air is ever gone for good: it may arrive never, late, or several times."""

    phone: int
    item: int
    op: int
    answer: Answer


@dataclass
class Phone:
    number: int
    ops: dict[int, int] = field(default_factory=dict)  # the highest number this page knows, by item
    unsent: dict[int, Operation] = field(default_factory=dict)  # what waits, by item

    def choose(self, item: int, answer: Answer) -> Operation:
        return self._keep(item, self.ops.get(item, 0) + 1, answer)

    def _keep(self, item: int, op: int, answer: Answer) -> Operation:
        self.ops[item] = op
        self.unsent[item] = Operation(self.number, item, op, answer)
        return self.unsent[item]

    def hear(self, sent: Operation, status: int, latest: int = 0) -> None:
        """A reply has arrived."""
        if status == 410:
            self.unsent.clear()
            return
        self.ops[sent.item] = max(self.ops.get(sent.item, 0), latest)
        if self.unsent.get(sent.item) != sent:
            return
        if status == 200 and latest == sent.op:
            del self.unsent[sent.item]
        else:
            self._keep(sent.item, latest + 1, sent.answer)

    def restart(self, newest: dict[int, int]) -> None:
        """The page is loaded again: it knows what the server says, and what it has not sent."""
        waiting = {item: kept.op for item, kept in self.unsent.items()}
        self.ops = {item: max(newest.get(item, 0), waiting.get(item, 0)) for item in newest | waiting}
