"""Draw questions for a blueprint, and find what the bank lacks. Pure: cells and cards in, keys of questions out.

A cell asks for a number of questions of a pool, a module, a level, or for one question by its key. A question may fit
several cells, so the cells are filled as a bipartite matching with augmenting paths (Kuhn 1955). This finds a full
paper whenever there is one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, prod
from uuid import UUID


@dataclass(frozen=True)
class Card:
    """One published question of the bank, with the fields that a draw needs."""

    key: UUID
    pool: str
    module: str = ""
    level: str = ""
    critical: bool = False
    by_people: bool = False


@dataclass(frozen=True)
class Cell:
    """One line of a blueprint: draw `count` questions that match every non-empty field.

    Questions marked by people are drawn only when named by `key`.
    """

    count: int
    pool: str = ""
    module: str = ""
    level: str = ""
    key: UUID | None = None

    def fits(self, card: Card) -> bool:
        wanted = ((self.pool, card.pool), (self.module, card.module), (self.level, card.level), (self.key, card.key))
        return (self.key is not None or not card.by_people) and all(want in ("", None, have) for want, have in wanted)


@dataclass(frozen=True)
class Missing:
    """A cell that the bank cannot fill, and how many questions are missing."""

    cell: Cell
    lacking: int


class CannotFill(Exception):
    """The bank has too few published questions. `missing` lists the cells; it is empty when the test has no cells."""

    def __init__(self, missing: Sequence[Missing] = ()):
        super().__init__(f"too few questions: {missing}")
        self.missing = missing


def pick(
    cells: Sequence[Cell], cards: Iterable[Card], draw: random.Random, seen: Mapping[UUID, int] | None = None
) -> list[UUID]:
    """Draw a paper: question keys, cell by cell, without repeats. Prefers those seen least often. Raises CannotFill."""
    drawn, missing = _drawn(cells, cards, draw, seen or {})
    if missing or not cells:
        raise CannotFill(missing)
    return drawn


def shortage(cells: Sequence[Cell], cards: Iterable[Card]) -> list[Missing]:
    """The cells that cannot be filled together with the others, each with the number of missing questions."""
    return _drawn(cells, cards, random.Random(0), {})[1]  # noqa: S311 - every draw finds a shortage


def _drawn(
    cells: Sequence[Cell], cards: Iterable[Card], draw: random.Random, seen: Mapping[UUID, int]
) -> tuple[list[UUID], list[Missing]]:
    order = sorted(cards, key=lambda card: card.key)
    draw.shuffle(order)
    order.sort(key=lambda card: seen.get(card.key, 0))
    fitting = {cell: [card.key for card in order if cell.fits(card)] for cell in set(cells)}
    slots = [cell for cell in cells for _ in range(cell.count)]
    holder: dict[UUID, int] = {}  # question -> slot
    lacking = Counter(slots[number] for number in range(len(slots)) if not _fill(number, slots, fitting, holder, set()))
    by_slot = {slot: key for key, slot in holder.items()}
    missing = [Missing(cell, lacking[cell]) for cell in dict.fromkeys(cells) if lacking[cell]]
    return [by_slot[number] for number in range(len(slots)) if number in by_slot], missing


def _fill(
    slot: int, slots: list[Cell], fitting: dict[Cell, list[UUID]], holder: dict[UUID, int], tried: set[UUID]
) -> bool:
    """Give a slot a free question, or one whose slot can take a different question; False if there is neither."""
    options = fitting[slots[slot]]
    free = next((key for key in options if key not in holder), None)
    if free is not None:
        holder[free] = slot
        return True
    for key in options:
        if key not in tried:
            tried.add(key)
            if _fill(holder[key], slots, fitting, holder, tried):
                holder[key] = slot
                return True
    return False


def most_papers(cells: Sequence[Cell], cards: Iterable[Card]) -> int:
    """Return an upper bound of how many different papers (sets of questions) the bank allows.

    It is exact where no two cells share questions; shared questions are counted for each cell that they fit. A question
    that a cell names by its key is in every paper, so no other cell draws it.
    """
    wanted: Counter[Cell] = Counter()
    for cell in cells:
        wanted[cell] += cell.count
    named = {cell.key for cell in wanted if cell.key}
    bank = list(cards)

    def fitting(cell: Cell) -> int:
        return sum(cell.fits(card) and (cell.key is not None or card.key not in named) for card in bank)

    return prod(comb(fitting(cell), count) for cell, count in wanted.items())
