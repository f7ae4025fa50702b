"""Redis emptied, killed, hung, gone, full and read-only while tests are handed in (R3): nobody who learns notices."""

import time
from collections.abc import Callable

import pytest

from tests.faults.alternatives import careless, otherwise
from tests.faults.candidates import Sitters, look_for
from tests.faults.experiment import Clock, Report, count
from tests.faults.own_redis import OwnRedis
from tests.faults.register import inspect, wait_until_done
from tests.support.product import wait_for

pytestmark = [pytest.mark.services, pytest.mark.alone]
SUBMITS = count(20, 200)
SOON = 1.0  # seconds within which 19 of 20 are answered
LASTS = count(3, 15)  # seconds at least: long enough for the worker to run into it


def killed_and_started(own: OwnRedis) -> None:
    own.kill()
    own.start()


def nothing(_own: OwnRedis) -> None:
    """What strikes again and again has no beginning and no end."""


# What happens when the fault begins, at every fourth submission, and when it ends.
MODES: dict[str, tuple[Callable, Callable, Callable]] = {
    "emptied": (nothing, OwnRedis.empty, nothing),
    "killed": (nothing, killed_and_started, nothing),
    "hung": (OwnRedis.hang, nothing, OwnRedis.wake),
    "gone": (OwnRedis.kill, nothing, OwnRedis.start),
    "full": (OwnRedis.fill, nothing, OwnRedis.drain),
    "read-only": (OwnRedis.make_read_only, nothing, OwnRedis.make_writable),
}


@pytest.fixture(scope="module")
def sitters(make_once):
    """Enough people for every mode, and the controls; the worker waits for Redis as long as in docker-compose.yml."""
    product = make_once(True, course=True)
    sitters = Sitters(product, SUBMITS * len(MODES) + 5)
    product.start("web", "beat")
    product.environment["BROKER_SECONDS"] = "5"
    product.start("worker")
    del product.environment["BROKER_SECONDS"]
    sitters.hand_in_next()  # the first page of a process takes longer
    wait_until_done(product)
    return sitters


def hand_in(sitters: Sitters, strike: Callable) -> list[tuple[int, float]]:
    """Hand in one test after the other, struck now and then; (status, seconds) of each."""
    answers, lasted = [], Clock()
    for number in range(SUBMITS):
        if number % 4 == 0:
            strike(sitters.product.redis)
        answers.append(sitters.hand_in_next())
        time.sleep(max(0, LASTS * (number + 1) / SUBMITS - lasted()))
    return answers


@pytest.mark.parametrize("mode", MODES)
def test_whatever_redis_does_tests_are_taken_at_once_and_the_worker_goes_on_by_itself(sitters, mode):
    begin, strike, end = MODES[mode]
    product, own = sitters.product, sitters.product.redis
    report = Report(f"R3 Redis {mode}", faults=SUBMITS // 4 if begin is nothing else 1)
    before = product.number("SELECT count(*) FROM certificates_certificate")
    begin(own)
    answers = hand_in(sitters, strike)
    end(own)
    since = Clock()
    worker = product.processes["worker"]
    wait_until_done(product, "worker")  # one that ended is started again, as a service manager would
    restarted = product.processes["worker"] is not worker
    report.recovery.append(since())
    inspect(product, report, before + SUBMITS, mailed_at_most=1)
    report.acknowledged = [status for status, _ in answers].count(302)
    look_for(sitters.handed_in[-report.acknowledged :], report, product)
    p95 = sorted(took for _, took in answers)[SUBMITS * 95 // 100 - 1]
    report.note = f"of {SUBMITS}; p95 {p95:.2f} s; worker {'restarted' if restarted else 'went on'}"
    assert report.holds()
    assert (report.acknowledged, restarted) == (SUBMITS, False)
    assert p95 <= SOON


def test_publishing_as_celery_does_by_default_a_request_would_wait_for_a_redis_that_hangs(sitters):
    """The negative control of the time."""
    with otherwise(sitters.product, "web", **careless("waiting for the broker")):
        sitters.product.redis.hang()
        reply = sitters.hand_in(sitters.waiting.pop(), 3 * SOON)
        sitters.product.redis.wake()
    wait_until_done(sitters.product, "worker")
    assert reply.status == 0, "answered within three seconds"


def test_taking_no_for_the_end_the_worker_would_end_with_a_redis_that_is_read_only(sitters):
    """The negative control of going on."""
    own = sitters.product.redis
    with otherwise(sitters.product, "worker", **careless("ending when refused")):
        worker = sitters.product.processes["worker"]
        sitters.hand_in_next()
        wait_until_done(sitters.product)
        assert worker.poll() is None
        own.make_read_only()
        try:
            wait_for(lambda: worker.poll() is not None)
        finally:
            own.make_writable()
