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


def pass_mark(most: Exact, percent: int) -> Fraction:
    """The points that pass a test of `most` points. It has at most two decimals when `most` is a whole number."""
    return Fraction(most) * percent / 100


def points(value: Exact) -> str:
    """The points with up to two decimals, as the active language writes them."""
    return _cut(value, 2)


def percent(value: Exact, most: Exact) -> str:
    """The share of `most` in per cent with up to one decimal and without the sign; "0" of nothing."""
    return _cut(Fraction(value) * 100 / Fraction(most), 1) if most else "0"


def _cut(value: Exact, places: int) -> str:
    text = f"{Decimal(floor(Fraction(value) * 10**places)).scaleb(-places):f}"
    return number_format(text.rstrip("0").rstrip("."))
