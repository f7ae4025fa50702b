"""The clock of the server decides, exactly, across summer time, time zones, jumps and wrong clocks of phones (R9).

If the clocks of two servers differ by some seconds, the time they grant differs by as much and no more. An
installation has one clock.
"""

import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import process_cache
from quizzes import accommodations, attempts
from quizzes.models.records import Attempt, AttemptState
from tests.faults.experiment import Report
from tests.quizzes.factories import course_with_test, enrol

pytestmark = pytest.mark.django_db
MINUTES = 45
MOMENT = timedelta(milliseconds=1)
# Started twenty minutes before summer time starts or ends in a zone, or before midnight.
ZONES = {
    "Africa/Cairo": ["2026-04-23T21:40", "2026-10-29T20:40", "2026-12-31T21:40", "2028-02-28T21:40"],
    "America/New_York": ["2026-03-08T06:40", "2026-11-01T05:40", "2026-12-31T04:40", "2028-02-29T04:40"],
    "Australia/Lord_Howe": ["2026-10-03T15:10", "2026-04-04T14:40", "2026-12-31T12:40", "2028-02-29T12:40"],
    "Asia/Kathmandu": ["2026-03-08T06:40", "2026-11-01T05:40", "2026-12-31T17:55", "2028-02-28T17:55"],
    "Pacific/Kiritimati": ["2026-03-08T06:40", "2026-11-01T05:40", "2026-12-31T09:40", "2028-02-28T09:40"],
}
EXTRA_TIME = ["nothing", "before", "meanwhile"]  # fifteen minutes more, and when
PHONES = [timedelta(hours=hours) for hours in (-24, -1, 0, 1, 24)]
CASES = [
    (zone, begun, more, phone) for zone in ZONES for begun, more, phone in product(ZONES[zone], EXTRA_TIME, PHONES)
]


@contextmanager
def rolled_back():
    """Roll back everything inside."""
    process_cache.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def at(moment: datetime, zone: str = "UTC") -> time_machine.travel:
    """Set the clock of the server to this moment, with this local time zone."""
    return time_machine.travel(moment.astimezone(ZoneInfo(zone)), tick=False)


class Scene:
    def __init__(self, client, learner, by):
        self.client, self.learner, self.by = client, learner, by
        self.page = course_with_test(["single"], minutes=MINUTES)
        self.enrolment = enrol(learner, self.page)

    def live_in(self, zone: str) -> None:
        self.learner.time_zone = zone
        self.learner.save(update_fields=["time_zone"])
        self.client.force_login(self.learner, backend="allauth.account.auth_backends.AuthenticationBackend")

    def more_time(self) -> None:
        accommodations.give(self.learner, self.page, 15, 0, "Reads with a screen reader", self.by)

    def save(self, attempt: Attempt, op: int, phone: timedelta = timedelta(0)) -> bool:
        """Return whether an answer is accepted from a phone whose clock differs by `phone` and that sends its time."""
        now = timezone.now() + phone
        stamps = dict.fromkeys(
            ("now", "at", "time", "started_at", "deadline", "data-now", "submitted_at"), now.isoformat()
        )
        answer = {"answer": attempt.items.get().version.content["body"]["options"][op % 3]["id"]}
        headers = {"Date": f"{now:%a, %d %b %Y %H:%M:%S GMT}", "If-Modified-Since": f"{now:%a, %d %b %Y %H:%M:%S GMT}"}
        url = reverse("quizzes:save", args=[attempt.uuid, 1])
        return self.client.post(url, {"op": op, **answer, **stamps}, headers=headers).status_code == 200


