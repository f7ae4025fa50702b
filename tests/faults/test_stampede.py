"""Everybody submits within twenty seconds while others save answers (R10)."""

import random
import threading
import time

import psycopg
import pytest

from tests.faults.conftest import ON_BOTH
from tests.faults.experiment import FULL, SEED, Clock, Report
from tests.faults.register import all_done
from tests.faults.stampede import SubmittingPerson, p95, stampede
from tests.support.product import POSTGRES, Product, wait_for

pytestmark = pytest.mark.alone
SECONDS, ITEMS = 20, 10
CROWDS = [100, 500] if FULL else [100]
GOAL = {True: 2.0, False: 3.0}  # seconds, by whether it is PostgreSQL
STORED = """SELECT item.attempt_id, response.op FROM quizzes_response response
    JOIN quizzes_attemptitem item ON item.id = response.item_id WHERE item.position = %s"""
MARKS = "SELECT attempt_id, count(*) FROM quizzes_mark GROUP BY attempt_id"


def create_people(product: Product, many: int) -> list[SubmittingPerson]:
    """Create people of whom every other one passes, unless the last question is answered wrongly at the end."""
    code = f"from tests.faults.traffic import create_candidates\nanswer = create_candidates({many}, ['single'] * {ITEMS}, lambda n: 9 if n % 2 else 6)"
    return [
        SubmittingPerson(product, candidate, random.Random(SEED + at))
        for at, candidate in enumerate(product.python(code))
    ]


def look(product: Product, people: list[SubmittingPerson], report: Report) -> None:
    stored = set(product.rows(STORED, ITEMS))
    marks = dict(product.rows(MARKS))
    for person in people:
        pk = person.candidate["pk"]
        report.lost += sum((pk, op) not in stored for op in person.acknowledged) + (pk not in marks)
        report.doubled += marks.get(pk, 1) > 1
        report.wrong += len(person.errors)
        report.acknowledged += len(person.acknowledged) + 1
    passed = product.number("SELECT count(*) FROM quizzes_mark WHERE passed")
    report.lost += passed - product.number("SELECT count(*) FROM certificates_certificate")


@pytest.mark.parametrize("services", ON_BOTH)
@pytest.mark.parametrize("many", CROWDS)
def test_everybody_submits_at_once_and_nobody_waits_long_or_loses_anything(make, services, many):
    product = make(services)
    people = create_people(product, many)
    product.start()
    begun = time.process_time()
    stampede(people, SECONDS)
    clock, ours = Clock(), time.process_time() - begun
    report = Report(f"R10 stampede, {'PostgreSQL' if services else 'SQLite'}", max_recovery=300)
    submits, saves = ([person.submit_took for person in people], [took for one in people for took in one.save_took])
    report.note = (
        f"{many} people, submit p95 {p95(submits):.2f} s, save p95 {p95(saves):.2f} s, {ours:.1f} CPU-s our own"
    )
    look(product, people, report)
    report.wrong += p95(submits) > GOAL[services]
    wait_for(lambda: all_done(product), 300)  # until their certificates are made
    report.recovery.append(clock())
    assert report.holds(), [person.errors for person in people if person.errors]


@pytest.mark.services
def test_control_a_locked_table_is_noticed(make):
    """Nobody can write for three seconds."""
    product = make(True)
    people = create_people(product, 10)
    product.start("web")

    def lock() -> None:
        with psycopg.connect(f"{POSTGRES}/{product.database}") as database:
            database.execute("LOCK TABLE quizzes_attempt IN EXCLUSIVE MODE")
            time.sleep(4)

    locking = threading.Thread(target=lock)
    locking.start()
    stampede(people, 1)
    locking.join()
    assert p95([person.submit_took for person in people]) > GOAL[True]
    look(product, people, report := Report("control"))
    assert (report.lost, report.wrong) == (0, 0)  # late, but nothing is lost
    people[0].acknowledged[99] = "said, and not stored"
    look(product, people, report)
    assert report.lost == 1
