"""A number in a text is one token with all that belongs to it, and its value counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.question_types.text_matching import contains, matches
from quizzes.question_types.text_tokens import tokens, unclear_numbers

pytestmark = pytest.mark.once

# Each line is one text in several ways. No line counts as another.
SAME = [
    ["5 mg", "5mg", "5 MG.", "05 mg", "5.0 mg", "５ｍｇ", "٥ mg", "+5 mg", "5㎎"],
    ["0.5 mg", ".5 mg", "0,50mg", "٠٫٥ mg", "½ mg", "1/2 mg", "0·5 mg"],
    ["-5 mg", "−5 mg", "–5mg"],
    ["1.5 mg", "1½ mg", "1 1/2 mg"],
    ["5 µg", "5 μg", "5mcg", "5 ug"],
    ["5 mg/kg", "5mg / kg"],
    ["5 g"],
    ["5 mU", "5mu"],
    ["5 MU", "5MU", "5 Mu", "５ＭＵ"],
    ["5 mIU/ml", "5miu / mL"],
    ["5 MIU/ml"],
    ["5"],
    ["5%", "5 %", "٥٪", "5 per cent", "5 percent", "5 في المئة"],
    ["5‰"],
    ["5+"],
    ["50"],
    ["1.2", "1,2"],
    ["1-2", "1–2", "1 - 2", "1 — 2", "1 to 2", "1 à 2", "1 a 2", "1 до 2", "1 إلى 2", "1至2", "1 到 2"],
    ["12"],
    ["1, 2"],
    ["5-10 mg", "5 mg–10 mg", "5mg - 10mg", "5 TO 10 mg", "5 mg to 10 mg"],
    ["5 mg, 10 mg"],
    ["10000 IU", "10 000 iu", "10\u202f000 IU", "10\xa0000IU", "10'000 IU", "10’000 IU", "10٬000 IU", "10,000.0 IU"],
    ["10,000 IU"],
    ["10.000 IU"],
    ["10 IU"],
    ["> 90", ">90"],
    ["≥ 90", ">=90"],
    ["< 90"],
    ["90"],
    ["90°"],
    ["10²", "10^2"],
    ["10⁻²", "10^-2"],
    ["102"],
    ["120/80"],
    ["60/40"],
    ["1:1000", "1 : 1000"],
    ["1:10 000", "1:10000"],
    ["2026-05-03"],
    ["F11.2"],
    ["F11.20"],
    ["HIV+"],
    ["HIV"],
    ["здоров’я", "здоров'я", "здоровʼя", "Здоровʹя"],
    ["здоровя"],
]


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_one_number_counts_however_it_is_written_and_as_no_other(texts):
    for text in texts:
        assert [other for line in SAME for other in line if matches(text, other)] == texts


@pytest.mark.parametrize(
    ("answer", "accepted", "expected"),
    [
        ("give 0.5 mg now", "0.5 mg", True),
        ("give 0.5 mg now", "5 mg", False),
        ("give 15 mg", "5 mg", False),
        ("give 5 mg/kg", "5 mg", False),
        ("give 5-10 mg", "10 mg", False),
        ("give 5 mg - 2 times a day", "5 mg", True),
        ("more than >90", "90", False),
        ("about 5 %", "5", False),
        ("5 tablets", "5", True),
        ("from 1 to 2 tablets", "1-2", True),
        ("from 1 to 2 tablets", "2", False),
        ("listen to 2 people", "2", True),
        ("the MU receptor", "mu receptor", True),  # without a number it is a word
        ("dose: 5 mg.", "5 mg", True),
        ("给15毫克", "5毫克", False),
        ("给5毫克吧", "5毫克", True),
        ("使用ICD分类", "ICD分类", True),
        ("covid-19", "covid", True),
        ("the ICD-11 code", "icd 11", True),
    ],
)
def test_a_number_is_found_whole_or_not_at_all(answer, accepted, expected):
    assert contains(answer, accepted) is expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,500 mg", ["1,500"]),
        ("from 1.500 to 2,250", ["1.500", "2,250"]),
        ("1,500-2,500", ["1,500", "2,500"]),
        ("0,125 and 1,5 and 1500 and 1,500,000 and 1,500.5 and 1٬500 and 1٫500 and F1.500 and 1.5.2026", []),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_found(text, found):
    assert list(unclear_numbers(text)) == found


PIECES = st.sampled_from(
    [*"0123456789", *" .,'-–/:%+<*", "mg", "μg", "½", "²", "٥", "٫", "ä", "ʼ", "药", "\u202f", " to ", "至", "MU"]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(st.lists(TEXTS, min_size=3, max_size=3))
def test_counting_as_the_same_is_an_equivalence(texts):
    """Nothing counts as two things that differ from each other, and which text is the answer makes no difference."""
    one, two, three = (text.replace("*", "") for text in texts)
    assert matches(one, one) is bool(tokens(one))
    assert matches(one, two) is matches(two, one)
    if matches(one, two) and matches(two, three):
        assert matches(one, three)
