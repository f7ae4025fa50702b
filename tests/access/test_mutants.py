"""The matrix notices every mutant: with any one protection cut out, it fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.signals import got_request_exception

from tests.access.matrix import Matrix, MatrixCase, db, matrix  # noqa: F401
from tests.access.mutants import MUTANTS, Mutant, mutant
from tests.access.overreach import counts_of_other_countries
from tests.access.requests import Answer
from tests.faults.experiment import Report
from tests.support.tiers import EVERYTHING

pytestmark = [pytest.mark.deep, pytest.mark.once]

SAMPLE = [MUTANTS[len(MUTANTS) * number // 4] for number in range(4)]


def test_there_are_enough_mutants_and_no_duplicates():
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS) >= 92


def proofs(mutant: Mutant, mutated: Matrix) -> Iterator[MatrixCase | str]:
    """Yield the mistakes that prove that somebody gets where they must not."""
    with errors() as raised:
        for mistake in mutant.mistakes(mutated):
            if proves(mistake, raised):
                yield mistake
            raised.clear()


def proves(mistake: MatrixCase | str, raised: list[str]) -> bool:
    """Return whether the mistake proves that the protection is gone.

    A page that breaks does not: it would break for everybody. It does if the visitor should have been sent to sign in,
    because then the check was passed and the view needed a user.
    """
    if isinstance(mistake, str):
        return not raised
    is_answer = mistake.result.answer != Answer.BROKEN or mistake.expected == {Answer.LOGIN}
    return is_answer or bool(mistake.result.leaked or mistake.changed_by_get)


@contextmanager
def errors() -> Iterator[list[str]]:
    """Yield a list of the paths whose view raises. A check that yields text does not tell whether a page broke."""
    raised: list[str] = []

    def record(request, **_kwargs) -> None:
        raised.append(request.path)

    got_request_exception.connect(record)
    try:
        yield raised
    finally:
        got_request_exception.disconnect(record)


def uncut(mutant: Mutant, matrix: Matrix) -> MatrixCase | str | None:  # noqa: F811
    """Return what is wrong before anything is cut. Requests that several mutants need are sent once."""
    key = (mutant.patterns, mutant.check)
    if key not in matrix.uncut:
        matrix.uncut[key] = next(mutant.mistakes(matrix), None)
    return matrix.uncut[key]


@pytest.mark.parametrize("mutant", MUTANTS if EVERYTHING else SAMPLE, ids=str)
def test_a_mutant_is_caught(matrix, mutant, record_property):  # noqa: F811
    assert uncut(mutant, matrix) is None, "fails before anything was cut"
    with mutant.mutation.made():
        mistake = next(proofs(mutant, matrix), None)
    assert mistake is not None, f"survived: {mutant}"
    print(f"caught: {mutant}\n    by {mistake}")
    record_property("caught", str(mistake))


@pytest.mark.parametrize(
    "broken",
    [
        mutant("quizzes.admin.regrades:RegradeIndexView.any_permission_required", '["view"]', "None", "regrades:index"),
        mutant(
            "programmes.admin:ProgrammePanel.get_context_data",
            "reports.may_read(user)",
            "1 / 0",
            check=counts_of_other_countries,
        ),
    ],
    ids=str,
)
def test_control_a_page_that_breaks_for_everybody_proves_nothing(matrix, broken):  # noqa: F811
    with broken.mutation.made():
        assert next(broken.mistakes(matrix), None) is not None, "the page breaks"
        assert next(proofs(broken, matrix), None) is None, "which proves nothing"


@pytest.fixture(scope="module", autouse=True)
def caught(request):
    """Report at the end how many mutants were caught."""
    before = request.session.testsfailed
    yield
    run = len(MUTANTS if EVERYTHING else SAMPLE)
    survived = request.session.testsfailed - before
    Report("S2 protections taken out", faults=run, wrong=survived, note=f"{run - survived} of {run} caught").keep()
