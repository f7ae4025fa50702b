"""Sittings that were left alone, closed by several finalisers of which some are killed in the middle of one (R11)."""

import random
import signal
import subprocess
import sys

import pytest

from tests.faults.conftest import ON_BOTH
from tests.faults.experiment import SEED, Clock, Report, count
from tests.support.product import ROOT, Product, wait_for

SITTINGS, KILLS, ITEMS = count(60, 300), count(2, 10), 5
LEFT_ALONE = f"""
from tests.faults.traffic import gather
answer = gather({SITTINGS}, ["single"] * {ITEMS}, lambda number: number % {ITEMS + 1}, seconds_left=-90)
"""
# Killed between the closing and the mark of its nth sitting, which is where it hurts.
FINALISE = """
import os, signal
from quizzes import attempts, grading
from quizzes.models.records import Attempt
real, left, careless = grading.grade, {nth}, {careless}
def grade(*args):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
grading.grade = grade
if careless:
    from contextlib import nullcontext
    from types import SimpleNamespace
    attempts.transaction = SimpleNamespace(atomic=nullcontext)
while Attempt.objects.everybody("the experiment").filter(state="open").exists():
    attempts.close_overdue()
"""
# Not by time stamps: the two databases print them differently.
AS_IT_SHOULD = (
    """SELECT count(*) FROM quizzes_attempt WHERE state = 'closed' AND why = 'time' AND submitted_at = deadline"""
)
MARKS = """SELECT attempt.id, mark.score, mark.passed FROM quizzes_attempt attempt
    LEFT JOIN quizzes_mark mark ON mark.attempt_id = attempt.id"""


def finaliser(product: Product, nth: int = 0, careless: bool = False) -> subprocess.Popen:
    """One that closes until nothing is overdue, or is killed in the middle of its nth."""
    code = FINALISE.format(nth=nth, careless=careless)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    with (product.folder / "finaliser.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=product.environment, stdout=log, stderr=log)


def look(product: Product, sittings: list[dict], report: Report) -> None:
    """Count into the report the sittings without a mark, with several, and with another than what was saved earns."""
    given = {sitting["pk"]: sitting["given"] for sitting in sittings}
    rows = product.rows(MARKS)
    marked = [row for row in rows if row[1] is not None]
    report.lost += len(given) - len({pk for pk, _score, _passed in marked})
    report.doubled += len(marked) - len({pk for pk, _score, _passed in marked})
    report.wrong += sum(
        (float(score), bool(passed)) != (given[pk], given[pk] * 5 >= ITEMS * 4) for pk, score, passed in marked
    )
    report.wrong += product.number(AS_IT_SHOULD) != len(given)
    done = sum(passed for _pk, _score, passed in marked)
    report.lost += done - product.number("SELECT count(*) FROM certificates_certificate")
    report.acknowledged = len(marked)


@pytest.mark.parametrize("services", ON_BOTH)
def test_left_alone_and_closed_by_finalisers_that_die_each_is_closed_once_with_what_was_saved(make, services):
    report = Report(f"R11 left alone, {'PostgreSQL' if services else 'SQLite'}")
    product, dice = make(services), random.Random(SEED)
    sittings, clock = product.python(LEFT_ALONE), Clock()
    doomed = [dice.randint(1, SITTINGS // (2 * KILLS)) for _ in range(KILLS)]  # together they leave half of them open
    running = [finaliser(product, doomed.pop()) for _ in range(2)]
    while running:
        dead = wait_for(lambda: [each for each in running if each.poll() is not None], 60, 0.05)[0]
        assert dead.returncode == -signal.SIGKILL, (product.folder / "finaliser.log").read_text()[-2000:]
        report.faults += 1
        running.remove(dead)
        if doomed:
            running.append(finaliser(product, doomed.pop()))
    assert report.faults == KILLS
    assert [each.wait(60) for each in [finaliser(product), finaliser(product)]] == [0, 0]
    report.recovery.append(clock())
    look(product, sittings, report)
    assert report.holds()


@pytest.mark.parametrize("services", ON_BOTH[:1])
def test_without_the_transaction_a_sitting_would_be_closed_and_never_marked(make, services):
    """The negative control: the same death between the closing and the mark."""
    product = make(services)
    sittings = product.python(LEFT_ALONE)
    assert finaliser(product, 3, careless=True).wait(60) == -signal.SIGKILL
    assert finaliser(product).wait(60) == 0
    look(product, sittings, report := Report("control"))
    assert report.lost == 1
