"""How a typed number is read, and what a learner is told when it cannot be."""

import re
from fractions import Fraction

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from quizzes.question_types.base import BadAnswer
from quizzes.question_types.numbers import clear
from quizzes.question_types.numeric import Numeric
from tests.quizzes.factories import body

pytestmark = pytest.mark.once

numeric = Numeric()


def typed(text: str, **changes):
    return numeric.parse(MultiValueDict({"answer": [text]}), body("numeric", **changes))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("24.8", "24.8"),
        ("24,8", "24.8"),
        (" 24.80 ", "24.8"),
        ("24,8 %", "24.8"),
        ("24.8%", "24.8"),
        ("٢٤٫٨", "24.8"),
        ("٢٤٫٨٪", "24.8"),
        ("۲۴٫۸", "24.8"),
        ("२४.८", "24.8"),
        ("\u200f24.8\u200f", "24.8"),
        ("1\u202f234,5", "1234.5"),
        ("1 234 567", "1234567"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("0,125", "0.125"),
        ("-3", "-3"),
        ("−3", "-3"),
        (".5", "0.5"),
        ("007", "7"),
        ("２４．８", "24.8"),
        ("24,8 %.", "24.8"),
        ("24·8", "24.8"),
        ("-0", "0"),
    ],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert typed(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("many", "This is not a number."),
        ("NaN", "This is not a number."),
        ("∞", "This is not a number."),
        ("²", "This is not a number."),
        ("\x00", "This is not a number."),
        ("24.8 kg", "Give the number in %"),
        ("24.8 % %", "Give the number in %"),
        ("1,000", "“1,000” can be read in two ways. Write 1000, or 1 if you mean a decimal number."),
        ("-1.500", "“1.500” can be read in two ways. Write 1500, or 1.5 if"),
        ("1,234", "Write 1234, or 1.2340 if"),
        ("24.8.1", "too many signs between its digits"),
        ("1,2,3", "too many signs between its digits"),
        ("12 34", "Write one number only."),
        ("5-6", "Write one number only."),
        ("5 to 6", "Write one number only."),
        ("5.", "A digit is missing after the decimal sign. Write 5 if that is the number."),
        ("5, %", "A digit is missing after the decimal sign. Write 5 if that is the number."),
        ("- 2,5", "There is a space after the minus. Write -2,5 if you mean a negative number."),
        ("1e3", "Write the number with all its digits"),
        ("5 × 10³", "Write the number with all its digits"),
        ("1/2", "Write the fraction as a decimal number"),
        ("1½", "Write the fraction as a decimal number"),
        ("about 5", "Write the number alone"),
        ("--3", "Write the number alone"),
        ("1" * 21, "too long"),
        ("9" * 61, "too long"),
    ],
)
def test_what_is_no_number_comes_back_and_says_what_is_wrong(text, message):
    with pytest.raises(BadAnswer, match=re.escape(message)):
        typed(text)


def test_a_stored_number_comes_back_so_that_it_can_be_read_in_one_way():
    assert numeric.fields("1.234")["answer"] == "1.2340"
    assert typed("1.2340") == "1.234"


def test_an_empty_box_is_no_answer():
    assert typed("  ") is None


def test_a_unit_is_accepted_only_where_it_is_the_unit():
    assert typed("2 Features", unit="features") == "2"
    with pytest.raises(BadAnswer, match="without words"):
        typed("2 features", unit="")


@pytest.mark.parametrize(
    ("payload", "credit"), [("24.5", 1), ("25.1", 1), ("24.8", 1), ("24.49", 0), ("25.1000000001", 0), (None, 0)]
)
def test_the_tolerance_is_absolute_and_its_bounds_count(payload, credit):
    assert numeric.grade(body("numeric"), payload).earned == credit


def test_numbers_are_compared_exactly():
    content = {"answer": "0.3", "tolerance": "0.1", "unit": "", "feedback": ""}
    assert numeric.grade(content, "0.2").earned == 1
    assert numeric.grade(content, "0.4").earned == 1
    assert numeric.grade({**content, "tolerance": "0"}, "0.30").earned == 1


def written(digits: str, decimals: str, thousands: str, decimal_sign: str) -> str:
    """The number with a sign between its groups of three digits."""
    groups = []
    while digits:
        digits, groups = digits[:-3], [digits[-3:], *groups]
    return thousands.join(groups) + (decimal_sign + decimals if decimals else "")


LOCALES = st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u202f", ","), ("\xa0", "."), ("’", "."), ("٬", "٫")])
SCRIPTS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９"])


@given(number=st.decimals(0, 10**9, places=4), locale=LOCALES, digits=SCRIPTS, minus=st.sampled_from(["", "-", "−"]))
def test_a_number_written_in_any_locale_is_read_back_exactly_or_refused(number, locale, digits, minus):
    whole, _, decimals = f"{number:f}".partition(".")
    decimals = decimals.rstrip("0")
    text = minus + written(whole, decimals, *locale).translate(str.maketrans("0123456789", digits))
    try:
        payload = typed(text)
    except BadAnswer as refused:
        assert "can be read in two ways" in str(refused)
        assert len(decimals) == 3 or whole[3:]
        return
    assert Fraction(payload) == (-1 if minus else 1) * Fraction(number)
    assert typed(clear(payload)) == payload


@pytest.mark.parametrize(
    ("unit", "text", "is_read"), [("MU", "5 MU", True), ("MU", "5mU", False), ("mU", "5 MU", False)]
)
def test_milli_and_mega_units_are_told_apart(unit, text, is_read):
    if is_read:
        assert typed(text, unit=unit) == "5"
    else:
        with pytest.raises(BadAnswer, match=f"Give the number in {unit}"):
            typed(text, unit=unit)
