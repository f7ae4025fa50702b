"""PostgreSQL cuts its connections, is struck down, and loses the line after a COMMIT (R4): a yes stands, and asking again is safe."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.alternatives import careless, otherwise
from tests.faults.candidates import Sitters
from tests.faults.crowd import Crowd
from tests.faults.experiment import SEED, Clock, Report, count
from tests.faults.own_postgres import MISSING, BrokenLine, OwnPostgres
from tests.faults.register import wait_until_done
from tests.support.product import Product

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(MISSING, reason="PostgreSQL's initdb is not installed here"),
]
PEOPLE, LASTS = count(20, 170), count(5, 20)  # three operations each
BACK_WITHIN = 5  # seconds from the server's return to a yes
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s ORDER BY state = 'idle', random() LIMIT 1
"""


@pytest.fixture(scope="module")
def postgres():
    own = OwnPostgres()
    yield own
    own.remove()


@pytest.fixture(scope="module")
def everybody(make_once, postgres):
    """Enough people for every experiment here, on a product whose database is the postgres above."""
    product = make_once(True, course=True, PGSSLMODE="disable")
    postgres.take_over(product)
    product.start()
    return Sitters(product, PEOPLE * 3 + 20)


@pytest.fixture
def crowd(everybody):
    return Crowd(everybody)


def during(crowd: Crowd, strike, many: int = PEOPLE, lasts: float = LASTS) -> None:
    """Strike while so many people work, spread over so many seconds at least."""
    with ThreadPoolExecutor(1) as aside:
        work = aside.submit(crowd.work, many, lasts)
        strike(lambda: not work.done())
        work.result()


def holds(crowd: Crowd, report: Report) -> bool:
    """What is owed is done, a yes stands once; counted and kept."""
    clock = Clock()
    wait_until_done(crowd.sitters.product, "worker", "beat")
    report.note = f"nothing owed after {clock():.1f} s"
    crowd.look(report)
    return report.holds()


def test_connections_cut_ten_times_a_second_cost_nobody_what_was_said_to_be_stored(crowd, postgres):
    report = Report("R4 connections cut")
    product, dice, tried = crowd.sitters.product, random.Random(SEED), 0

    def cut(going) -> None:
        nonlocal tried
        with psycopg.connect(f"{postgres.server}/postgres", autocommit=True) as connection:
            while going():
                report.faults += connection.execute(CUT, [product.database]).rowcount
                tried += 1
                time.sleep(dice.uniform(0.02, 0.18))  # not in step with what would be cut again and again

    during(crowd, cut)
    assert holds(crowd, report)
    assert report.faults > tried / 2 > 5, "too few cuts to prove anything"


def test_struck_down_in_the_middle_it_answers_within_seconds_of_its_return(crowd, postgres):
    report = Report("R4 struck down")
    dice = random.Random(SEED)
    half = PEOPLE // 2

    def struck_down(seconds: float) -> None:
        before = len(crowd.handed_in) + dice.randint(1, half // 3)

        def strike(going) -> None:
            while going() and len(crowd.handed_in) < before:
                time.sleep(0.01)
            postgres.strike_down()
            assert going(), "everybody had handed in: struck down after the middle"
            time.sleep(seconds)
            postgres.start()
            # One more comes now: those who wait may all have their yes before pg_ctl says that the server is back.
            late, back = crowd.sitters.waiting.pop(), Clock()
            crowd.press(lambda: crowd.sitters.save(late), 200)
            report.recovery.append(back())
            crowd.saved.append(late.attempt)

        during(crowd, strike, half, LASTS / 2)
        report.faults += 1

    for away in (0, count(4, 12)):  # seconds
        struck_down(away)
    assert holds(crowd, report)
    assert max(report.recovery) <= BACK_WITHIN, report.recovery


def through(line: BrokenLine, product: Product) -> dict[str, str]:
    """The environment of the product when its database is at the other end of this line."""
    return {"DATABASE_URL": f"postgresql://postgres@127.0.0.1:{line.port}/{product.database}"}


@pytest.fixture
def broken_line(postgres, request):
    line = BrokenLine(postgres.server, every=request.param)
    yield line
    line.stop()


@pytest.mark.parametrize("broken_line", [3], indirect=True)
def test_a_commit_whose_reply_was_lost_is_found_when_it_is_asked_again(crowd, broken_line):
    report = Report("R4 reply to COMMIT lost")
    product = crowd.sitters.product
    with otherwise(product, "web", **through(broken_line, product)):
        crowd.work(PEOPLE)
    report.faults = broken_line.broken
    assert holds(crowd, report)
    assert crowd.refused[500] >= report.faults > PEOPLE / 3


PRESS_TWICE = """
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from quizzes import attempts
from quizzes.models.records import AttemptItem, Response
item = AttemptItem.objects.select_related("attempt").get(attempt__uuid="{attempt}", position=1)
payload = item.responses.get().payload
with transaction.atomic():
    AttemptItem.objects.exists()  # the first COMMIT comes through; the second, that of the first press, is lost
def careful():
    attempts.save(item.attempt, item, 2, payload, False)
def careless():
    with transaction.atomic():
        Response.objects.create(item=item, op=item.responses.count() + 1, payload=payload, at=timezone.now())
try:
    {how}()
    lost = False
except OperationalError:
    lost = True
    connection.close()
    {how}()
answer = [lost, item.responses.count()]
"""


@pytest.mark.parametrize(("how", "answers"), [("careful", 2), ("careless", 3)], ids=["as we do", "negative control"])
@pytest.mark.parametrize("broken_line", [2], indirect=True)
def test_numbered_by_the_server_an_answer_pressed_again_would_be_there_twice(
    everybody, broken_line, how, answers, monkeypatch
):
    product = everybody.product
    monkeypatch.setattr(product, "environment", product.environment | through(broken_line, product))
    sitter = everybody.waiting.pop()
    assert product.python(PRESS_TWICE.format(attempt=sitter.attempt, how=how)) == [True, answers]


@pytest.mark.parametrize("how", [{}, careless("trusting old connections")], ids=["as we do", "negative control"])
def test_trusting_old_connections_those_who_come_after_a_restart_would_be_refused(crowd, postgres, how):
    with otherwise(crowd.sitters.product, "web", **how):
        crowd.work(4)
        assert not crowd.refused
        postgres.restart()
        crowd.work(4)
    assert bool(crowd.refused) == bool(how)
