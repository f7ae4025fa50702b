"""The guard for every test."""

import pytest

from tests.egress import guard

guard.install()


@pytest.fixture(autouse=True)
def nothing_leaves():
    """A test is red that tried to reach another machine, even where the code under test swallowed the refusal."""
    before = len(guard.tried)
    yield
    left = guard.tried[before:]
    assert not left, f"this would have left this machine: {left}"
