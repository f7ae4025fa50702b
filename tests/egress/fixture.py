"""The egress guard, for every test."""

import pytest

from tests.egress import guard

guard.install()


@pytest.fixture(autouse=True)
def nothing_leaves():
    """Fail a test that tried to reach another machine, even if the code under test swallowed the error."""
    before = len(guard.tried)
    yield
    tried = guard.tried[before:]
    assert not tried, f"connections to other machines: {tried}"
