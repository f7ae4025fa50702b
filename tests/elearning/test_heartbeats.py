"""Heartbeats: who writes them, when they stop, and the command that health checks of containers use."""

from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from celery.beat import PersistentScheduler
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from accounts import retention
from accounts.models import Heartbeat
from elearning import heartbeats, tasks
from elearning.celery import app
from elearning.heartbeats import BEAT, SWEEP, WORKER, HeartbeatScheduler, HeartbeatThread


@pytest.mark.django_db
def test_a_process_has_one_row_a_machine_and_the_newest_counts(monkeypatch):
    heartbeats.touch(WORKER)
    monkeypatch.setattr(heartbeats, "host", lambda: "another")
    heartbeats.touch(WORKER)
    heartbeats.touch(WORKER)
    assert sorted(Heartbeat.objects.values_list("host", flat=True).filter(process=WORKER)).count("another") == 1
    Heartbeat.objects.filter(host="another").update(at=timezone.now() - timedelta(hours=1))
    assert (timezone.now() - heartbeats.latest()[WORKER]).total_seconds() < 60
    assert (timezone.now() - heartbeats.last_here(WORKER)).total_seconds() > 3000


@pytest.mark.django_db
def test_the_sweep_ends_with_its_heartbeat():
    tasks.sweep()
    assert list(heartbeats.latest()) == [SWEEP]


@pytest.mark.django_db
def test_heartbeats_of_machines_that_are_gone_are_deleted():
    heartbeats.touch(WORKER)
    heartbeats.touch(BEAT)
    Heartbeat.objects.filter(process=BEAT).update(at=timezone.now() - timedelta(days=91))
    retention.tidy()
    assert list(heartbeats.latest()) == [WORKER]


class Stop(Exception):
    """Ends the loop of a heartbeat thread."""


@pytest.fixture
def written(monkeypatch):
    """The heartbeats that threads write, without a database."""
    names: list[str] = []
    monkeypatch.setattr(heartbeats, "touch", names.append)
    monkeypatch.setattr(heartbeats, "connection", SimpleNamespace(close=lambda: None))
    return names


@pytest.mark.once
def test_a_thread_writes_while_its_process_works_and_survives_a_database_that_is_away(written, monkeypatch):
    answers = iter([True, False, True, True])
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 4:
            raise Stop

    monkeypatch.setattr(heartbeats.time, "sleep", pause)
    with pytest.raises(Stop):
        HeartbeatThread(BEAT, lambda: next(answers)).run()
    assert (written, set(pauses)) == ([BEAT] * 3, {10})

    def away(_process):
        raise DatabaseError

    monkeypatch.setattr(heartbeats, "touch", away)
    HeartbeatThread(BEAT).touch()


@pytest.mark.once
def test_beat_works_as_long_as_its_scheduler_goes_round(written, monkeypatch):
    started = []
    monkeypatch.setattr(PersistentScheduler, "tick", lambda _self: 7)
    monkeypatch.setattr(HeartbeatThread, "start", lambda thread: started.append(thread.process))
    scheduler = HeartbeatScheduler(app, lazy=True)
    assert [scheduler.tick(), scheduler.tick(), started] == [7, 7, [BEAT]]
    assert scheduler.goes_round()
    scheduler.ticked_at -= 14
    assert scheduler.goes_round()
    scheduler.ticked_at -= 2
    assert not scheduler.goes_round()
    # Its pauses are shorter than that, and Celery uses it.
    assert app.conf.beat_max_loop_interval == 10
    assert app.conf.beat_scheduler == f"{HeartbeatScheduler.__module__}:{HeartbeatScheduler.__name__}"


@pytest.mark.once
def test_the_worker_starts_one_thread_however_often_it_connects(monkeypatch):
    started = []
    monkeypatch.setattr(HeartbeatThread, "start", lambda thread: started.append(thread.process))
    monkeypatch.setattr(heartbeats, "_started", heartbeats.threading.Event())
    heartbeats.worker_ready.send(sender=None)
    heartbeats.worker_ready.send(sender=None)
    assert started == [WORKER]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("process", "ages", "problem"),
    [
        ("beat", {"beat": 5}, ""),
        ("beat", {"beat": 61}, "not answered for 61 seconds"),
        ("beat", {"worker": 5}, "never answered"),
        ("worker", {"worker": 5, "beat": 5, "sweep": 5}, ""),
        ("worker", {"worker": 5, "beat": 5, "sweep": 61}, "no periodic work"),
        ("worker", {"worker": 5, "beat": 61, "sweep": 61}, ""),  # beat is dead, which is no fault of the worker
        ("worker", {"worker": 61, "beat": 5, "sweep": 5}, "not answered"),
    ],
)
def test_the_check_of_a_container_passes_and_fails(process, ages, problem):
    for name, seconds in ages.items():
        heartbeats.touch(name)
        Heartbeat.objects.filter(process=name).update(at=timezone.now() - timedelta(seconds=seconds))
    out = StringIO()
    if problem:
        with pytest.raises(CommandError, match=problem):
            call_command("check_heartbeat", process, stdout=out)
    else:
        call_command("check_heartbeat", process, stdout=out)
        assert out.getvalue() == f"The {process} of this machine answered 5 seconds ago.\n"


@pytest.mark.django_db
def test_the_check_looks_at_this_machine_only(monkeypatch):
    monkeypatch.setattr(heartbeats, "host", lambda: "another")
    heartbeats.touch(BEAT)
    monkeypatch.undo()
    with pytest.raises(CommandError, match="never"):
        call_command("check_heartbeat", "beat")
