"""Points and shares: nothing is shown at a line that it has not reached."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.shares import pass_mark, percent, points

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("score", "most", "shown"),
    [
        (199, 200, "99.5"),
        (Decimal("11.999"), 12, "99.9"),
        (Decimal("19.196"), 24, "79.9"),
        (12, 12, "100"),
        (Fraction(2, 3), 1, "66.6"),
        (0, 12, "0"),
        (0, 0, "0"),
    ],
)
def test_a_share_is_cut_and_not_rounded_up(score, most, shown):
    assert percent(score, most) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("7.200"), "7.2"),
        (Decimal("7.199"), "7.19"),
        (Decimal("24.000"), "24"),
        (100, "100"),
        (Fraction(2, 3), "0.66"),
        (Decimal("0.000"), "0"),
    ],
)
def test_points_have_the_decimals_that_they_need(value, shown):
    assert points(value) == shown


def test_numbers_are_written_as_the_language_writes_them():
    with override("fr"):
        assert (points(Decimal("7.5")), percent(199, 200)) == ("7,5", "99,5")


def test_the_pass_mark_is_the_value_that_decides():
    assert (points(pass_mark(12, 60)), pass_mark(12, 60)) == ("7.2", Fraction(36, 5))


@given(
    most=st.integers(1, 200),
    needed=st.integers(1, 100),
    parts=st.lists(st.fractions(0, 1, max_denominator=60), max_size=30),
)
def test_what_is_shown_reaches_the_pass_mark_exactly_when_the_score_does(most, needed, parts):
    score, mark = min(sum(parts, Fraction(0)), Fraction(most)), pass_mark(most, needed)
    with override("en"):
        assert (Fraction(points(score)) >= Fraction(points(mark))) is (score >= mark)
        assert (Fraction(percent(score, most)) >= needed) is (score >= mark)
