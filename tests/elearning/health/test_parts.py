"""Each state of each part of the health page, from given figures and at a given time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from elearning.health import parts
from elearning.health.disk import Volume
from elearning.health.parts import Part, State
from elearning.health.queues import Queue, nothing_gets_through
from elearning.health.summary import Health
from elearning.heartbeats import BEAT, SWEEP, WORKER

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def ago(**time) -> datetime:
    return NOW - timedelta(**time)


def heard(**seconds) -> dict[str, datetime]:
    """When each process was last heard of; None: never."""
    times = {WORKER: 5, BEAT: 5, SWEEP: 5, **seconds}
    return {process: ago(seconds=time) for process, time in times.items() if time is not None}


@pytest.mark.parametrize(
    ("times", "worker", "beat", "words"),
    [
        ({}, "ok", "ok", ""),
        ({"worker": 60}, "ok", "ok", ""),
        ({"worker": 200}, "failing", "ok", "The worker has not answered for 3\xa0minutes."),
        ({"worker": None}, "failing", "ok", "The worker has never answered."),
        ({"worker": 61, "beat": 61, "sweep": 61}, "failing", "degraded", "nothing is lost"),
        ({"beat": 61, "sweep": 65}, "ok", "degraded", "The scheduler (beat) has not answered for 1\xa0minute."),
        ({"beat": None, "sweep": None}, "ok", "degraded", "never"),
        ({"sweep": 61}, "degraded", "ok", "does no periodic work"),
        ({"sweep": None}, "degraded", "ok", "does no periodic work"),
    ],
)
def test_a_silent_process_is_named(times, worker, beat, words):
    found = parts.worker(heard(**times), NOW), parts.beat(heard(**times), NOW)
    assert [part.state for part in found] == [worker, beat]
    assert words in " ".join(part.reason for part in found)


STUCK = Queue(waiting=5, due=5, late=5, retried=5, tries=4, oldest_due_at=ago(minutes=9), last_done_at=ago(hours=1))
POISON = replace(STUCK, waiting=1, due=1, late=1, retried=1)
UNTRIED = replace(STUCK, untried=5, retried=0, tries=0)


@pytest.mark.parametrize(
    ("queues", "red"),
    [
        ({"emails": Queue()}, False),
        ({"emails": POISON}, False),
        ({"emails": POISON, "certificates": POISON}, False),
        ({"emails": Queue(failed=1), "certificates": Queue(failed=9)}, False),
        ({"emails": STUCK, "certificates": Queue()}, False),  # the mail server is away
        ({"emails": STUCK, "certificates": Queue(waiting=1, due=1)}, False),  # its turn has not come yet
        ({"emails": STUCK, "certificates": replace(POISON, last_done_at=ago(minutes=1))}, False),
        ({"emails": STUCK, "certificates": POISON}, True),
        ({"emails": UNTRIED}, True),  # nobody even tries
        ({"emails": replace(UNTRIED, retried=1)}, False),
        ({"emails": replace(UNTRIED, last_done_at=ago(minutes=4))}, False),
        ({"emails": replace(UNTRIED, late=0)}, False),
        ({"emails": replace(UNTRIED, last_done_at=None)}, True),
    ],
)
def test_only_when_every_kind_is_stuck_nothing_gets_through(queues, red):
    assert nothing_gets_through(queues, NOW) is red
    assert (parts.outbox(queues, NOW).state == State.FAILING) is red


def test_late_and_failed_work_is_counted_in_words():
    part = parts.outbox({"emails": POISON, "certificates": Queue(failed=2)}, NOW)
    assert (part.state, part.figures["kinds"]["emails"]["oldest_seconds"]) == ("degraded", 540)
    assert part.reason.startswith("Late by more than 60 seconds: emails (1). Failed: certificates (2).")
    assert parts.outbox({"emails": Queue(failed=3)}, NOW).state == "ok"  # the part `email` has them


@pytest.mark.parametrize(
    ("queue", "state", "words"),
    [
        (Queue(), "ok", ""),
        (Queue(waiting=9, due=9), "ok", ""),
        (Queue(failed=5), "ok", ""),  # none of them in the last day
        (Queue(failed=1, failed_lately=1), "degraded", "1 email could not be sent"),
        (Queue(retried=5, last_done_at=ago(minutes=9)), "degraded", "5 emails could not be sent"),
        (Queue(retried=2, failed_lately=1, last_done_at=ago(minutes=20)), "failing", "left 20\xa0minutes ago"),
        (Queue(retried=3), "failing", "test the mail"),
    ],
)
def test_emails_are_failing_when_several_fail_and_none_leaves(queue, state, words):
    part = parts.email(queue, NOW)
    assert (part.state, words in part.reason) == (state, True)
    assert (part.figures["failing_since"] == queue.last_done_at) is (state == "failing" or queue.last_done_at is None)


@pytest.mark.parametrize(
    ("free", "state"),
    [((9000, 1024), "ok"), ((9000, 1023), "degraded"), ((9000, 102), "failing"), ((None,), "failing")],
)
def test_a_disk_is_reported_before_it_is_full(settings, free, state):
    settings.DISK_FREE_MB = 1024
    part = parts.disk([Volume(f"volume{number}", megabytes) for number, megabytes in enumerate(free)])
    assert part.state == state
    assert (f"volume{len(free) - 1}" in part.reason) is (state != "ok")


@pytest.mark.parametrize(
    ("problems", "seconds", "state"), [([], 0, "ok"), ([], 61, "degraded"), (["seal 7"], 0, "failing")]
)
def test_the_audit_trail_is_changed_or_waits_for_its_seal(problems, seconds, state):
    assert parts.audit(problems, seconds).state == state


@pytest.mark.parametrize(
    ("hours", "made", "state", "words"),
    [
        (0, None, "ok", ""),
        (36, ago(hours=36), "ok", ""),
        (36, ago(hours=49), "degraded", "2\xa0days old"),
        (36, None, "degraded", "No backup was made yet"),
    ],
)
def test_an_old_backup_is_reported(settings, hours, made, state, words):
    settings.BACKUP_HOURS = hours
    part = parts.backup(made, NOW)
    assert (part.state, words in part.reason) == (state, True)


def test_the_database_and_the_broker():
    assert [parts.database(True).state, parts.database(False).state] == ["ok", "failing"]
    assert [parts.broker(True).state, parts.broker(False).state] == ["ok", "degraded"]


@pytest.mark.parametrize(
    ("name", "state", "whole"),
    [
        ("disk", "ok", "ok"),
        ("disk", "degraded", "degraded"),
        *((name, "failing", "degraded") for name in ("disk", "email", "audit", "backup")),
        *((name, "failing", "failing") for name in ("database", "worker", "outbox")),
    ],
)
def test_the_whole_is_failing_only_with_a_part_without_which_nothing_gets_through(name, state, whole):
    health = Health((Part("beat", State.OK), Part(name, State(state))))
    assert (health.state, health.ok) == (whole, whole != "failing")
