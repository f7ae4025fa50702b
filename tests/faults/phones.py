"""A model of quiz.js on a bad connection: every choice is a numbered operation, kept until it is acknowledged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Answer = Any


@dataclass(frozen=True)
class Operation:
    """One request that was sent. It may arrive never, late, or several times."""

    phone: int
    item: int
    op: int
    answer: Answer


@dataclass
class Phone:
    number: int
    ops: dict[int, int] = field(default_factory=dict)  # the highest number that this page knows, by question
    unsent: dict[int, Operation] = field(default_factory=dict)  # unsent operations, by question

    def choose(self, item: int, answer: Answer) -> Operation:
        return self._keep(item, self.ops.get(item, 0) + 1, answer)

    def _keep(self, item: int, op: int, answer: Answer) -> Operation:
        self.ops[item] = op
        self.unsent[item] = Operation(self.number, item, op, answer)
        return self.unsent[item]

    def handle_reply(self, sent: Operation, status: int, latest: int = 0) -> None:
        """Handle a reply."""
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
        """Reload the page: it knows the numbers of the server and its own unsent operations."""
        waiting = {item: operation.op for item, operation in self.unsent.items()}
        self.ops = {item: max(newest.get(item, 0), waiting.get(item, 0)) for item in newest | waiting}
