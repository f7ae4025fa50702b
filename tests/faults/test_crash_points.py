"""A process is killed at each fault point between completing a course and the email about its certificate (R2)."""

from pathlib import Path

import pytest

from accounts.fault_injection import PLACES
from tests.faults.candidates import Candidates
from tests.faults.conftest import ON_BOTH
from tests.faults.experiment import Clock, Report, count
from tests.faults.register import inspect, wait_until_done
from tests.support.product import Product, wait_for

TIMES = count(1, 20)
PLANS = {
    # The beat and the worker wake tasks too. This is the task that a request of a learner wakes.
    "committed": "committed#certificates.tasks.deliver",
    "worker woken": "worker woken#certificates.tasks.deliver",
}
SEVERAL = [PLACES[:3], PLACES[3:6], PLACES[6:]]  # a product for each group, so that they can run in parallel


@pytest.mark.parametrize("services", ON_BOTH)
@pytest.mark.parametrize("places", SEVERAL, ids=["request", "printing", "mailing"])
def test_killed_at_any_fault_point_nothing_is_lost_and_an_email_is_sent_twice_at_most(make, tmp_path, services, places):
    product = make(services, course=True)
    candidates = Candidates(product, TIMES * len(places))
    for place in places:
        report = Report(f"R2 {place}, {'PostgreSQL' if services else 'SQLite'}")
        before = product.number("SELECT count(*) FROM certificates_certificate")
        strikes = plan(product, place, tmp_path)
        for number in range(TIMES):
            (strikes / str(number)).touch()
            report.recovery.append(strike(candidates, strikes))
            report.faults += 1
        inspect(product, report, before + TIMES)
        report.acknowledged = TIMES
        assert report.holds(), product.logs()


def plan(product: Product, place: str, folder: Path) -> Path:
    """Restart the product with this plan. Return the folder with its marker files."""
    strikes = folder / place.replace(" ", "_")
    strikes.mkdir()
    product.environment["FAILPOINT"] = f"{PLANS.get(place, place)}=exit:{strikes}"
    for name in list(product.processes):
        product.kill(name)
    product.start()
    return strikes


def strike(candidates: Candidates, strikes: Path) -> float:
    """Submit one attempt and wait until the process was killed and no row is unfinished. Return the seconds."""
    since = Clock()
    candidates.hand_in_until_answered(("worker",))
    # Fails if the fault point is never reached, since the experiment would prove nothing.
    wait_for(lambda: not any(strikes.iterdir()))
    wait_until_done(candidates.product, "worker", "beat")
    return since()
