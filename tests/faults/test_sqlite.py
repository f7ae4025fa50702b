"""SQLite with four processes, one of which is repeatedly killed during a transaction (R5): no lock errors, no loss."""

import contextlib
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.alternatives import without_protection
from tests.faults.candidates import Candidates
from tests.faults.conftest import long_control
from tests.faults.crowd import Crowd
from tests.faults.experiment import Clock, Report, count
from tests.faults.register import inspect, wait_until_done
from tests.support.product import Product, wait_for

pytestmark = pytest.mark.embedded
KILLS = count(5, 50)
PEOPLE = KILLS * 6
PROCESSES, HANDS = 4, 8


def children(product: Product) -> list[str]:
    web = product.processes["web"].pid
    return Path(f"/proc/{web}/task/{web}/children").read_text().split()


def start_wide(product: Product) -> None:
    """Start the product with four web processes. The demo has two."""
    product.start()
    for wanted in range(len(children(product)) + 1, PROCESSES + 1):
        product.processes["web"].send_signal(signal.SIGTTIN)
        wait_for(lambda wanted=wanted: len(children(product)) >= wanted)


def locked(product: Product) -> int:
    """Return how often a log says that the database was locked."""
    return sum(log.read_text().count("OperationalError: database is locked") for log in product.folder.glob("*.log"))


def whole(product: Product) -> bool:
    with contextlib.closing(sqlite3.connect(product.folder / "db.sqlite3", timeout=20)) as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_writer_killed_in_its_transaction_leaves_the_database_intact_and_unlocked(make, tmp_path):
    report = Report("R5 writers killed, SQLite")
    strikes = tmp_path / "strikes"
    strikes.mkdir()
    product = make(False, course=True)
    crowd = Crowd(Candidates(product, PEOPLE), HANDS)
    product.environment["FAILPOINT"] = f"certificate recorded=exit:{strikes}"
    start_wide(product)
    for number in range(KILLS):  # each kill has its own people, so that requests are running
        (strikes / str(number)).touch()
        with ThreadPoolExecutor(1) as aside:
            work = aside.submit(crowd.work, PEOPLE // KILLS, 1.2)
            wait_for(lambda: not any(strikes.iterdir()), 30, every=0.02)
            report.faults += 1
            report.wrong += not whole(product)
            work.result()
    since = Clock()
    wait_until_done(product)
    report.recovery.append(since())
    inspect(product, report, PEOPLE)
    crowd.count_losses(report)
    assert report.holds()
    assert (set(crowd.refused), locked(product)) == ({0}, 0)  # only connections of killed processes were broken


@long_control
def test_control_with_the_defaults_of_sqlite_the_database_is_locked(make):
    """Nothing is killed here."""
    product = make(False, course=True, **without_protection("SQLite as it comes"))
    with contextlib.closing(sqlite3.connect(product.folder / "db.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    crowd = Crowd(Candidates(product, PEOPLE), HANDS)
    start_wide(product)
    crowd.work(PEOPLE)
    assert crowd.refused[500] > count(5, 100)
    assert locked(product) >= crowd.refused[500]
