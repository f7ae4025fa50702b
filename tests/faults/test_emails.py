"""The mail server is away, greylists, refuses one address, or is slow: no email is lost, none arrives more than twice.

The clock is set forward where hours pass. Sign-in emails behind many others are tried with a real worker.
"""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.emails import tasks, waiting
from accounts.models import Email, Urgency, User
from accounts.outbox import OutboxState
from elearning import tasks as elearning_tasks
from tests.faults.conftest import ON_BOTH, long_control
from tests.faults.experiment import FULL, Clock, Report
from tests.support.product import wait_for
from tests.support.smtp_server import SmtpServer, closed_port

MANY = 100
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server():
    smtp = SmtpServer()
    yield smtp
    smtp.stop()


@pytest.fixture
def emails(db, monkeypatch) -> list[Email]:
    """A hundred emails, of each urgency. The broker's tasks are run at once."""
    monkeypatch.setattr(tasks.deliver_email, "delay", tasks.deliver_email)
    monkeypatch.setattr(tasks.send_waiting, "delay", lambda: None)
    people = [User.objects.create_user(f"p{number}@example.org", name=f"P {number}") for number in range(MANY)]
    return [
        Email.objects.create(
            dedupe_key=str(number), message_id=f"<{number}@example.org>", to=person.email, user=person,
            kind="marked", urgency=Urgency.values[number % 3], language="en", subject="S", text="T",
        )
        for number, person in enumerate(people)
    ]  # fmt: skip


def work_until(clock, end, every: timedelta = MINUTE) -> None:
    """Do what beat and worker do, with this time between two sweeps."""
    while timezone.now() < end and Email.objects.unfinished().exists():
        elearning_tasks.sweep()
        waiting.send()
        clock.shift(every)


def judge(name: str, server: SmtpServer, expected: int, **fields) -> None:
    arrived = Counter(message["Message-ID"] for message in server.accepted)
    report = Report(name, acknowledged=expected, lost=expected - len(arrived), **fields)
    report.doubled = sum(times > 2 for times in arrived.values())
    assert report.holds()


def test_a_server_that_is_away_for_an_hour_loses_nothing(emails, server, settings):
    server.use(settings)
    settings.EMAIL_PORT = closed_port()
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        work_until(clock, start + timedelta(hours=1))
        assert server.accepted == []
        settings.EMAIL_PORT = server.port
        work_until(clock, start + timedelta(hours=3))
    judge("R21 mail server away for an hour", server, MANY, faults=1)


def test_greylisting_of_a_quarter_of_an_hour_loses_nothing(emails, server, settings):
    server.use(settings)
    first: dict = {}

    def greylist(to: str) -> str:
        since = first.setdefault(to, timezone.now())
        return "250 ok" if timezone.now() - since >= 15 * MINUTE else "451 4.7.1 greylisted, try again"

    server.answers["RCPT"] = greylist
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        work_until(clock, start + timedelta(hours=4))
        assert timezone.now() - start < timedelta(hours=2)
    judge("R21 greylisting of 15 minutes", server, MANY, faults=MANY)


def test_one_unknown_address_of_a_hundred_fails_alone(emails, server, settings):
    server.use(settings)
    unknown = emails[50].to
    server.answers["RCPT"] = lambda to: "550 5.1.1 no such user" if to == unknown else "250 ok"
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        work_until(clock, start + timedelta(hours=1))
    judge("R21 550 for one of a hundred", server, MANY - 1, faults=1)
    assert [email.to for email in Email.objects.filter(state=OutboxState.FAILED)] == [unknown]
    assert [person.email for person in User.objects.all() if person.mail_fails] == [unknown]


def test_a_relay_that_refuses_everybody_for_a_day_marks_no_address_and_loses_nothing(emails, server, settings):
    server.use(settings).answers["RCPT"] = "554 5.7.1 relaying denied"
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        work_until(clock, start + timedelta(days=1), every=30 * MINUTE)
        del server.answers["RCPT"]
        work_until(clock, start + timedelta(days=2), every=30 * MINUTE)
    judge("R21 relay that refuses everybody for a day", server, MANY, faults=MANY)
    assert not [person for person in User.objects.all() if person.mail_fails]


WRITE = """
from accounts.models import Email, User
Email.objects.bulk_create(
    Email(dedupe_key=f"{kind} {{n}}", message_id=f"<{kind}.{{n}}@example.org>", to=f"p{{n}}@example.org",
          kind="{kind}", urgency={urgency}, language="en", subject="{kind}", text="T")
    for n in range({many})
)
answer = ""
"""
SIGN_IN = """
from accounts.emails import outgoing
outgoing.send("unknown_account", "amina@example.org", {"signup_url": "http://x"}, key="sign-in", language="en")
answer = ""
"""
OTHERS = 10_000
SLOW = 15.0  # seconds that the server takes for each email
WITHIN = 10.0
PRODUCTION_TIMES = {"LEASE_SECONDS": "30", "TASK_SECONDS": "20", "SWEEP_SECONDS": "2", "EMAIL_BULK_PER_MINUTE": "6000"}


def seconds_of_a_sign_in_email(product, server: SmtpServer, kinds: dict[str, int]) -> float:
    """Write ten thousand emails of these kinds and urgencies, and one about signing in while they are sent.

    Return the seconds until the server got that one, with those that the process needs to write it.
    """
    for kind, urgency in kinds.items():
        product.python(WRITE.format(kind=kind, urgency=urgency, many=OTHERS // len(kinds)))
    product.start("worker", "beat")
    wait_for(lambda: len(server.seen) >= (1 if server.seconds else 20))  # the others are under way
    since = Clock()
    product.python(SIGN_IN)
    [(message_id,)] = product.rows("SELECT message_id FROM accounts_email WHERE dedupe_key = 'sign-in'")
    arrived = wait_for(lambda: [when for when, seen in server.seen if seen == message_id], WITHIN, every=0.05)
    return arrived[0] - since.started


@pytest.mark.parametrize("services", ON_BOTH)
@pytest.mark.parametrize("seconds", [0.0, SLOW] if FULL else [SLOW])
def test_a_sign_in_email_behind_ten_thousand_others_leaves_within_ten_seconds(make, server, services, seconds):
    server.seconds = seconds
    product = make(services, EMAIL_URL=server.url, **PRODUCTION_TIMES)
    left_after = seconds_of_a_sign_in_email(product, server, {"regraded": 3, "certificate_ready": 2})
    report = Report(f"R21 sign-in behind {OTHERS}, {seconds:.0f} s each", acknowledged=1, recovery=[left_after])
    report.max_recovery, report.note = WITHIN, "PostgreSQL" if services else "SQLite"
    assert report.holds()
    if seconds:
        wait_for(lambda: len(server.accepted) >= 2)  # slow is not too late
    assert max(Counter(message["Message-ID"] for message in server.accepted).values()) == 1


@long_control
@pytest.mark.embedded
def test_control_with_a_task_for_each_email_a_sign_in_email_stands_behind_the_others(make, server):
    server.seconds = SLOW
    product = make(False, EMAIL_URL=server.url, **PRODUCTION_TIMES)
    with pytest.raises(AssertionError, match="not within"):
        seconds_of_a_sign_in_email(product, server, {"regraded": 1})
