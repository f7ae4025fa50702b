"""Our marks agree with published worked examples, or with the published rule."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.datastructures import MultiValueDict

from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import BadAnswer
from tests.quizzes.factories import body, keys

pytestmark = pytest.mark.once

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def options(**points) -> list[dict]:
    rows = [{"id": name, "text": f"Option {name}", "points": worth} for name, worth in points.items()]
    return [{**row, "correct": row["points"] > 0, "feedback": "Said."} for row in rows]


def without(rows: list[dict], field: str) -> list[dict]:
    return [{name: value for name, value in row.items() if name != field} for row in rows]


def chosen(names: str) -> list[str]:
    return [keys("option", name) for name in names]


def earned(kind: str, payload, **item) -> Fraction:
    return QUESTION_TYPES[kind].grade(body(kind, **item), payload or None).earned


# The Open University's multi-response type (README of moodle-qtype_oumultiresponse): which of these are mammals?
MAMMALS = without(options(A=1, B=-1, C=-1, D=1, E=1, F=-1, G=1), "points")


@pytest.mark.parametrize(
    ("names", "credit"),
    [("ADEG", 1), ("D", Fraction(1, 4)), ("ADEGF", Fraction(3, 4)), ("ADEBC", Fraction(1, 4)), ("BCF", 0)],
)
def test_several_right_answers_are_marked_as_the_open_university_does(names, credit):
    assert earned("multiple", chosen(names), options=MAMMALS) == credit


# Moodle's multiple choice with fractions: the grades of what was chosen are added up, and a sum below nothing is nothing.
# 50 %, 50 %, -33⅓ %, -33⅓ % and 0 %, as points.
FRACTIONS = without(options(a=3, b=3, c=-2, d=-2, e=0), "correct")


@pytest.mark.parametrize(
    ("names", "credit"),
    [
        ("ab", 1),
        ("a", HALF),
        ("ac", HALF - THIRD),
        ("abc", 1 - THIRD),
        ("abcd", 1 - 2 * THIRD),
        ("acd", 0),  # 50 - 66⅔ %
        ("cd", 0),
        ("abe", 1),  # what is worth nothing costs nothing
        ("e", 0),
        ("", 0),
    ],
)
def test_points_and_penalties_add_up_as_moodles_fractions_do(names, credit):
    assert earned("weighted", chosen(names), options=FRACTIONS) == credit


def test_right_answers_of_unequal_weight_earn_by_their_weight():
    weights = without(options(a=75, b=25, c=-100), "correct")
    marks = {names: earned("weighted", chosen(names), options=weights) for names in ("a", "b", "ab", "ac", "abc")}
    assert marks == {"a": Fraction(3, 4), "b": Fraction(1, 4), "ab": 1, "ac": 0, "abc": 0}


# Krebs, Bern 2004, and Moodle's qtype_kprime and qtype_mtf ("kprime" scoring): all four the point, three half of it.
KPRIM_KEY = {"a": "true", "b": "false", "c": "true", "d": "false"}


@pytest.mark.parametrize(("wrong", "credit"), [("", 1), ("a", HALF), ("d", HALF), ("ab", 0), ("abc", 0), ("abcd", 0)])
@pytest.mark.parametrize("how", ["wrongly judged", "not judged"])
def test_four_judgements_earn_the_point_three_half_and_fewer_nothing(wrong, credit, how):
    other = {"true": "false", "false": "true"}
    judged = {name: (other[word] if name in wrong else word) for name, word in KPRIM_KEY.items()}
    if how == "not judged":
        judged = {name: word for name, word in judged.items() if name not in wrong}
    payload = {keys("statement-to-judge", name): word for name, word in judged.items()}
    assert earned("kprim", payload) == credit


@pytest.mark.parametrize(
    ("answer", "reason", "credit"),
    [("true", "a", 1), ("true", "b", 0), ("false", "a", 0), ("false", "b", 0), ("true", None, 0), (None, "a", 0)],
)
def test_the_two_tiers_of_treagust_count_together_or_not_at_all(answer, reason, credit):
    payload = {"answer": answer, "reason": reason and keys("option", reason)}
    assert earned("reasoned", {name: value for name, value in payload.items() if value}) == credit


# Moodle's embedded answers: each gap is a question of its own weight; here all weigh the same.
CAPITALS = {
    "text": "Berlin lies in [[land]], Paris in [[other]], and [[third]] in Italy.",
    "gaps": [
        {"id": "land", "answers": ["Germany", "Deutschland"]},
        {"id": "other", "answers": ["France"]},
        {"id": "third", "answers": ["Rome"], "wrong": ["Lisbon", "Athens"]},
    ],
}


@pytest.mark.parametrize(
    ("answers", "credit"),
    [
        ({"land": "germany", "other": "FRANCE", "third": "Rome"}, 1),
        ({"land": "Deutschland", "other": "France", "third": "Athens"}, 2 * THIRD),
        ({"land": "Germany"}, THIRD),
        ({"third": "Rome"}, THIRD),
        ({"land": "France", "other": "Germany", "third": "Lisbon"}, 0),
        ({}, 0),
    ],
)
def test_gaps_are_embedded_answers_of_equal_weight(answers, credit):
    content = body("cloze", **CAPITALS)
    gaps = {gap["name"]: gap for gap in content["gaps"]}
    ids = {option["text"]: option["id"] for option in gaps["third"]["options"]}
    payload = {gaps[name]["id"]: ids.get(answer, answer) for name, answer in answers.items()}
    assert QUESTION_TYPES["cloze"].grade(content, payload or None).earned == credit


@pytest.mark.parametrize(("right", "credit"), [(4, 1), (3, Fraction(3, 4)), (1, Fraction(1, 4)), (0, 0)])
def test_things_in_their_category_earn_equal_shares_like_pairs_of_moodles_matching(right, credit):
    content = body("categorise")
    other = {thing["id"]: thing["category"] for thing in content["things"]}
    names = [row["id"] for row in content["categories"]]
    for thing in content["things"][right:]:
        other[thing["id"]] = next(name for name in names if name != thing["category"])
    assert QUESTION_TYPES["categorise"].grade(content, other).earned == credit


@pytest.mark.parametrize(
    ("answer", "credit"),
    [
        ("miosis", HALF),
        ("Miosis and bradypnoea", 1),
        ("miosis, small pupils, pinpoint pupils", HALF),  # one thing three times
        ("bradypnoea; miosis; unconsciousness", 1),  # more than wanted earns no more
        ("fever", 0),
        ("bradypnoea, miosis, and dilated veins", 0),  # an unwanted word takes all credit
        ("bradypnoea and miosis, not wide at all", 1),
    ],
)
def test_naming_two_of_three_earns_a_half_each(answer, credit):
    assert earned("short", answer) == credit


def test_the_steps_of_a_case_earn_equal_shares_each_by_its_own_rule():
    content = body("case")
    key = QUESTION_TYPES["case"].key(content)["answers"]
    one, two, three = (step["id"] for step in content["steps"])
    half_of_two = {**key, two: key[two][:1]}

    def earned_for(answers):
        return QUESTION_TYPES["case"].grade(content, {"answers": answers, "settled": 0}).earned

    assert earned_for(key) == 1
    assert earned_for({one: key[one]}) == THIRD
    assert earned_for(half_of_two) == 2 * THIRD + THIRD * HALF
    assert earned_for({**key, three: key[one]}) == 2 * THIRD


# Moodle's manual: with the answer 30 and an accepted error of 5, any number from 25 to 35 is accepted as correct.
@pytest.mark.parametrize(
    ("answer", "credit"),
    [("25", 1), ("35", 1), ("30", 1), ("24.99", 0), ("35,01", 0), ("٣٠", 1), ("-30", 0), ("3e1", None)],
)
def test_a_number_counts_up_to_the_very_edge_of_its_tolerance(answer, credit):
    item = {"answer": 30, "tolerance": 5, "unit": "mg"}
    content = body("numeric", **item)
    form = MultiValueDict({"answer": [answer]})
    if credit is None:
        with pytest.raises(BadAnswer):
            QUESTION_TYPES["numeric"].parse(form, content)
    else:
        assert earned("numeric", QUESTION_TYPES["numeric"].parse(form, content), **item) == credit


@pytest.mark.parametrize(
    ("answer", "unit", "number"),
    [
        ("5 mg", "mg", "5"),
        ("5mg", "mg", "5"),
        ("5 MG", "mg", "5"),
        ("5 µg", "µg", "5"),
        ("5 g", "mg", None),
        ("5 mg/kg", "mg", None),
        ("5 mmol / l", "mmol / l", "5"),
        ("٥ ملغ", "ملغ", "5"),
    ],
)
def test_another_unit_is_asked_about_and_never_marked(answer, unit, number):
    content = body("numeric", answer=5, tolerance=0, unit=unit)
    form = MultiValueDict({"answer": [answer]})
    if number is None:
        with pytest.raises(BadAnswer, match=unit):
            QUESTION_TYPES["numeric"].parse(form, content)
    else:
        assert QUESTION_TYPES["numeric"].parse(form, content) == number


def test_tenths_are_tenths():
    """0.1 + 0.2 is not 0.3 in binary floating point."""
    item = {"answer": Decimal("0.3"), "tolerance": Decimal("0.1"), "unit": ""}
    assert [earned("numeric", answer, **item) for answer in ("0.2", "0.4", "0.19999", "0.40001")] == [1, 1, 0, 0]
