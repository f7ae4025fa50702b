"""PostgreSQL ends connections, is killed, and loses a reply after COMMIT (R4): nothing acknowledged is lost, retries are safe."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.alternatives import restarted_with, without_protection
from tests.faults.candidates import Candidates
from tests.faults.crowd import Crowd
from tests.faults.experiment import SEED, Clock, Report, count
from tests.faults.own_postgres import MISSING, BreakingProxy, OwnPostgres
from tests.faults.register import wait_until_done
from tests.support.product import Product

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(MISSING, reason="PostgreSQL's initdb is not installed here"),
]
PEOPLE, LASTS = count(20, 170), count(5, 20)  # three operations each
BACK_WITHIN = 5  # seconds from the return of the server to a success
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
    """Enough candidates for every experiment, on a product with the database of the `postgres` fixture."""
    product = make_once(True, course=True, PGSSLMODE="disable")
    postgres.take_over(product)
    product.start()
    return Candidates(product, PEOPLE * 3 + 20)


@pytest.fixture
def crowd(everybody):
    return Crowd(everybody)


def during(crowd: Crowd, strike, many: int = PEOPLE, lasts: float = LASTS) -> None:
    """Run `strike` while this many people take the test, spread over at least `lasts` seconds."""
    with ThreadPoolExecutor(1) as aside:
        work = aside.submit(crowd.work, many, lasts)
        strike(lambda: not work.done())
        work.result()


def holds(crowd: Crowd, report: Report) -> bool:
    """Wait for the outbox, count the losses and record the report. Return whether it passes."""
    clock = Clock()
    wait_until_done(crowd.candidates.product, "worker", "beat")
    report.note = f"nothing unfinished after {clock():.1f} s"
    crowd.count_losses(report)
    return report.holds()


def test_ending_connections_ten_times_a_second_loses_nothing_acknowledged(crowd, postgres):
    report = Report("R4 connections cut")
    product, dice, tried = crowd.candidates.product, random.Random(SEED), 0

    def cut(going) -> None:
        nonlocal tried
        with psycopg.connect(f"{postgres.server}/postgres", autocommit=True) as connection:
            while going():
                report.faults += connection.execute(CUT, [product.database]).rowcount
                tried += 1
                time.sleep(dice.uniform(0.02, 0.18))  # at random times, so that the same request is not cut each time

    during(crowd, cut)
    assert holds(crowd, report)
    assert report.faults > tried / 2 > 5, "too few cuts to prove anything"


def test_after_a_kill_the_product_answers_within_seconds_of_the_return(crowd, postgres):
    report = Report("R4 struck down")
    dice = random.Random(SEED)
    half = PEOPLE // 2

    def struck_down(seconds: float) -> None:
        before = len(crowd.handed_in) + dice.randint(1, half // 3)

        def strike(going) -> None:
            while going() and len(crowd.handed_in) < before:
                time.sleep(0.01)
            postgres.kill()
            assert going(), "everybody had handed in: struck down after the middle"
            time.sleep(seconds)
            postgres.start()
            # One more person, since the waiting ones may succeed before pg_ctl reports that the server is back.
            late, back = crowd.candidates.waiting.pop(), Clock()
            crowd.retry(lambda: crowd.candidates.save(late), 200)
            report.recovery.append(back())
            crowd.saved.append(late.attempt)

        during(crowd, strike, half, LASTS / 2)
        report.faults += 1

    for away in (0, count(4, 12)):  # seconds
        struck_down(away)
    assert holds(crowd, report)
    assert max(report.recovery) <= BACK_WITHIN, report.recovery


def through(proxy: BreakingProxy, product: Product) -> dict[str, str]:
    """Return the environment of the product with its database behind this proxy."""
    return {"DATABASE_URL": f"postgresql://postgres@127.0.0.1:{proxy.port}/{product.database}"}


@pytest.fixture
def breaking_proxy(postgres, request):
    line = BreakingProxy(postgres.server, every=request.param)
    yield line
    line.stop()


@pytest.mark.parametrize("breaking_proxy", [3], indirect=True)
def test_a_commit_whose_reply_was_lost_is_recognised_at_the_retry(crowd, breaking_proxy):
    report = Report("R4 reply to COMMIT lost")
    product = crowd.candidates.product
    with restarted_with(product, "web", **through(breaking_proxy, product)):
        crowd.work(PEOPLE)
    report.faults = breaking_proxy.broken
    assert holds(crowd, report)
    assert crowd.refused[500] >= report.faults > PEOPLE / 3


RETRY_AFTER_LOST_REPLY = """
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from quizzes import attempts
from quizzes.models.records import AttemptItem, Response
item = AttemptItem.objects.select_related("attempt").get(attempt__uuid="{attempt}", position=1)
payload = item.responses.get().payload
with transaction.atomic():
    AttemptItem.objects.exists()  # the reply to the second COMMIT, that of the first try, is lost
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
@pytest.mark.parametrize("breaking_proxy", [2], indirect=True)
def test_control_with_numbers_of_the_server_a_retried_answer_is_stored_twice(
    everybody, breaking_proxy, how, answers, monkeypatch
):
    product = everybody.product
    monkeypatch.setattr(product, "environment", product.environment | through(breaking_proxy, product))
    candidate = everybody.waiting.pop()
    assert product.python(RETRY_AFTER_LOST_REPLY.format(attempt=candidate.attempt, how=how)) == [True, answers]


@pytest.mark.parametrize(
    "how", [{}, without_protection("trusting old connections")], ids=["as we do", "negative control"]
)
def test_control_without_health_checks_requests_after_a_restart_fail(crowd, postgres, how):
    with restarted_with(crowd.candidates.product, "web", **how):
        crowd.work(4)
        assert not crowd.refused
        postgres.restart()
        crowd.work(4)
    assert bool(crowd.refused) == bool(how)
