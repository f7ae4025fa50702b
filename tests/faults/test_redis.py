"""Redis is emptied, killed, suspended, missing, full or read-only while attempts are submitted (R3): learners do not notice."""

import time
from collections.abc import Callable

import pytest

from tests.faults.alternatives import restarted_with, without_protection
from tests.faults.candidates import Candidates, count_lost
from tests.faults.experiment import Clock, Report, count
from tests.faults.own_redis import OwnRedis
from tests.faults.register import inspect, wait_until_done
from tests.support.product import wait_for

pytestmark = [pytest.mark.services, pytest.mark.alone]
SUBMITS = count(20, 200)
SOON = 1.0  # seconds within which 19 of 20 requests are answered
LASTS = count(3, 15)  # seconds at least, so that the worker is affected


def killed_and_started(own: OwnRedis) -> None:
    own.kill()
    own.start()


def nothing(_own: OwnRedis) -> None:
    """Do nothing at the start or the end of a fault."""


# What is done at the start of the fault, at every fourth submission, and at its end.
MODES: dict[str, tuple[Callable, Callable, Callable]] = {
    "emptied": (nothing, OwnRedis.empty, nothing),
    "killed": (nothing, killed_and_started, nothing),
    "hung": (OwnRedis.hang, nothing, OwnRedis.wake),
    "gone": (OwnRedis.kill, nothing, OwnRedis.start),
    "full": (OwnRedis.fill, nothing, OwnRedis.drain),
    "read-only": (OwnRedis.make_read_only, nothing, OwnRedis.make_writable),
}


@pytest.fixture(scope="module")
def candidates(make_once):
    """Enough candidates for every mode and the controls. The worker waits for Redis as long as in docker-compose.yml."""
    product = make_once(True, course=True)
    candidates = Candidates(product, SUBMITS * len(MODES) + 5)
    product.start("web", "beat")
    product.environment["BROKER_SECONDS"] = "5"
    product.start("worker")
    del product.environment["BROKER_SECONDS"]
    candidates.hand_in_next()  # the first page of a process takes longer
    wait_until_done(product)
    return candidates


def hand_in(candidates: Candidates, strike: Callable) -> list[tuple[int, float]]:
    """Submit one attempt after the other during the fault. Return (status, seconds) of each."""
    answers, lasted = [], Clock()
    for number in range(SUBMITS):
        if number % 4 == 0:
            strike(candidates.product.redis)
        answers.append(candidates.hand_in_next())
        time.sleep(max(0, LASTS * (number + 1) / SUBMITS - lasted()))
    return answers


@pytest.mark.parametrize("mode", MODES)
def test_with_any_fault_of_redis_submissions_are_fast_and_the_worker_recovers(candidates, mode):
    begin, strike, end = MODES[mode]
    product, own = candidates.product, candidates.product.redis
    report = Report(f"R3 Redis {mode}", faults=SUBMITS // 4 if begin is nothing else 1)
    before = product.number("SELECT count(*) FROM certificates_certificate")
    begin(own)
    answers = hand_in(candidates, strike)
    end(own)
    since = Clock()
    worker = product.processes["worker"]
    wait_until_done(product, "worker")  # a worker that ended is restarted, as a service manager would
    restarted = product.processes["worker"] is not worker
    report.recovery.append(since())
    inspect(product, report, before + SUBMITS, mailed_at_most=1)
    report.acknowledged = [status for status, _ in answers].count(302)
    count_lost(candidates.handed_in[-report.acknowledged :], report, product)
    p95 = sorted(took for _, took in answers)[SUBMITS * 95 // 100 - 1]
    report.note = f"of {SUBMITS}; p95 {p95:.2f} s; worker {'restarted' if restarted else 'went on'}"
    assert report.holds()
    assert (report.acknowledged, restarted) == (SUBMITS, False)
    assert p95 <= SOON


def test_control_with_the_defaults_of_celery_a_request_waits_for_a_suspended_redis(candidates):
    with restarted_with(candidates.product, "web", **without_protection("waiting for the broker")):
        candidates.product.redis.hang()
        reply = candidates.hand_in(candidates.waiting.pop(), 3 * SOON)
        candidates.product.redis.wake()
    wait_until_done(candidates.product, "worker")
    assert reply.status == 0, "answered within three seconds"


def test_control_without_channel_error_retry_a_read_only_redis_ends_the_worker(candidates):
    own = candidates.product.redis
    with restarted_with(candidates.product, "worker", **without_protection("ending when refused")):
        worker = candidates.product.processes["worker"]
        candidates.hand_in_next()
        wait_until_done(candidates.product)
        assert worker.poll() is None
        own.make_read_only()
        try:
            wait_for(lambda: worker.poll() is not None)
        finally:
            own.make_writable()
