"""Properties that hold for any paper and any answers."""

import json
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from quizzes import grading
from quizzes.grading import grade
from quizzes.kinds import MODULES
from tests.quizzes.factories import content

CONTENTS = {module.NAME: content(module.NAME, ["1.3.6"]) for module in MODULES}


def some_answer(kind: str, draw: st.DrawFn):
    """Any answer the kind could store, none included."""
    body = CONTENTS[kind]["body"]
    if kind in ("single", "multiple"):
        ids = [option["id"] for option in body["options"]]
        one, many = st.sampled_from(ids), st.lists(st.sampled_from(ids), unique=True, min_size=1)
        return draw(st.none() | (one if kind == "single" else many))
    if kind == "truefalse":
        return draw(st.sampled_from([None, "true", "false"]))
    if kind == "numeric":
        return draw(st.none() | st.decimals(-100, 100, places=2).map(str))
    if kind == "matching":
        rights = [pair["right_id"] for pair in body["pairs"]] + [extra["id"] for extra in body["distractors"]]
        lefts = st.sampled_from([pair["id"] for pair in body["pairs"]])
        return draw(st.none() | st.dictionaries(lefts, st.sampled_from(rights), min_size=1))
    return draw(st.none() | st.permutations([thing["id"] for thing in body["items"]]))


@st.composite
def sittings(draw):
    kinds = draw(st.lists(st.sampled_from(list(CONTENTS)), min_size=1, max_size=8))
    return [CONTENTS[kind] for kind in kinds], {
        position: some_answer(kind, draw) for position, kind in enumerate(kinds, 1)
    }


def keys_of(paper) -> dict:
    kinds = {module.NAME: module for module in MODULES}
    return {position: kinds[each["kind"]].key(each["body"]) for position, each in enumerate(paper, 1)}


@given(sittings())
def test_a_score_lies_between_nothing_and_a_point_an_item(sitting):
    paper, answers = sitting
    result = grade(paper, answers)
    assert 0 <= result.score <= result.max_score == len(paper)
    assert all(0 <= item.credit.earned <= 1 for item in result.items)


@given(sittings())
def test_full_credit_is_for_the_key_alone(sitting):
    paper, answers = sitting
    keys = keys_of(paper)
    for item, each in zip(grade(paper, answers).items, paper, strict=True):
        given_answer, key = answers[item.position], keys[item.position]
        if each["kind"] == "multiple":
            given_answer, key = set(given_answer or ()), set(key)
        if each["kind"] != "numeric":
            assert item.full == (given_answer == key)
        elif item.full:
            assert abs(Fraction(given_answer) - Fraction(key)) <= Fraction(3, 10)


@given(sittings())
def test_no_answer_earns_nothing(sitting):
    paper, _answers = sitting
    assert grade(paper, {}).score == 0


@given(sittings())
def test_the_key_earns_everything_and_passes_any_mark(sitting):
    paper, _answers = sitting
    result = grade(paper, keys_of(paper))
    assert result.score == len(paper)
    assert result.passes(100)


@given(sittings(), st.integers())
def test_the_order_of_the_options_changes_nothing(sitting, seed):
    paper, answers = sitting
    mixed = json.loads(json.dumps(paper))
    for each in mixed:
        for rows in ("options", "pairs", "distractors"):
            Random(seed).shuffle(each["body"].get(rows, []))
    assert grade(mixed, answers).score == grade(paper, answers).score


@given(sittings())
def test_marking_the_same_paper_after_a_trip_through_json_gives_the_same(sitting):
    paper, answers = sitting
    stored = json.loads(json.dumps([paper, {str(position): answer for position, answer in answers.items()}]))
    assert grade(stored[0], {int(position): answer for position, answer in stored[1].items()}) == grade(paper, answers)


@given(sittings())
def test_points_by_statement_add_up(sitting):
    paper, answers = sitting
    result = grade(paper, answers)
    assert result.by_statement == {"1.3.6": (result.score, len(paper))}


def test_an_item_that_rests_on_two_statements_counts_for_both():
    paper = [content("single", ["1.3.6", "1.3.9"]), content("truefalse", ["1.3.9"])]
    result = grade(paper, {1: keys_of(paper)[1]})
    assert result.by_statement == {"1.3.6": (1, 1), "1.3.9": (1, 2)}


def test_the_pass_mark_is_compared_exactly():
    four_of_five = grading.Result(Fraction(4), 5, [], {})
    a_hair_less = grading.Result(Fraction(4) - Fraction(1, 10**12), 5, [], {})
    thirds = grading.Result(Fraction(2, 3) * 3, 3, [], {})
    assert (four_of_five.passes(80), a_hair_less.passes(80)) == (True, False)
    assert (thirds.passes(66), thirds.passes(67)) == (True, False)


def test_an_empty_paper_is_not_passed():
    assert not grade([], {}).passes(1)
