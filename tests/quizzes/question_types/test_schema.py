"""The flaws that a package schema reports: the path to the field, and the reason in words."""

import copy

import pytest
from pydantic import ValidationError

from quizzes.question_types import QUESTION_TYPES, TYPES
from quizzes.question_types.schema import REASONS, flaws_in
from tests.quizzes.factories import ITEMS

pytestmark = pytest.mark.once

GONE = object()


def changed(name: str, path: tuple, value) -> dict:
    """The sample question of a type with another value at this path."""
    item = place = copy.deepcopy(ITEMS[name])
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return item


def flaws(name: str, item: dict) -> list[tuple]:
    return flaws_in(QUESTION_TYPES[name].schema, item)


FLAWS = [
    # field by field
    ("single", ("options", 1, "feedback"), GONE, "`feedback` is missing"),
    ("single", ("options", 1, "text"), " ", "`text` is empty"),
    ("single", ("options", 1, "text"), 7, "`text` must be a text"),
    ("single", ("options", 1, "text"), "x" * 401, "`text` is longer than 400 characters"),
    ("single", ("options", 1, "text"), "\ud800", "`text` contains a character that cannot be stored"),
    ("single", ("options", 1, "corect"), True, "`corect` is not a known field"),
    ("single", ("options", 1, 5), True, "the name of a field must be a text"),
    ("single", ("options", 0, "correct"), 1, "`correct` must be true or false"),
    ("single", ("options", 1), "no row", "must be written as {id: …, …}"),
    ("single", ("options",), "no rows", "`options` must be a list"),
    ("single", ("options",), [], "`options` must have at least 2 entries"),
    ("single", ("options",), ITEMS["single"]["options"] * 3, "`options` must have at most 8 entries"),
    ("single", ("fixed_order",), "yes", "`fixed_order` must be true or false"),
    ("weighted", ("options", 0, "points"), True, "`points` must be a whole number"),
    ("weighted", ("options", 0, "points"), 101, "`points` must be 100 or less"),
    ("weighted", ("options", 0, "points"), -101, "`points` must be -100 or more"),
    ("numeric", ("answer",), "many", "`answer` must be a number such as 24.8, without a unit"),
    ("numeric", ("answer",), "1e5000", "`answer` may have 12 digits before the point and 15 after it"),
    ("numeric", ("tolerance",), -1, "`tolerance` must be 0 or more"),
    ("short", ("keywords", 0, "ways", 1), "a*", "`a*` needs two letters or a number, and may have at most three *"),
    ("short", ("keywords", 0, "ways", 1), "1,500 mg", "`1,500` can be read as 1500 or as 1.5; write one of these"),
    ("short", ("keywords", 0, "ways", 1), "24*", "`24*` has a * beside a digit, which would accept other numbers"),
    ("short", ("keywords", 0, "ways"), ["5 mg", "5mg."], "`5 mg` and `5mg.` count as the same text"),
    ("short", ("unwanted", 0), "x" * 101, "`unwanted` is longer than 100 characters"),
    ("cloze", ("gaps", 1, "answers", 0), "1.500", "`1.500` can be read as 1500 or as 1.5; write one of these"),
    ("cloze", ("gaps", 1, "answers"), ["0.5 mg", ".50 mg"], "`0.5 mg` and `.50 mg` count as the same text"),
    ("cloze", ("gaps", 1, "answers", 0), "!", "an answer needs a letter or a number, because punctuation is not compared"),
    ("case", ("steps", 1, "options", 0, "text"), GONE, "`text` is missing"),
    ("freetext", ("longest",), 199, "`longest` must be 200 or more"),
    # across fields
    ("single", ("options", 1, "correct"), True, (("options",), "exactly one option must have `correct: true`")),
    ("single", ("options", 1, "text"), "naloxone ", (("options",), "two options have the same text")),
    ("single", ("options", 1, "id"), "a", (("options", 1), "the id `a` appears twice in `options`")),
    ("weighted", ("options", 3, "text"), "note the time", (("options",), "two options have the same text")),
    ("kprim", ("statements_to_judge", 3, "text"), "A second dose may be needed.", (("statements_to_judge",), "two statements have the same text")),
    ("short", ("wanted",), 4, "`wanted` must not be more than the number of key words"),
    ("short", ("keywords", 1, "ways", 0), "Slow breathing!", (("keywords",), "`slow breathing` and `Slow breathing!` count as the same text")),
    ("short", ("unwanted", 0), "miosis", (("unwanted",), "`miosis` and `miosis` count as the same text")),
    ("short", ("unwanted", 0), "pupils", (("unwanted",), "`pinpoint pupils` can never be right, because it contains `pupils`")),
    ("cloze", ("gaps", 0, "id"), "zero", (("text",), "each gap must appear once in the text, as [[its id]]")),
    ("cloze", ("gaps", 2, "wrong", 0), "Naloxone", (("gaps", 2), "a wrong answer has the same text as another answer")),
    ("matching", ("pairs", 1, "left"), "6c41", (("pairs",), "two pairs have the same prompt")),
    ("matching", ("distractors", 0, "text"), "cocaine", (("pairs",), "two choices have the same text")),
    ("categorise", ("categories", 1, "name"), "withdrawal", (("categories",), "two categories have the same text")),
    ("categorise", ("categories", 1, "things", 0, "text"), "Yawning", (("categories",), "two things have the same text")),
    ("categorise", ("categories", 1, "things", 0, "id"), "a", (("categories", 1, "things", 0), "the id `a` appears twice among the things")),
    ("ordering", ("items", 1, "text"), "first elements", (("items",), "two of the things to put in order have the same text")),
    ("case", ("steps", 0, "options", 1, "correct"), True, (("steps", 0, "options"), "one option must have `correct: true`, or several with `several: true`")),
    ("freetext", ("criteria", 1, "label"), "says why it is urgent", (("criteria",), "two criteria have the same text")),
    ("freetext", ("tolerance",), 6, "`tolerance` must be less than the sum of all points of the rubric"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value", "expected_flaw"), FLAWS)
def test_a_flaw_has_its_path_and_its_reason(name, path, value, expected_flaw):
    expected = expected_flaw if isinstance(expected_flaw, tuple) else (path, expected_flaw)
    assert flaws(name, changed(name, path, value)) == [expected]


def test_twelve_things_are_enough_for_one_question():
    item = copy.deepcopy(ITEMS["categorise"])
    for number, category in enumerate(item["categories"]):
        category["things"] = [{"id": f"{number}{n}", "text": f"Thing {number}{n}", "feedback": "So."} for n in range(5)]
    assert flaws("categorise", item) == [(("categories",), "there are more than 12 things")]


def test_every_flaw_across_fields_is_reported_at_once():
    options = [row | {"text": "Water", "correct": True} for row in ITEMS["single"]["options"]]
    assert len(flaws("single", {"options": options})) == 2


def test_the_default_tolerance_is_checked_like_a_written_one():
    criteria = [{"id": "a", "label": "Asks", "points": 1, "guide": "One."}]
    item = {name: value for name, value in ITEMS["freetext"].items() if name != "tolerance"} | {"criteria": criteria}
    assert [path for path, _why in flaws("freetext", item)] == [("tolerance",)]


def test_an_empty_list_of_unwanted_words_means_none():
    for empty in (None, "", []):
        short = QUESTION_TYPES["short"].schema(**ITEMS["short"] | {"unwanted": empty})
        assert short.unwanted == []


@pytest.mark.parametrize("question_type", TYPES, ids=list(QUESTION_TYPES))
def test_no_type_takes_a_field_that_it_does_not_know(question_type):
    assert flaws_in(question_type.schema, ITEMS[question_type.name] | {"hints": "none"}) == [
        (("hints",), "`hints` is not a known field")
    ]


def test_reasons_are_named_as_pydantic_names_them():
    """For a name that pydantic does not use, authors would read pydantic's own message."""
    error_types = set()
    for name, path, value, _told in FLAWS:
        with pytest.raises(ValidationError) as refused:
            QUESTION_TYPES[name].schema.model_validate(changed(name, path, value))
        error_types |= {error["type"] for error in refused.value.errors()}
    # Only the field `module` has a pattern, see tests/quizzes/importing/test_quiz.py.
    assert REASONS.keys() - error_types == {"string_pattern_mismatch"}