@pytest.fixture(autouse=True)
def quiet():
    """Silence the log: refused answers are expected here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def scene(client, amina, rosa):
    return Scene(client, amina, rosa)


def wrong_in(scene: Scene, zone: str, started: str, more: str, phone: timedelta) -> list[str]:
    """Return what differs from the policy in one case."""
    start = datetime.fromisoformat(started).replace(tzinfo=UTC)
    end = start + timedelta(minutes=MINUTES + (0 if more == "nothing" else 15))
    with rolled_back():
        with at(start, zone):
            scene.live_in(zone)
            if more == "before":
                scene.more_time()
            attempt = attempts.start(scene.enrolment, scene.page)
            if more == "meanwhile":
                scene.more_time()
        with at(end - MOMENT, zone):
            accepted = scene.save(attempt, 1, phone)
        with at(end, zone):
            late = scene.save(attempt, 2, phone)
            attempts.submit(attempt)
        attempt.refresh_from_db()
        stored = list(attempt.items.get().responses.values_list("op", flat=True))
        checks = {
            "not granted to the end": accepted,
            "taken after the deadline": not late and stored == [1],
            "the deadline": abs(attempt.deadline - end) <= timedelta(seconds=2),
            "closed at the deadline": (attempt.state, attempt.submitted_at) == (AttemptState.CLOSED, attempt.deadline),
            "the minutes": timedelta(minutes=attempt.minutes) == end - start,
        }
    return [name for name, right in checks.items() if not right]


def test_the_time_limit_is_the_same_in_every_zone_and_on_every_phone(scene):
    wrong_by_case = {case: wrong for case in CASES if (wrong := wrong_in(scene, *case))}
    report = Report("R9 clocks", acknowledged=len(CASES), wrong=len(wrong_by_case), note="cases")
    assert len(CASES) == 300
    assert report.holds(), wrong_by_case


def test_control_a_deadline_in_local_time_is_an_hour_off(scene, monkeypatch):
    """The same computation in local time."""
    by_the_wall = SimpleNamespace(now=lambda: datetime.now(ZoneInfo("Africa/Cairo")))
    monkeypatch.setattr(attempts, "timezone", by_the_wall)
    assert "the deadline" in wrong_in(scene, "Africa/Cairo", "2026-10-29T20:40", "nothing", timedelta(0))


@pytest.fixture
def started(scene):
    """(the scene, an attempt, its deadline)"""
    start = datetime(2026, 5, 4, 9, tzinfo=UTC)
    with at(start):
        scene.live_in("Africa/Nairobi")
        attempt = attempts.start(scene.enrolment, scene.page)
    return scene, attempt, start + timedelta(minutes=MINUTES)


@pytest.mark.parametrize("jump", [-90, 90])
@pytest.mark.parametrize("left", [1, 60, 89, 91, 120])
def test_after_a_jump_the_new_time_of_the_server_counts(started, jump, left):
    scene, attempt, end = started
    before, after = end - timedelta(seconds=left), end - timedelta(seconds=left - jump)
    with at(before):
        assert scene.save(attempt, 1)
    with at(after):
        assert scene.save(attempt, 2) == (after < end)


def test_setting_the_clock_back_reopens_no_closed_attempt(started):
    scene, attempt, end = started
    with at(end):
        assert attempts.close_overdue() == 1
    with at(end - timedelta(seconds=90)):
        assert not scene.save(attempt, 1)
        assert attempts.submit(attempt).score == 0
        assert attempts.close_overdue() == 0


@pytest.mark.parametrize(("their_offset", "our_offset"), [(5, -5), (-5, 5), (5, 5), (0, 5), (0, -5)])
def test_each_of_two_servers_accepts_answers_until_the_deadline_by_its_own_clock(scene, their_offset, our_offset):
    real = datetime(2026, 5, 4, 9, tzinfo=UTC)
    with at(real + timedelta(seconds=their_offset)):
        scene.live_in("Africa/Nairobi")
        attempt = attempts.start(scene.enrolment, scene.page)
    last = real + timedelta(minutes=MINUTES, seconds=their_offset - our_offset)  # by the right clock
    with at(last + timedelta(seconds=our_offset) - MOMENT):
        assert scene.save(attempt, 1)
    with at(last + timedelta(seconds=our_offset)):
        assert not scene.save(attempt, 2)
