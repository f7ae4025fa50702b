"""Each part killed, hung and full in turn (R17), with real processes: what each address says, after how many seconds."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.faults.conftest import ON_BOTH
from tests.faults.experiment import FULL, Clock, Report, count
from tests.faults.own_postgres import MISSING, OwnPostgres
from tests.support.product import Product, wait_for

TOKEN = "a token of monitoring"
LIMIT = count(6, 60)  # HEARTBEAT_LIMIT; production has 60 s
NAMED_WITHIN = LIMIT * 1.5
SLACK = 0 if FULL else 15  # seconds that a busy machine may add in a short run


def ask(product: Product, path: str) -> tuple[int, dict]:
    """Return the status and content of an address; (0, {}) when nobody answers within 5 s."""
    request = urllib.request.Request(f"{product.url}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {}


def bad_parts(content: dict) -> dict[str, str]:
    return {name: part["state"] for name, part in content.get("parts", {}).items() if part["state"] != "ok"}


class Observer:
    """Does something to a product, waits until /health/ says what is expected, and keeps a line of the table."""

    def __init__(self, product: Product, title: str):
        self.product = product
        self.report = Report(f"R17 health, {title}", max_recovery=NAMED_WITHIN)
        self.lines: list[str] = []

    def well(self) -> None:
        wait_for(lambda: ask(self.product, "/health/")[1].get("state") == "ok")

    def after(
        self, event: str, do: Callable[[], object], expected: dict[str, str], status: int, live: int = 200
    ) -> None:
        """Do it. These parts must then have these states, within NAMED_WITHIN, with these statuses of the addresses."""
        do()
        clock = Clock()

        def is_said():
            answer = ask(self.product, "/health/")
            is_expected = answer[0] == status and expected.items() <= bad_parts(answer[1]).items()
            return answer if is_expected and ask(self.product, "/health/live")[0] == live else None

        _status, content = wait_for(is_said, NAMED_WITHIN + SLACK, every=0.1)
        seconds = clock()
        live_status = ask(self.product, "/health/live")[0]
        parts = ", ".join(f"{name} {state}" for name, state in bad_parts(content).items())
        self.lines.append(
            f"  {event:28} after {seconds:5.1f} s  /health/live {live_status or 'none':>4}"
            f"  /health/ {status or 'none':>4} {content.get('state', ''):9} {parts}"
        )
        self.report.faults += 1
        self.report.recovery.append(seconds)
        self.report.wrong += live_status != live

    def holds(self) -> bool:
        """Print the table, and keep the line of the report."""
        print("\n" + "\n".join(self.lines))
        return self.report.holds()


@pytest.fixture
def observe(make):
    """Start a product with short limits. Return its observer. `prepare` runs before the processes start."""

    def observe(
        title: str, services: bool, prepare: Callable[[Product], object] = lambda _product: None, **environment: str
    ) -> Observer:
        limits = {"HEARTBEAT_LIMIT": str(LIMIT), "HEALTH_TOKEN": TOKEN, "BACKUP_HOURS": "0", "DISK_FREE_MB": "1"}
        product = make(services, **{**limits, **environment})
        prepare(product)
        observer = Observer(product.start(), title)
        observer.well()
        return observer

    return observe


def send(product: Product, name: str, number: signal.Signals) -> None:
    """Send a signal to the whole group of one process."""
    os.killpg(product.processes[name].pid, number)


@pytest.mark.parametrize("services", ON_BOTH)
def test_web_worker_and_beat(observe, services):
    observer = observe("PostgreSQL" if services else "SQLite", services)
    product = observer.product
    for name, state, status in (("worker", "failing", 503), ("beat", "degraded", 200)):
        product.manage("check_heartbeat", name)
        observer.after(f"{name} killed", lambda name=name: product.kill(name), {name: state}, status)
        with pytest.raises(AssertionError, match="not answered"):
            product.manage("check_heartbeat", name)
        product.start(name)
        observer.well()
        stop = lambda name=name: send(product, name, signal.SIGSTOP)  # noqa: E731
        observer.after(f"{name} hung", stop, {name: state}, status)
        send(product, name, signal.SIGCONT)
        observer.well()
    both = {"worker": "failing", "beat": "degraded"}
    observer.after("worker and beat killed", lambda: [product.kill("worker"), product.kill("beat")], both, 503)
    product.start("worker", "beat")
    observer.well()
    observer.after("web hung", lambda: send(product, "web", signal.SIGSTOP), {}, 0, live=0)
    send(product, "web", signal.SIGCONT)
    observer.well()
    observer.after("web killed", lambda: product.kill("web"), {}, 0, live=0)
    assert observer.holds()


@pytest.mark.services
def test_redis(observe):
    observer = observe("Redis", True)
    redis = observer.product.redis
    for event, strike, mend in (
        ("Redis full", redis.fill, redis.drain),
        ("Redis hung", redis.hang, redis.wake),
        ("Redis killed", redis.kill, redis.start),
    ):
        observer.after(event, strike, {"broker": "degraded"}, 200)
        mend()
        observer.well()
    assert observer.holds()


@pytest.fixture
def postgres():
    own = OwnPostgres()
    yield own
    own.remove()


@pytest.mark.services
@pytest.mark.skipif(MISSING, reason="PostgreSQL's initdb is not installed here")
def test_postgresql(postgres, observe):
    observer = observe("PostgreSQL itself", True, postgres.take_over, PGSSLMODE="disable")
    observer.after("PostgreSQL hung", postgres.hang, {"database": "failing"}, 503, live=503)
    postgres.wake()
    observer.well()
    observer.after("PostgreSQL killed", postgres.kill, {"database": "failing"}, 503, live=503)
    postgres.start()
    observer.well()
    assert observer.holds()


SEND = """
from accounts.emails import outgoing
from accounts.models import User
person, _ = User.objects.get_or_create(email="amina@example.org", defaults=dict(name="Amina Hassan", country="KE"))
answer = [outgoing.send("test_email", person.email, dict(), key=f"mail {{n}}", user=person).pk for n in range({many})]
"""


@pytest.mark.embedded
def test_mail_and_disk(observe):
    """The mail server is a closed port. A disk is nearly full for a product that wants more space than there is."""
    observer = observe("mail and disk", False, EMAIL_URL="smtp://127.0.0.1:9")
    product = observer.product
    observer.after("mail away, one email", lambda: product.python(SEND.format(many=1)), {"email": "degraded"}, 200)
    observer.after("mail away, five emails", lambda: product.python(SEND.format(many=5)), {"email": "failing"}, 200)
    product.kill("web")
    product.environment["DISK_FREE_MB"] = str(10**9)
    observer.after("disk nearly full", lambda: product.start("web"), {"disk": "failing"}, 200)
    assert observer.holds()
