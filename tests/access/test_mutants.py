"""The matrix bites: with any one protection taken out, it turns red."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.signals import got_request_exception

from tests.access.matrix import Visit, Walk, db, in_the_world  # noqa: F401
from tests.access.mutants import MUTANTS, Mutant, mutant
from tests.access.overreach import counted_abroad
from tests.access.requests import Answer
from tests.faults.experiment import Report
from tests.support.tiers import EVERYTHING

pytestmark = [pytest.mark.deep, pytest.mark.once]

SAMPLE = [MUTANTS[len(MUTANTS) * number // 4] for number in range(4)]


def test_there_are_mutants_enough_and_none_twice():
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS) >= 92


def proofs(mutant: Mutant, whole: Walk) -> Iterator[Visit | str]:
    """The mistakes that show somebody where they must not be."""
    with errors() as raised:
        for found in mutant.mistakes(whole):
            if proves(found, raised):
                yield found
            raised.clear()


def proves(found: Visit | str, raised: list[str]) -> bool:
    """A page that breaks lets nobody in, and would break for those who may see it too.

    Only a visitor who should have been sent to sign in, and came as far as a view that needs to know who is there, has
    passed the check.
    """
    if isinstance(found, str):
        return not raised
    answered = found.got.answer != Answer.BROKEN or found.expected == {Answer.LOGIN}
    return answered or bool(found.got.leaked or found.changed_by_looking)


@contextmanager
def errors() -> Iterator[list[str]]:
    """Where a view breaks meanwhile: what a question tells in words does not say whether a page did."""
    raised: list[str] = []

    def note(request, **_rest) -> None:
        raised.append(request.path)

    got_request_exception.connect(note)
    try:
        yield raised
    finally:
        got_request_exception.disconnect(note)


@pytest.mark.parametrize("mutant", MUTANTS if EVERYTHING else SAMPLE, ids=str)
def test_a_mutant_is_caught(in_the_world, mutant, record_property):  # noqa: F811
    assert next(mutant.mistakes(in_the_world), None) is None, "red before anything was cut"
    with mutant.mutation.made():
        found = next(proofs(mutant, in_the_world), None)
    assert found is not None, f"survived: {mutant}"
    print(f"caught: {mutant}\n    by {found}")
    record_property("caught", str(found))
    assert next(mutant.mistakes(in_the_world), None) is None, "not put back"


@pytest.mark.parametrize(
    "broken",
    [
        mutant("quizzes.admin.regrades:Listing.any_permission_required", '["view"]', "None", "regrades:index"),
        mutant(
            "programmes.admin:ProgrammePanel.get_context_data",
            "reports.may_read(user)",
            "1 / 0",
            question=counted_abroad,
        ),
    ],
    ids=str,
)
def test_control_a_page_that_breaks_for_everybody_proves_nothing(in_the_world, broken):  # noqa: F811
    with broken.mutation.made():
        assert next(broken.mistakes(in_the_world), None) is not None, "it is a mistake"
        assert next(proofs(broken, in_the_world), None) is None, "and shows nobody where they must not be"


@pytest.fixture(scope="module", autouse=True)
def caught(request):
    """At the end, how many of how many."""
    before = request.session.testsfailed
    yield
    run = len(MUTANTS if EVERYTHING else SAMPLE)
    lost = request.session.testsfailed - before
    Report("S2 protections taken out", faults=run, wrong=lost, note=f"{run - lost} of {run} caught").keep()
