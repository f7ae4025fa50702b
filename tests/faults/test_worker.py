"""The worker, the beat and the broker are killed or emptied at random: every pending certificate is made once (R1, R14)."""

import os
import random
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.alternatives import without_protection
from tests.faults.conftest import long_control
from tests.faults.experiment import FULL, SEED, Clock, Report, count
from tests.faults.register import SHORT_TIMES, UNFINISHED, all_done, inspect, issue, wait_until_done
from tests.support.product import Product, wait_for

CERTIFICATES, FAULTS = count(60, 1000), count(5, 30)  # faults: a multiple of five
SEEDS = [SEED, SEED + 1, SEED + 2] if FULL else [SEED]


DELIVERED = "SELECT count(*) FROM certificates_certificate WHERE state = 'done'"
IN_PROGRESS = "SELECT count(*) FROM certificates_certificate WHERE state = 'claimed' AND claimed_until > %s"
LEASE = timedelta(seconds=float(SHORT_TIMES["LEASE_SECONDS"]))


def in_progress(product: Product) -> int:
    """Return how many deliveries were claimed within the last second and have not ended."""
    began = datetime.now(UTC) - timedelta(seconds=1)
    return product.number(IN_PROGRESS, (began + LEASE).strftime("%Y-%m-%d %H:%M:%S.%f+00"))


def kill_worker(product: Product, _dice: random.Random) -> None:
    """Kill the worker during a delivery. It is suspended for the check and continued if it delivers nothing."""
    group = product.processes["worker"].pid

    def caught() -> bool:
        os.killpg(group, signal.SIGSTOP)
        if is_delivering := in_progress(product) > 0:
            product.kill("worker")
        else:
            os.killpg(group, signal.SIGCONT)
        return is_delivering

    wait_for(caught, every=0.01)


def kill_a_child(product: Product, dice: random.Random) -> None:
    """Kill one child process of the worker. The embedded worker has none, so it is killed as a whole."""
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


STRIKES = (kill_worker, kill_worker, kill_a_child, kill_broker, empty_broker)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_killed_every_certificate_is_made_once(product, seed):
    dice = random.Random(seed)
    report = Report(f"R1 killed, {'PostgreSQL' if product.services else 'SQLite'}", seed=seed)
    strikes = dice.sample(STRIKES * (FAULTS // len(STRIKES)), FAULTS)
    for strike in strikes:
        issue(product, CERTIFICATES // FAULTS)  # while there is no worker, which would be faster
        product.start("worker")
        product.revive("beat")
        enough = product.number(DELIVERED) + dice.randint(1, CERTIFICATES // FAULTS // 2)
        wait_for(lambda enough=enough: product.number(DELIVERED) >= enough, every=0.01)
        strike(product, dice)
        report.faults += 1
        since = Clock()
        if "worker" in product.processes:
            wait_until_done(product)  # the product recovers by itself
            product.kill("worker")
    issue(product, CERTIFICATES % FAULTS)
    wait_until_done(product, "worker", "beat")
    report.recovery.append(since())
    report.note = f"{strikes.count(kill_worker)} times killed in the middle of a delivery"
    inspect(product, report, CERTIFICATES)
    assert report.holds()


@long_control
def test_control_without_the_sweep_a_lost_message_is_never_delivered(product):
    """The same loss, first without the beat, then with it."""
    issue(product, 5)
    empty_broker(product, random.Random())
    product.start("worker")
    issue(product, 1)  # its message arrives, which shows that the worker works
    wait_for(lambda: product.number(UNFINISHED) == 5)
    with pytest.raises(AssertionError, match="not within"):
        wait_for(lambda: product.number(UNFINISHED) < 5, 5)
    product.start("beat")
    wait_for(lambda: product.number(UNFINISHED) == 0)


@pytest.mark.embedded
@pytest.mark.parametrize("how", [{}, without_protection("reading half messages")], ids=["as we do", "negative control"])
def test_a_partly_written_message_does_not_end_the_embedded_worker(make, how):
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
    inspect(product, report, 2 * many, mailed_at_most=1)
    assert report.holds()
    assert all_done(product)
