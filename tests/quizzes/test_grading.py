"""Properties that hold for any paper and any answers."""

import json
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from accounts.shares import pass_mark
from quizzes import grading
from quizzes.answers import decimal
from quizzes.grading import grade
from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from quizzes.question_types.base import FULL
from tests.quizzes.answering import answers as answers_to
from tests.quizzes.factories import content

CONTENTS = {name: content(name, ["1.3.6"]) for name in QUESTION_TYPES}


# Types in which another answer than the key may earn as much: words and numbers can be written in several ways, and an
# option without points changes nothing.
SEVERAL_WAYS = {"numeric", "short", "cloze", "weighted"}


@st.composite
def answered_papers(draw):
    kinds = draw(st.lists(st.sampled_from(list(CONTENTS)), min_size=1, max_size=8))
    return [CONTENTS[kind] for kind in kinds], {
        position: draw(answers_to(kind, CONTENTS[kind]["body"])) for position, kind in enumerate(kinds, 1)
    }


def keys_of(paper) -> dict:
    return {
        position: QUESTION_TYPES[question["kind"]].key(question["body"]) for position, question in enumerate(paper, 1)
    }


@given(answered_papers())
def test_a_score_lies_between_nothing_and_a_point_an_item(answered_paper):
    paper, answers = answered_paper
    result = grade(paper, answers)
    assert 0 <= result.score <= result.max_score == len(paper)
    assert all(0 <= item.credit.earned <= 1 for item in result.items)


@given(score=st.fractions(0, 12, max_denominator=5040), percent=st.integers(1, 100))
def test_a_stored_score_reaches_the_pass_mark_exactly_when_the_score_does(score, percent):
    """7.9996 of 12 points stored as 8 would read as passed."""
    assert grading.Result(score, 12, [], {}).passes(percent) is (decimal(score) >= pass_mark(12, percent))


@given(answered_papers())
def test_full_credit_is_for_the_key_alone(answered_paper):
    paper, answers = answered_paper
    keys = keys_of(paper)
    for item, question in zip(grade(paper, answers).items, paper, strict=True):
        payload, key = answers[item.position], keys[item.position]
        if question["kind"] == "case":  # how far it is settled earns nothing
            payload, key = (answer and answer["answers"] for answer in (payload, key))
        if question["kind"] in MARKED_BY_PEOPLE:
            assert not item.full
        elif question["kind"] not in SEVERAL_WAYS:
            assert item.full == (payload == key)
        elif question["kind"] == "numeric" and item.full:
            assert abs(Fraction(payload) - Fraction(key)) <= Fraction(3, 10)


@given(answered_papers())
def test_no_answer_earns_nothing(answered_paper):
    paper, _answers = answered_paper
    assert grade(paper, {}).score == 0


@given(answered_papers())
def test_the_key_earns_everything_and_passes_any_mark(answered_paper):
    paper, _answers = answered_paper
    people = {position: FULL for position, question in enumerate(paper, 1) if question["kind"] in MARKED_BY_PEOPLE}
    result = grade(paper, keys_of(paper), shares=people)
    assert (result.score, result.pending) == (len(paper), [])
    assert result.passes(100)


@given(answered_papers())
def test_what_people_have_not_marked_is_pending_and_earns_nothing_yet(answered_paper):
    paper, answers = answered_paper
    result = grade(paper, answers)
    texts = [
        position
        for position, question in enumerate(paper, 1)
        if question["kind"] in MARKED_BY_PEOPLE and answers[position]
    ]
    assert [item.position for item in result.pending] == texts
    assert sum(item.credit.earned for item in result.pending) == 0
    assert grade(paper, answers, shares=dict.fromkeys(texts, Fraction(1, 3))).score == result.score + Fraction(
        len(texts), 3
    )


@given(answered_papers(), st.integers())
def test_the_order_of_the_options_changes_nothing(answered_paper, seed):
    paper, answers = answered_paper
    mixed = json.loads(json.dumps(paper))
    for question in mixed:
        for body in (question["body"], *question["body"].get("steps", [])):
            for rows in ("options", "pairs", "distractors", "statements", "keywords", "things", "categories", "steps"):
                Random(seed).shuffle(body.get(rows, []))
    assert grade(mixed, answers).score == grade(paper, answers).score


@given(answered_papers())
def test_marking_the_same_paper_after_a_trip_through_json_gives_the_same(answered_paper):
    paper, answers = answered_paper
    stored = json.loads(json.dumps([paper, {str(position): answer for position, answer in answers.items()}]))
    assert grade(stored[0], {int(position): answer for position, answer in stored[1].items()}) == grade(paper, answers)


@given(answered_papers())
def test_points_by_statement_add_up(answered_paper):
    paper, answers = answered_paper
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
