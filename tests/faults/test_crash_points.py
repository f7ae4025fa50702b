"""A process ended at each named place between a finished course and the mail about its certificate (R2)."""

from pathlib import Path

import pytest

from accounts.fault_injection import PLACES
from tests.faults.candidates import Sitters
from tests.faults.conftest import ON_BOTH
from tests.faults.experiment import Clock, Report, count
from tests.faults.register import inspect, wait_until_done
from tests.support.product import Product, wait_for

TIMES = count(2, 20)
PLANS = {
    # The beat and the worker wake tasks too; what a learner's request wakes is this.
    "committed": "committed#certificates.tasks.deliver",
    "worker woken": "worker woken#certificates.tasks.deliver",
}
SEVERAL = [PLACES[:3], PLACES[3:6], PLACES[6:]]  # each group on a product of its own, so that they may run side by side


@pytest.mark.parametrize("services", ON_BOTH)
@pytest.mark.parametrize("places", SEVERAL, ids=["request", "printing", "mailing"])
def test_ended_at_any_named_place_nothing_is_lost_and_a_mail_goes_twice_at_most(make, tmp_path, services, places):
    product = make(services, course=True)
    sitters = Sitters(product, TIMES * len(places))
    for place in places:
        report = Report(f"R2 {place}, {'PostgreSQL' if services else 'SQLite'}")
        before = product.number("SELECT count(*) FROM certificates_certificate")
        strikes = plan(product, place, tmp_path)
        for number in range(TIMES):
            (strikes / str(number)).touch()
            report.recovery.append(strike(sitters, strikes))
            report.faults += 1
        inspect(product, report, before + TIMES)
        report.acknowledged = TIMES
        assert report.holds(), product.logs()


def plan(product: Product, place: str, folder: Path) -> Path:
    """Start the product anew with this plan; the folder its strikes are taken from."""
    strikes = folder / place.replace(" ", "_")
    strikes.mkdir()
    product.environment["FAILPOINT"] = f"{PLANS.get(place, place)}=exit:{strikes}"
    for name in list(product.processes):
        product.kill(name)
    product.start()
    return strikes


def strike(sitters: Sitters, strikes: Path) -> float:
    """Hand in one test and wait until its strike was taken and nothing is owed; seconds it took."""
    since = Clock()
    sitters.hand_in_until_answered(("worker",))
    # A place that is never reached would make the experiment worthless: this fails then.
    wait_for(lambda: not any(strikes.iterdir()))
    wait_until_done(sitters.product, "worker", "beat")
    return since()
