"""The worker, the beat and the broker, killed and emptied at random: every certificate owed is there once (R1, R14)."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.experiment import FULL, SEED, Clock, Report, count
from tests.faults.otherwise import careless
from tests.faults.register import OWED, all_done, inspect, issue, wait_until_done
from tests.live import Product, wait_for

CERTIFICATES, FAULTS = count(100, 1000), count(5, 30)
SEEDS = [SEED, SEED + 1, SEED + 2] if FULL else [SEED]


def kill_worker(product: Product, _dice: random.Random) -> None:
    product.kill("worker")


def kill_a_child(product: Product, dice: random.Random) -> None:
    """One of the worker's processes; the embedded worker has none, and goes whole."""
    pid = product.processes["worker"].pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if children:
        os.kill(int(dice.choice(children)), signal.SIGKILL)
    else:
        product.kill("worker")


def kill_broker(product: Product, _dice: random.Random) -> None:
    if product.redis:
        product.redis.kill()
        product.redis.start()
    else:
        empty_broker(product, _dice)


def empty_broker(product: Product, _dice: random.Random) -> None:
    if product.redis:
        product.redis.empty()
        return
    for message in (product.folder / "broker" / "queue").iterdir():
        message.unlink(missing_ok=True)


@contextmanager
def standing_still(product: Product) -> Iterator[None]:
    """The worker has nothing done before the fault comes: it is quick, and issuing takes a process of its own."""
    group = product.processes["worker"].pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_killed_every_certificate_is_there_once(product, seed):
    dice = random.Random(seed)
    report = Report(f"R1 killed, {'PostgreSQL' if product.services else 'SQLite'}", seed=seed)
    at_once = count(20, 100)
    issue(product, at_once)
    product.start("worker", "beat")
    interrupted = 0
    for number in range(FAULTS):
        if report.acknowledged + at_once * (number + 1) < CERTIFICATES:
            with standing_still(product):
                issue(product, at_once)
        time.sleep(dice.uniform(0, 0.8))
        interrupted += product.number(OWED) > 0
        dice.choice((kill_worker, kill_worker, kill_a_child, kill_broker, empty_broker))(product, dice)
        report.faults += 1
        since = Clock()
        product.revive("worker", "beat")
    missing = CERTIFICATES - product.number("SELECT count(*) FROM certificates_certificate")
    if missing:
        issue(product, missing)
    wait_until_done(product, "worker", "beat")
    report.recovery.append(since())
    inspect(product, report, CERTIFICATES)
    assert report.holds()
    assert interrupted, "no fault came while something was owed: the test proved nothing"


def test_without_the_sweep_what_the_broker_lost_is_never_delivered(product):
    """The negative control: the same loss, first without the beat, then with it."""
    issue(product, 5)
    empty_broker(product, random.Random())
    product.start("worker")
    issue(product, 1)  # this one's wake arrives, so the worker is known to work
    wait_for(lambda: product.number(OWED) == 5)
    with pytest.raises(AssertionError, match="not within"):
        wait_for(lambda: product.number(OWED) < 5, 5)
    product.start("beat")
    wait_for(lambda: product.number(OWED) == 0)


@pytest.mark.embedded
@pytest.mark.parametrize("how", [{}, careless("reading half messages")], ids=["as we do", "negative control"])
def test_a_message_of_which_only_half_was_written_would_end_the_embedded_worker(make, how):
    product = make(False, **how).start("worker")
    issue(product, 1)
    wait_until_done(product)
    for number, half in enumerate(("", '{"body": "')):
        (product.folder / "broker" / "queue" / f"{number}_half.celery.msg").write_text(half)
    if how:
        wait_for(lambda: product.processes["worker"].poll() is not None)
    else:
        issue(product, 1)
        wait_until_done(product)


def test_two_beats_do_nothing_twice_and_a_dead_one_only_costs_time(product):
    report = Report(f"R14 two beats, {'PostgreSQL' if product.services else 'SQLite'}", faults=2)
    product.start("worker", "beat")
    first = product.processes.pop("beat")
    product.start("beat")
    product.processes["first beat"] = first
    many = count(10, 50)
    issue(product, many)
    wait_until_done(product)
    product.kill("first beat")
    product.kill("beat")
    since = Clock()
    issue(product, many)
    empty_broker(product, random.Random())
    product.start("beat")
    wait_until_done(product)
    report.recovery.append(since())
    inspect(product, report, 2 * many)
    assert report.holds()
    assert all_done(product)
