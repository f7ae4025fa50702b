"""The question to the database: answered in time whatever the database does, and asked seldom."""

import threading
import time
from types import SimpleNamespace

import pytest

from elearning.health import probe, views
from elearning.health.probe import DatabaseProbe

pytestmark = pytest.mark.once


def test_a_database_that_hangs_is_reported_in_time_and_asked_by_one_thread(monkeypatch):
    monkeypatch.setattr(probe, "PATIENCE", 0.05)
    may_end, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(threading.current_thread())
        return may_end.wait(10)

    hanging = DatabaseProbe(hang)
    started = time.monotonic()
    assert [hanging.answers() for _call in range(20)] == [False] * 20
    assert (time.monotonic() - started < 5, len(asked)) == (True, 1)
    may_end.set()
    asked[0].join()
    assert hanging.answers() is True


def test_an_answer_is_remembered_for_a_second_only(monkeypatch):
    answers = iter([True, False])
    asking = DatabaseProbe(lambda: next(answers))
    assert [asking.answers() for _call in range(20)] == [True] * 20
    monkeypatch.setattr(probe, "REMEMBERED", -1)
    assert asking.answers() is False


@pytest.mark.django_db
def test_the_database_is_asked_and_whatever_it_raises_means_no(monkeypatch):
    assert DatabaseProbe().answers() is True
    broken = SimpleNamespace(cursor=lambda: 1 / 0, close=lambda: None)
    monkeypatch.setattr(probe, "connection", broken)
    assert DatabaseProbe().answers() is False


@pytest.fixture
def gone(monkeypatch):
    monkeypatch.setattr(probe, "database", DatabaseProbe(lambda: False))


def test_both_addresses_answer_503_without_reading_a_row_while_the_database_is_away(client, gone, settings):
    """Not marked with django_db: a query would fail the test."""
    settings.HEALTH_TOKEN = "a token of monitoring"
    client.cookies["sessionid"] = "of somebody"
    live, health = client.get("/health/live"), client.get("/health/")
    assert (live.status_code, live.json()) == (503, {"ok": False})
    assert (health.status_code, health.json()) == (503, {"ok": False, "state": "failing"})
    details = client.get("/health/", headers={"Authorization": "Bearer a token of monitoring"})
    assert (details.status_code, details.json()["parts"]["database"]["state"]) == (503, "failing")


@pytest.mark.django_db
def test_live_is_answered_to_a_container_without_host_and_https(client, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["learn.example.org"], True
    answer = client.get("/health/live", headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json(), "no-cache" in answer["Cache-Control"]) == (200, {"ok": True}, True)
    assert client.get("/health/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_live_asks_neither_broker_nor_disk(client, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(views.summary, "read", lambda: pytest.fail("it read all parts"))
    with django_assert_num_queries(0):  # on the connection of the request
        assert client.get("/health/live").status_code == 200
