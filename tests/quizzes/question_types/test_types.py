"""Which answers each question type accepts, and what they earn."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from wagtail.blocks import StructBlockValidationError

from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES, TYPES, authoring_blocks
from quizzes.question_types.base import BadAnswer
from quizzes.question_types.cloze import Cloze
from quizzes.question_types.matching import Matching
from quizzes.question_types.multiple import MultipleChoice
from quizzes.question_types.numeric import Numeric
from quizzes.question_types.ordering import Ordering
from quizzes.question_types.schema import flaws_in
from quizzes.question_types.single import SingleChoice
from quizzes.question_types.truefalse import TrueFalse
from tests.quizzes.factories import ITEMS, body, keys, loaded

pytestmark = pytest.mark.once

EACH_TYPE = pytest.mark.parametrize("question_type", TYPES, ids=list(QUESTION_TYPES))
single, multiple, truefalse, numeric = SingleChoice(), MultipleChoice(), TrueFalse(), Numeric()
matching, ordering, cloze = Matching(), Ordering(), Cloze()


def form(**fields) -> MultiValueDict:
    return MultiValueDict({name: value if isinstance(value, list) else [value] for name, value in fields.items()})


def option(name: str) -> str:
    return keys("option", name)


def earned(question_type, payload, **changes) -> Fraction:
    return question_type.grade(body(question_type.name, **changes), payload).earned


@pytest.mark.parametrize(("payload", "credit"), [("a", 1), ("b", 0), (None, 0)])
def test_one_right_answer_earns_all_or_nothing(payload, credit):
    assert earned(single, option(payload) if payload else None) == credit


@pytest.mark.parametrize(
    ("chosen", "credit"),
    [
        ("abc", Fraction(1)),
        ("ab", Fraction(2, 3)),
        ("a", Fraction(1, 3)),
        ("abd", Fraction(1, 3)),
        ("ad", Fraction(0)),
        ("abcde", Fraction(1, 3)),
        ("de", Fraction(0)),
        ("", Fraction(0)),
    ],
)
def test_several_right_answers_earn_right_minus_wrong_over_the_right_ones(chosen, credit):
    assert earned(multiple, [option(name) for name in chosen] or None) == credit


@pytest.mark.parametrize(("payload", "credit"), [("false", 1), ("true", 0), (None, 0)])
def test_true_or_false(payload, credit):
    assert earned(truefalse, payload) == credit


@pytest.mark.parametrize(
    ("right", "credit"), [(3, Fraction(1)), (2, Fraction(2, 3)), (1, Fraction(1, 3)), (0, Fraction(0))]
)
def test_every_right_pair_earns_its_share(right, credit):
    content = body("matching")
    wrong = content["distractors"][0]["id"]
    payload = {
        pair["id"]: pair["right_id"] if number < right else wrong for number, pair in enumerate(content["pairs"])
    }
    assert matching.grade(content, payload).earned == credit


@pytest.mark.parametrize(
    ("order", "credit"),
    [
        ("abcd", Fraction(1)),
        ("abdc", Fraction(1, 3)),
        ("bcda", Fraction(2, 3)),  # one thing at the wrong end costs one neighbourhood, not all places
        ("cdab", Fraction(2, 3)),
        ("dcba", Fraction(0)),
        ("badc", Fraction(0)),
    ],
)
def test_an_order_earns_the_share_of_things_followed_by_the_right_one(order, credit):
    assert earned(ordering, [keys("item", name) for name in order]) == credit
    assert earned(ordering, None) == 0


WRONG_TYPES = [
    (single, form(answer=["x", "y"])),
    (single, form(answer="not-an-option")),
    (truefalse, form(answer="yes")),
    (multiple, form(answer=[option("a"), "not-an-option"])),
    (numeric, form(answer=["1", "2"])),
    (matching, form(**{"pair-" + keys("pair", "a"): "not-a-choice"})),
    (matching, form(**{"pair-of-another-item": "x"})),
    (ordering, form(**{"place-" + keys("item", "a"): "1"})),
    (ordering, form(**{"place-" + keys("item", name): "1" for name in "abcd"})),
    (ordering, form(**{"place-" + keys("item", name): str(place) for place, name in enumerate("abcd", 2)})),
    (ordering, form(**{"place-of-another-item": "1"})),
]


@pytest.mark.parametrize(("question_type", "data"), WRONG_TYPES)
def test_an_answer_of_the_wrong_type_or_to_another_question_is_refused_in_words(question_type, data):
    with pytest.raises(BadAnswer) as refused:
        question_type.parse(data, body(question_type.name))
    assert str(refused.value) != ""


@EACH_TYPE
def test_an_empty_form_is_no_answer(question_type):
    assert question_type.parse(MultiValueDict(), body(question_type.name)) is None


@EACH_TYPE
def test_the_key_posted_as_a_form_comes_back_and_earns_everything(question_type):
    content = body(question_type.name)
    assert question_type.parse(question_type.fields(question_type.key(content)), content) == question_type.key(content)
    assert (
        question_type.name in MARKED_BY_PEOPLE or question_type.grade(content, question_type.key(content)).earned == 1
    )


def flipped(content: dict) -> list[dict]:
    return [{**row, "correct": not row.get("correct")} for row in content.get("options", [])]


def other_gap(gap: dict) -> dict:
    return {**gap, "answers": ["other"], "options": list(reversed(gap["options"]))}


@EACH_TYPE
def test_what_is_asked_is_the_same_whatever_the_key_is(question_type):
    """The page must not depend on the key: here the key changes and the page does not."""
    content = body(question_type.name)
    order = question_type.order(content, Random(1))
    asked = str(question_type.ask(content, order, MultiValueDict()))
    other = {
        "single": {"options": flipped(content)},
        "multiple": {"options": flipped(content)},
        "weighted": {"options": [{**row, "points": -row.get("points", 0)} for row in content.get("options", [])]},
        "truefalse": {"answer": True},
        "reasoned": {"answer": not content.get("answer"), "options": flipped(content)},
        "kprim": {"statements": [{**row, "true": not row["true"]} for row in content.get("statements", [])]},
        "numeric": {"answer": "3", "tolerance": "9"},
        "short": {"keywords": [], "wanted": 9},
        "cloze": {"gaps": [other_gap(gap) for gap in content.get("gaps", [])]},
        "matching": {"pairs": paired_otherwise(content.get("pairs", []))},
        "categorise": {"things": [{**thing, "category": "other"} for thing in content.get("things", [])]},
        "freetext": {"criteria": [], "tolerance": 5, "markers": 1, "model": "Other.", "feedback": "Other."},
        "ordering": {"items": list(reversed(content.get("items", [])))},
        "case": {"steps": [{**step, "options": flipped(step)} for step in content.get("steps", [])]},
    }[question_type.name]
    assert str(question_type.ask({**content, **other}, order, MultiValueDict())) == asked


def paired_otherwise(pairs: list[dict]) -> list[dict]:
    """Each prompt with the target of the next."""
    following = [*pairs[1:], *pairs[:1]]
    return [
        pair | {"right": other["right"], "right_id": other["right_id"]}
        for pair, other in zip(pairs, following, strict=True)
    ]


def test_the_names_of_gaps_are_for_authors_only():
    """Authors often name a gap after its answer."""
    gaps = [{"id": "kanari", "answers": ["one"]}, {"id": "vogel", "answers": ["two"], "wrong": ["three"]}]
    content = body("cloze", text="First [[kanari]], then [[vogel]].", gaps=gaps)
    asked = str(cloze.ask(content, cloze.order(content, Random(1)), MultiValueDict()))
    assert [word for word in ("kanari", "vogel", "[[") if word in asked] == []


def test_the_two_sides_of_a_pair_do_not_share_an_id():
    content = body("matching")
    lefts = {pair["id"] for pair in content["pairs"]}
    rights = {pair["right_id"] for pair in content["pairs"]}
    assert lefts & rights == set()


def test_things_to_order_never_stand_in_the_right_order():
    content = body("ordering")
    key = [thing["id"] for thing in content["items"]]
    assert key not in [ordering.order(content, Random(seed)) for seed in range(200)]


def test_options_in_a_fixed_order_stay_in_it():
    content = body("single", fixed_order=True)
    assert {tuple(single.order(content, Random(seed))) for seed in range(20)} == {tuple(map(option, "abc"))}
    assert len({tuple(single.order(body("single"), Random(seed))) for seed in range(20)}) > 1


def options(*rights: bool):
    return [{"text": f"Option {n}", "correct": right, "feedback": "Yes."} for n, right in enumerate(rights)]


@pytest.mark.parametrize(
    ("question_type", "value"),
    [
        (single, {"options": options(False, False), "fixed_order": False}),
        (single, {"options": options(True, True), "fixed_order": False}),
        (multiple, {"options": options(False, False), "fixed_order": False}),
        (single, {"options": [row | {"text": "Both"} for row in options(True, False)], "fixed_order": False}),
        (
            matching,
            {"pairs": [{"left": "a", "right": "x", "feedback": ""}, {"left": "b", "right": "X", "feedback": ""}]},
        ),
        (ordering, {"items": ["one", "two", "One "], "feedback": "Yes."}),
        (numeric, {"answer": Decimal(1), "tolerance": Decimal(-1), "unit": "", "feedback": "Yes."}),
        (numeric, {"answer": Decimal("1e5000"), "tolerance": Decimal(0), "unit": "", "feedback": "Yes."}),
        (numeric, {"answer": Decimal(1), "tolerance": Decimal("1e-16"), "unit": "", "feedback": "Yes."}),
    ],
)
def test_authors_see_what_a_question_lacks(question_type, value):
    block = question_type.block()
    value_with_defaults = {**{name: block.child_blocks[name].get_default() for name in block.child_blocks}, **value}
    with pytest.raises((StructBlockValidationError, ValidationError)):
        block.clean(block.normalize(value_with_defaults))


@EACH_TYPE
def test_a_sample_of_each_kind_is_free_of_flaws_for_authors_and_packages(question_type):
    block = question_type.block()
    block.clean(block.to_python(loaded(question_type.name, ITEMS[question_type.name], keys)))
    assert flaws_in(question_type.schema, ITEMS[question_type.name]) == []


ODD = [5, 2.5, "odd", "", None, True, [], {}, [5], [None], ["odd"], [{}], [[]], [{"id": 5}], [{"id": "a", "text": 5}]]


@EACH_TYPE
def test_every_value_of_a_package_field_is_checked_without_a_crash(question_type):
    sample = ITEMS[question_type.name]
    fields = question_type.schema.model_fields
    flaws_by_field = {name: [flaws_in(question_type.schema, sample | {name: odd}) for odd in ODD] for name in fields}
    assert [name for name, flaws in flaws_by_field.items() if not any(flaws)] == []


def paths(name: str, item: dict) -> list[tuple]:
    return [path for path, _why in flaws_in(QUESTION_TYPES[name].schema, item)]


def test_a_flaw_names_its_row_whatever_row_is_before_it():
    criteria = ["no row", {"id": "a", "label": "Asks", "guide": "", "points": 99}]
    assert ("criteria", 1, "points") in paths("freetext", {"criteria": criteria})
    categories = ["no row", {"id": "a", "name": "Drugs", "things": "none"}]
    assert ("categories", 1, "things") in paths("categorise", {"categories": categories})
    gaps = ["no row", {"id": "a", "answers": "none"}]
    assert ("gaps", 1, "answers") in paths("cloze", {"gaps": gaps})


@pytest.mark.parametrize("number", ["1e5000", "1e999999999", "1e-999999999", "1" * 13, "0." + "1" * 16])
def test_a_package_says_that_a_number_is_longer_than_any_answer(number):
    item = ITEMS["numeric"]
    assert paths("numeric", item | {"answer": number}) == [("answer",)]
    assert paths("numeric", item | {"tolerance": number}) == [("tolerance",)]
    assert paths("numeric", item | {"answer": "-123456789012.123456789012345"}) == []


def test_the_registry_is_the_only_list_of_types():
    assert list(QUESTION_TYPES) == list(authoring_blocks().child_blocks)
