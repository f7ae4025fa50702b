"""Hypothesis strategies for every answer that a question type can store."""

from __future__ import annotations

from hypothesis import strategies as st

from quizzes.question_types.choice_base import option_ids
from quizzes.question_types.text_tokens import unclear_numbers
from quizzes.question_types.truefalse import BOTH

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip).filter(bool)
WORDS = WORDS.filter(lambda text: not list(unclear_numbers(text)))  # they would be refused
NUMBERS = st.decimals(-100, 100, places=2).map(lambda number: f"{number.normalize():f}")


def some_of(ids) -> st.SearchStrategy:
    return st.lists(st.sampled_from(sorted(ids)), unique=True, min_size=1).map(sorted)


def for_each(strategies: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    """A value for at least one of these names."""
    return st.fixed_dictionaries({}, optional=strategies).filter(bool)


def of_pairs(body: dict) -> st.SearchStrategy:
    rights = st.sampled_from([pair["right_id"] for pair in body["pairs"]] + [row["id"] for row in body["distractors"]])
    return for_each({pair["id"]: rights for pair in body["pairs"]})


def of_gaps(body: dict) -> st.SearchStrategy:
    def answers_to_gap(gap):
        typed = st.sampled_from([*gap["answers"], "other"]) | WORDS
        return st.sampled_from([option["id"] for option in gap["options"]]) if gap["options"] else typed

    return for_each({gap["id"]: answers_to_gap(gap) for gap in body["gaps"]})


@st.composite
def of_steps(draw, body: dict):
    """Some settled steps with their answers, and perhaps an answer to the open step. None if nothing is answered."""
    settled = draw(st.integers(0, len(body["steps"]) - 1))
    answers = {}
    for index, step in enumerate(body["steps"][: settled + 1]):
        if index < settled or draw(st.booleans()):
            single = st.sampled_from(option_ids(step)).map(lambda name: [name])
            answers[step["id"]] = draw(some_of(option_ids(step)) if step["several"] else single)
    return {"answers": answers, "settled": settled} if answers else None


def of_words(body: dict) -> st.SearchStrategy:
    ways = [way for keyword in body["keywords"] for way in keyword["ways"]]
    return st.lists(st.sampled_from(ways), min_size=1).map(" and ".join).map(lambda text: text[:300].strip()) | WORDS


ANSWERS = {
    "single": lambda body: st.sampled_from(option_ids(body)),
    "multiple": lambda body: some_of(option_ids(body)),
    "weighted": lambda body: some_of(option_ids(body)),
    "truefalse": lambda body: st.sampled_from(BOTH),
    "reasoned": lambda body: for_each(
        {"answer": st.sampled_from(BOTH), "reason": st.sampled_from(option_ids(body))},
    ),
    "kprim": lambda body: for_each({statement["id"]: st.sampled_from(BOTH) for statement in body["statements"]}),
    "numeric": lambda body: NUMBERS,
    "short": of_words,
    "cloze": of_gaps,
    "matching": of_pairs,
    "categorise": lambda body: for_each(
        {item["id"]: st.sampled_from([row["id"] for row in body["categories"]]) for item in body["things"]}
    ),
    "ordering": lambda body: st.permutations([item["id"] for item in body["items"]]),
    "case": of_steps,
    "freetext": lambda body: WORDS,
}


def answers(kind: str, body: dict) -> st.SearchStrategy:
    """None, or any answer as this question type stores it."""
    assert kind in ANSWERS, f"add the answers to the question type {kind} to tests/quizzes/answering.py"
    return st.none() | ANSWERS[kind](body)
