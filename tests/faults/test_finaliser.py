"""Abandoned attempts are closed by several finalisers, some of which are killed during an attempt (R11)."""

import random
import signal
import subprocess
import sys

import pytest

from tests.faults.conftest import ON_BOTH, SQLITE, long_control
from tests.faults.experiment import SEED, Clock, Report, count
from tests.support.product import ROOT, Product, wait_for

ATTEMPTS, KILLS, ITEMS = count(60, 300), count(2, 10), 5
ABANDONED = f"""
from tests.faults.traffic import create_candidates
answer = create_candidates({ATTEMPTS}, ["single"] * {ITEMS}, lambda number: number % {ITEMS + 1}, seconds_left=-90)
"""
# Killed between closing and marking its n-th attempt, the worst moment.
FINALISE = """
import os, signal
from quizzes import attempts, grading
from quizzes.models.records import Attempt
real, left, without_transaction = grading.grade, {nth}, {without_transaction}
def grade(*args):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
grading.grade = grade
if without_transaction:
    from contextlib import nullcontext
    from types import SimpleNamespace
    attempts.transaction = SimpleNamespace(atomic=nullcontext)
while Attempt.objects.everybody("the experiment").filter(state="open").exists():
    attempts.close_overdue()
"""
# Without time stamps, which the two databases print differently.
CLOSED_CORRECTLY = (
    """SELECT count(*) FROM quizzes_attempt WHERE state = 'closed' AND why = 'time' AND submitted_at = deadline"""
)
MARKS = """SELECT attempt.id, mark.score, mark.passed FROM quizzes_attempt attempt
    LEFT JOIN quizzes_mark mark ON mark.attempt_id = attempt.id"""


def finaliser(product: Product, nth: int = 0, without_transaction: bool = False) -> subprocess.Popen:
    """Start a process that closes overdue attempts, or is killed during its n-th one."""
    code = FINALISE.format(nth=nth, without_transaction=without_transaction)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    with (product.folder / "finaliser.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=product.environment, stdout=log, stderr=log)


def look(product: Product, candidates: list[dict], report: Report) -> None:
    """Add to the report the attempts without a mark, with several marks, and with a wrong mark."""
    answered_by_pk = {candidate["pk"]: candidate["answered"] for candidate in candidates}
    rows = product.rows(MARKS)
    marked = [row for row in rows if row[1] is not None]
    report.lost += len(answered_by_pk) - len({pk for pk, _score, _passed in marked})
    report.doubled += len(marked) - len({pk for pk, _score, _passed in marked})
    report.wrong += sum(
        (float(score), bool(passed)) != (answered_by_pk[pk], answered_by_pk[pk] * 5 >= ITEMS * 4)
        for pk, score, passed in marked
    )
    report.wrong += product.number(CLOSED_CORRECTLY) != len(answered_by_pk)
    done = sum(passed for _pk, _score, passed in marked)
    report.lost += done - product.number("SELECT count(*) FROM certificates_certificate")
    report.acknowledged = len(marked)


@pytest.mark.parametrize("services", ON_BOTH)
def test_abandoned_attempts_are_closed_once_though_finalisers_are_killed(make, services):
    report = Report(f"R11 left alone, {'PostgreSQL' if services else 'SQLite'}")
    product, dice = make(services), random.Random(SEED)
    candidates, clock = product.python(ABANDONED), Clock()
    doomed = [
        dice.randint(1, ATTEMPTS // (2 * KILLS)) for _ in range(KILLS)
    ]  # together they leave half of the attempts open
    running = [finaliser(product, doomed.pop()) for _ in range(2)]
    while running:
        dead = wait_for(lambda: [process for process in running if process.poll() is not None], 60, 0.05)[0]
        assert dead.returncode == -signal.SIGKILL, (product.folder / "finaliser.log").read_text()[-2000:]
        report.faults += 1
        running.remove(dead)
        if doomed:
            running.append(finaliser(product, doomed.pop()))
    assert report.faults == KILLS
    assert [process.wait(60) for process in [finaliser(product), finaliser(product)]] == [0, 0]
    report.recovery.append(clock())
    look(product, candidates, report)
    assert report.holds()


@long_control
@pytest.mark.parametrize("services", [SQLITE])
def test_control_without_the_transaction_an_attempt_is_closed_but_never_marked(make, services):
    """The negative control: the process is killed at the same point, between closing and marking."""
    product = make(services)
    candidates = product.python(ABANDONED)
    assert finaliser(product, 3, without_transaction=True).wait(60) == -signal.SIGKILL
    assert finaliser(product).wait(60) == 0
    look(product, candidates, report := Report("control"))
    assert report.lost == 1
