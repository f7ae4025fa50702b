"""The tiers: the first one runs a sample of long tables, `make test-all` and `make faults` run everything."""

import os
from collections.abc import Iterable

import pytest

FAULTS_IN_FULL = os.environ.get("FAULTS") == "full"
EVERYTHING = FAULTS_IN_FULL or os.environ.get("TIER") == "all"


def sampled(values: Iterable, first: int = 2) -> list:
    """Return the values as parameters for parametrize. All after the `first` ones are marked `deep`."""
    return [
        value
        if number < first
        else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.deep)
        for number, value in enumerate(values)
    ]
