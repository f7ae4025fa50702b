"""The matrix bites: with any one protection taken out, it turns red."""

import pytest

from tests.faults.experiment import FULL, Report
from tests.mutants import MUTANTS
from tests.walking import db, in_the_world, walk  # noqa: F401

pytestmark = pytest.mark.once

SAMPLE = [MUTANTS[len(MUTANTS) * number // 4] for number in range(4)]


def test_there_are_mutants_enough_and_none_twice():
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS) >= 40


@pytest.mark.parametrize("mutant", MUTANTS if FULL else SAMPLE, ids=str)
def test_a_mutant_is_caught(in_the_world, mutant, record_property):  # noqa: F811
    assert next(mutant.mistakes(in_the_world), None) is None, "red before anything was cut"
    with mutant.mutation.made():
        found = next(mutant.mistakes(in_the_world), None)
    assert found is not None, f"survived: {mutant}"
    print(f"caught: {mutant}\n    by {found}")
    record_property("caught", str(found))
    assert next(mutant.mistakes(in_the_world), None) is None, "not put back"


@pytest.fixture(scope="module", autouse=True)
def caught(request):
    """At the end, how many of how many."""
    before = request.session.testsfailed
    yield
    run = len(MUTANTS if FULL else SAMPLE)
    lost = request.session.testsfailed - before
    Report("S2 protections taken out", faults=run, wrong=lost, note=f"{run - lost} of {run} caught").keep()
