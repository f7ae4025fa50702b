"""How much a run of the tests tries: the first tier a sample of long tables, `make test-all` and `make faults` all of it."""

import os
from collections.abc import Iterable

import pytest

FAULTS_IN_FULL = os.environ.get("FAULTS") == "full"
EVERYTHING = FAULTS_IN_FULL or os.environ.get("TIER") == "all"


def sampled(values: Iterable, first: int = 2) -> list:
    """The values of a long table as parameters: the first tier tries the first of them, `make test-all` all."""
    return [
        value
        if number < first
        else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.deep)
        for number, value in enumerate(values)
    ]
