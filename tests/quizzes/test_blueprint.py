"""Drawing fills a paper whenever the bank can, prefers questions seen least, and names what is missing."""

from collections import Counter
from itertools import combinations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.blueprint import CannotFill, Card, Cell, Missing, most_papers, pick, shortage

pytestmark = pytest.mark.once


def card(number: int, pool: str = "p1", module: str = "m1", level: str = "apply") -> Card:
    return Card(UUID(int=number), pool, module, level)


BANK = [
    *(card(number, "p1", level=("apply", "remember")[number % 2]) for number in range(6)),
    *(card(number, "p2", level="apply") for number in range(6, 9)),
]


def test_a_paper_is_drawn_cell_by_cell_without_repeats():
    cells = [Cell(2, "p1", level="apply"), Cell(1, key=UUID(int=1)), Cell(2, "p2"), Cell(3, module="m1")]
    drawn = pick(cells, BANK, Random(3))
    cards = {known.key: known for known in BANK}
    slots = [cell for cell in cells for _ in range(cell.count)]
    assert len(set(drawn)) == len(drawn) == 8
    assert all(cell.fits(cards[key]) for cell, key in zip(slots, drawn, strict=True))
    assert pick(cells, BANK, Random(3)) == drawn != pick(cells, BANK, Random(4))


def test_a_wide_cell_gives_way_to_a_narrow_one():
    """Taken greedily, "any two of p1" could use up the only question at the level the second cell wants."""
    bank = [card(1, level="remember"), card(2), card(3)]
    for seed in range(30):
        drawn = pick([Cell(2, "p1"), Cell(1, "p1", level="remember")], bank, Random(seed))
        assert drawn[2] == UUID(int=1)


def test_what_is_lacking_is_named_by_cell():
    cells = [Cell(4, "p2"), Cell(2, "p9"), Cell(1, "p1")]
    assert shortage(cells, BANK) == [Missing(cells[0], 1), Missing(cells[1], 2)]
    with pytest.raises(CannotFill) as refused:
        pick(cells, BANK, Random(0))
    assert refused.value.missing == shortage(cells, BANK)
    with pytest.raises(CannotFill):
        pick([], BANK, Random(0))


def test_what_was_seen_least_comes_first():
    seen = Counter({UUID(int=number): 1 for number in range(4)}) + Counter({UUID(int=0): 1})
    assert set(pick([Cell(2, "p1")], BANK, Random(1), seen)) == {UUID(int=4), UUID(int=5)}
    five = pick([Cell(5, "p1")], BANK, Random(1), seen)
    assert UUID(int=0) not in five, "seen twice, so it is the one left out"


def test_every_question_has_the_same_chance():
    drawn = Counter(key for seed in range(3000) for key in pick([Cell(2, "p1")], BANK, Random(seed)))
    assert len(drawn) == 6
    assert all(850 < times < 1150 for times in drawn.values()), drawn  # 1000 each; 150 is six standard deviations


def test_how_many_papers_there_are_at_most():
    assert most_papers([Cell(2, "p1"), Cell(1, "p2")], BANK) == 15 * 3
    assert most_papers([Cell(7, "p1")], BANK) == 0
    assert most_papers([Cell(1, "p1"), Cell(1, "p1")], BANK) == 15  # the same two questions are one paper
    assert most_papers([Cell(1, key=UUID(int=1))], BANK) == 1


cells_of_some = st.lists(
    st.builds(
        Cell,
        st.integers(1, 2),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from(["", "apply"]),
    ),
    min_size=1,
    max_size=3,
)
some_cards = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["apply", "remember"])), max_size=7
).map(lambda rows: [card(number, *row) for number, row in enumerate(rows)])


def fits_somehow(cells: list[Cell], chosen: tuple[Card, ...]) -> bool:
    """Whether the cells can take the chosen cards; tries every assignment."""
    if not cells:
        return not chosen
    first, rest = cells[0], cells[1:]
    return any(
        first.fits(candidate) and fits_somehow(rest, chosen[:at] + chosen[at + 1 :])
        for at, candidate in enumerate(chosen)
    )


@given(cells_of_some, some_cards)
def test_filled_and_bounded_as_by_trying_everything(cells, cards):
    slots = [cell for cell in cells for _ in range(cell.count)]
    every = [chosen for chosen in combinations(cards, len(slots)) if fits_somehow(slots, chosen)]
    assert most_papers(cells, cards) >= len(every)
    assert bool(shortage(cells, cards)) == (not every)
