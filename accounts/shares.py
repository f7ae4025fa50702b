"""Points and shares as people read them: exact values in, words out.

Digits that do not fit are cut and never rounded up, so that no score is shown at a line that it has not reached: 199 of
200 are 99.5 %, and 7.1999 points are 7.19. The pass mark is shown as the very value that decides.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

from django.utils.formats import number_format

Exact = Fraction | Decimal | int
POINTS_PLACES, PERCENT_PLACES = 2, 1


def pass_mark(most: Exact, percent: int) -> Fraction:
    """The points that pass a test of `most` points. It has at most two decimals when `most` is a whole number."""
    return Fraction(most) * percent / 100


def points(value: Exact) -> str:
    """The points with up to two decimals, as the active language writes them."""
    return number_format(f"{cut(value, POINTS_PLACES):f}")


def percent(value: Exact, most: Exact) -> str:
    """The share of `most` in per cent with up to one decimal and without the sign; "0" of nothing."""
    return number_format(f"{cut(share(value, most), PERCENT_PLACES):f}") if most else "0"


def share(value: Exact, most: Exact) -> Fraction:
    """The exact share of `most` in per cent. `most` is not 0."""
    return Fraction(value) * 100 / Fraction(most)


def cut(value: Exact, places: int) -> Decimal:
    """The value with up to `places` decimals (1 or more), without zeros at the end."""
    text = f"{Decimal(floor(Fraction(value) * 10**places)).scaleb(-places):f}"
    return Decimal(text.rstrip("0").rstrip("."))
