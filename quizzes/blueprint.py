"""What a test is drawn from, and what the bank can give. Pure: cells and cards in, keys of questions out.

A cell asks for so many questions of a pool, a module, a level, or for one question by its key. A question may fit several
cells, so cells are filled as in a bipartite matching: by augmenting paths (Kuhn 1955), which find a full paper whenever there is one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from uuid import UUID

MOST_STEPS = 200_000  # of counting; a blueprint that asks for more is one nobody needs to count


@dataclass(frozen=True)
class Card:
    """One published question of the bank, as far as drawing is concerned."""

    key: UUID
    pool: str
    module: str = ""
    level: str = ""
    critical: bool = False
    by_people: bool = False


@dataclass(frozen=True)
class Cell:
    """So many questions that fit; what is empty asks for nothing. What people mark fits only where it is named by its key."""

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
    """A cell that the bank cannot fill: how many questions are lacking."""

    cell: Cell
    lacking: int


class CannotFill(Exception):
    """The bank has too few published questions for this test; `missing` says for which cells (none: it has no cells)."""

    def __init__(self, missing: Sequence[Missing] = ()):
        super().__init__(f"too few questions: {missing}")
        self.missing = missing


def pick(
    cells: Sequence[Cell], cards: Iterable[Card], draw: random.Random, seen: Mapping[UUID, int] | None = None
) -> list[UUID]:
    """The keys of a paper, cell by cell, none twice; those seen least often come first. Raises CannotFill."""
    drawn, missing = _drawn(cells, cards, draw, seen or {})
    if missing or not cells:
        raise CannotFill(missing)
    return drawn


def shortage(cells: Sequence[Cell], cards: Iterable[Card]) -> list[Missing]:
    """The cells that cannot be filled beside the others, with how many are lacking."""
    return _drawn(cells, cards, random.Random(0), {})[1]  # noqa: S311 - any draw shows it


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
    """Give a slot a question that is free, or one whose slot can take another."""
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


def papers(cells: Sequence[Cell], cards: Iterable[Card]) -> int | None:
    """How many different papers (sets of questions) the bank allows; None where they are too many to count."""
    wanted: Counter[Cell] = Counter()
    for cell in cells:
        wanted[cell] += cell.count
    fit_sets = Counter(frozenset(cell for cell in wanted if cell.fits(card)) for card in cards)
    fit_sets.pop(frozenset(), None)
    counts = [_papers_of(group, wanted, fit_sets) for group in _groups(wanted, fit_sets)]
    return None if None in counts else prod(filter(lambda one: one is not None, counts))  # type: ignore[arg-type]


def _groups(wanted: Counter[Cell], fit_sets: Counter[frozenset[Cell]]) -> Iterator[set[Cell]]:
    """Cells that share questions, directly or over others: each group is counted by itself."""
    left = set(wanted)
    while left:
        group, grown = {left.pop()}, True
        while grown:
            touching = set().union(*(cells for cells in fit_sets if cells & group), set())
            grown = not touching <= group
            group |= touching
        left -= group
        yield group


def _papers_of(group: set[Cell], wanted: Counter[Cell], fit_sets: Counter[frozenset[Cell]]) -> int | None:
    """Ways to take x questions of each kind (those that fit the same cells), over all x with which the group can be filled."""
    kinds = [(cells, have) for cells, have in fit_sets.items() if cells <= group]
    total = sum(wanted[cell] for cell in group)
    # Hall's condition: what fits only these cells is no more than they take, for each choice of cells.
    limits = (
        [
            (set(chosen), sum(wanted[cell] for cell in chosen))
            for size in range(1, len(group) + 1)
            for chosen in combinations(group, size)
        ]
        if len(group) <= 10
        else None
    )
    if limits is None:
        return None
    steps = 0

    def ways(number: int, taken: list[int], left: int) -> int:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise OverflowError
        if number == len(kinds):
            fine = not left and all(
                sum(some for (cells, _have), some in zip(kinds, taken, strict=True) if cells <= chosen) <= most
                for chosen, most in limits
            )
            return int(fine)
        have = kinds[number][1]
        return sum(
            comb(have, some) * ways(number + 1, [*taken, some], left - some) for some in range(min(have, left) + 1)
        )

    try:
        return ways(0, [], total)
    except OverflowError:
        return None
