"""/health/: what strangers and administrators see, when it is red, and what it costs."""

import threading

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import process_cache
from accounts.outbox import OutboxState
from elearning import heartbeats
from elearning.health import summary, views
from tests.elearning.health.conftest import late_email, silence

pytestmark = pytest.mark.django_db
TOKEN = "a token of monitoring"


@pytest.fixture
def ask(client, running):
    """Ask /health/ as a visitor, without what was remembered. Return the status and the state."""

    def ask(**headers: str) -> tuple[int, str]:
        process_cache.forget()
        answer = client.get(reverse("health"), headers=headers)
        return answer.status_code, answer.json()["state"]

    return ask


def test_a_visitor_is_told_two_words(client, running):
    assert client.get(reverse("health")).json() == {"ok": True, "state": "ok"}


@pytest.mark.parametrize(
    ("headers", "token", "shown"),
    [
        ({}, TOKEN, False),
        ({"Authorization": f"Bearer {TOKEN}"}, TOKEN, True),
        ({"Authorization": f"bearer {TOKEN}"}, TOKEN, True),
        ({"Authorization": f"Basic {TOKEN}"}, TOKEN, False),
        ({"Authorization": "Bearer another"}, TOKEN, False),
        ({"Authorization": "Bearer ٣"}, TOKEN, False),
        ({"Authorization": "Bearer "}, "", False),
        ({"Authorization": "Bearer"}, "", False),
    ],
)
@pytest.mark.once
def test_the_token_shows_the_parts(client, running, settings, headers, token, shown):
    settings.HEALTH_TOKEN = token
    content = client.get(reverse("health"), headers=headers).json()
    assert ("parts" in content, "version" in content) == (shown, shown)


@pytest.mark.parametrize(
    ("who", "second_step_required", "shown"),
    [("administrator", False, True), ("administrator", True, False), ("kofi", False, False), ("amina", False, False)],
)
def test_administrators_with_their_second_step_see_the_parts(
    client, running, request, settings, who, second_step_required, shown
):
    settings.MFA_REQUIRED_OF_STAFF = second_step_required
    client.force_login(request.getfixturevalue(who))
    assert ("parts" in client.get(reverse("health")).json()) is shown


def test_a_late_row_that_failed_or_is_tried_for_ever_never_makes_it_red(ask):
    assert ask() == (200, "ok")
    row = late_email()
    assert ask() == (200, "degraded")
    type(row).objects.update(state=OutboxState.FAILED)
    assert ask() == (200, "degraded")
    type(row).objects.update(tries=99, state=OutboxState.CLAIMED)
    assert ask() == (200, "degraded")


def test_it_is_red_when_nobody_tries_and_when_no_worker_was_heard_of(ask):
    late_email(tries=0)
    assert ask() == (503, "failing")
    late_email(1, tries=1, state=OutboxState.DONE, done_at=timezone.now())
    assert ask() == (200, "degraded")
    silence(heartbeats.BEAT)
    assert ask() == (200, "degraded")
    silence(heartbeats.WORKER)
    assert ask() == (503, "failing")
    heartbeats.touch(heartbeats.WORKER)
    assert ask() == (200, "degraded")


def test_a_missing_broker_is_named_and_leaves_it_green(ask, client, settings, monkeypatch):
    settings.HEALTH_TOKEN = TOKEN
    monkeypatch.setattr(summary, "broker_answers", lambda: False)
    assert ask() == (200, "degraded")
    content = client.get(reverse("health"), headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert [name for name, part in content["parts"].items() if part["state"] != "ok"] == ["broker"]


def test_a_part_that_cannot_be_read_hides_no_other(ask, monkeypatch):
    monkeypatch.setattr(summary.disk, "volumes", lambda: 1 / 0)
    health = summary.read()
    assert (health["disk"].state, health["audit"].state, health.state) == ("failing", "ok", "degraded")


def test_a_reading_takes_the_same_queries_for_one_row_and_for_three(running):
    counts = []
    for many in (1, 2):
        for number in range(many):
            late_email(10 * many + number)
        with CaptureQueriesContext(connection) as queries:
            summary.read()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


def test_strangers_who_come_together_cause_one_reading_and_see_it_for_five_seconds(rf, running, monkeypatch):
    readings = []
    healthy = summary.read()

    def read():
        readings.append(threading.current_thread())
        return healthy

    monkeypatch.setattr(views.summary, "read", read)
    monkeypatch.setattr(views, "may_see_details", lambda _request: False)
    visitors = [threading.Thread(target=lambda: views.show(rf.get("/health/"))) for _visitor in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert (len(readings), views.REMEMBERED) == (1, 5)


def test_the_broker_of_this_installation_takes_a_message(db):
    assert summary.broker_answers() is True


def test_a_database_that_goes_while_it_is_read_is_reported(running, monkeypatch):
    def gone() -> dict:
        raise OperationalError

    monkeypatch.setattr(heartbeats, "latest", gone)
    assert summary.read()["database"].state == "failing"
