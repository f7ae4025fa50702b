"""Any answer a kind could store, for the properties that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from quizzes.question_types.choice_base import option_ids
from quizzes.question_types.truefalse import BOTH

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip).filter(bool)
NUMBERS = st.decimals(-100, 100, places=2).map(lambda number: f"{number.normalize():f}")


def some_of(ids) -> st.SearchStrategy:
    return st.lists(st.sampled_from(sorted(ids)), unique=True, min_size=1).map(sorted)


def for_each(given: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    """Some of these names with a value each, one at least."""
    return st.fixed_dictionaries({}, optional=given).filter(bool)


def of_pairs(body: dict) -> st.SearchStrategy:
    rights = st.sampled_from([pair["right_id"] for pair in body["pairs"]] + [row["id"] for row in body["distractors"]])
    return for_each({pair["id"]: rights for pair in body["pairs"]})


def of_gaps(body: dict) -> st.SearchStrategy:
    def of(gap):
        said = st.sampled_from([*gap["answers"], "other"]) | WORDS
        return st.sampled_from([option["id"] for option in gap["options"]]) if gap["options"] else said

    return for_each({gap["id"]: of(gap) for gap in body["gaps"]})


@st.composite
def of_steps(draw, body: dict):
    """So many steps settled with an answer each, the open one answered or not; nothing where nothing was answered."""
    settled = draw(st.integers(0, len(body["steps"]) - 1))
    answers = {}
    for place, step in enumerate(body["steps"][: settled + 1]):
        if place < settled or draw(st.booleans()):
            one = st.sampled_from(option_ids(step)).map(lambda name: [name])
            answers[step["id"]] = draw(some_of(option_ids(step)) if step["several"] else one)
    return {"answers": answers, "settled": settled} if answers else None


def of_words(body: dict) -> st.SearchStrategy:
    ways = [way for found in body["keywords"] for way in found["ways"]]
    return st.lists(st.sampled_from(ways), min_size=1).map(" and ".join).map(lambda text: text[:300].strip()) | WORDS


ANSWERS = {
    "single": lambda body: st.sampled_from(option_ids(body)),
    "multiple": lambda body: some_of(option_ids(body)),
    "weighted": lambda body: some_of(option_ids(body)),
    "truefalse": lambda body: st.sampled_from(BOTH),
    "reasoned": lambda body: for_each(
        {"answer": st.sampled_from(BOTH), "reason": st.sampled_from(option_ids(body))},
    ),
    "kprim": lambda body: for_each({found["id"]: st.sampled_from(BOTH) for found in body["statements"]}),
    "numeric": lambda body: NUMBERS,
    "short": of_words,
    "cloze": of_gaps,
    "matching": of_pairs,
    "categorise": lambda body: for_each(
        {thing["id"]: st.sampled_from([found["id"] for found in body["categories"]]) for thing in body["things"]}
    ),
    "ordering": lambda body: st.permutations([thing["id"] for thing in body["items"]]),
    "case": of_steps,
    "freetext": lambda body: WORDS,
}


def answers(kind: str, body: dict) -> st.SearchStrategy:
    """None, or an answer in the form of the kind."""
    assert kind in ANSWERS, f"say in tests/quizzes/answering.py what an answer to the kind {kind} is"
    return st.none() | ANSWERS[kind](body)
