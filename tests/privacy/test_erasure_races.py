"""Erased while somebody issues: on a real database one waits for the other, and no name stays behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.emails import tasks as email_tasks
from accounts.models import User
from accounts.outbox import OutboxState
from certificates import issuing, tasks
from certificates import privacy as certificates_personal
from certificates.models import Certificate
from courses import enrolment, progress
from privacy import erasure, requests
from privacy.models import Erasure
from tests.certificates.conftest import facts
from tests.support import canary, factories
from tests.support.product import wait_for

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="threads cannot share SQLite's database in memory"),
]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    for task in (tasks.deliver, email_tasks.deliver_email):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def due_now(person) -> Erasure:
    row = requests.request_erasure(person, person)
    Erasure.objects.update(due_at=timezone.now())
    return row


def while_it_is_not_committed(verb, row: Erasure) -> None:
    """The verb is done but not committed when the erasure begins; it is committed once the erasure waits for it."""
    begun, go_on = threading.Event(), threading.Event()

    def do():
        try:
            with transaction.atomic():
                verb()
                begun.set()
                go_on.wait(20)
        finally:
            connection.close()

    def erase():
        try:
            begun.wait(20)
            erasure.perform(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(do), pool.submit(erase)]
        wait_for(somebody_waits, 15, 0.05)
        go_on.set()
        for job in jobs:
            job.result(30)


def finish(row: Erasure) -> None:
    """As the sweep would: until it is done."""
    for _time in range(4):
        Erasure.objects.filter(state=OutboxState.CLAIMED).update(claimed_until=timezone.now())
        erasure.perform(row.pk)
    row.refresh_from_db()
    assert row.state == OutboxState.DONE


def left_of(person) -> tuple:
    named = Certificate.objects.filter(name=canary.NAME).count()
    return named, User.objects.filter(uuid=person.uuid).count(), canary.pointers(person.pk)


@pytest.fixture
def person(transactional_db):
    return canary.person()


def test_a_certificate_that_is_being_re_issued_goes_with_the_old_one(person):
    first = issuing.issue(person, facts(), person.uuid)
    pk, row = person.pk, due_now(person)
    while_it_is_not_committed(lambda: issuing.reissue(first, None, "name"), row)
    finish(row)
    person.pk = pk
    assert left_of(person) == (0, 0, [])
    assert Certificate.objects.exclude(erased_at=None).count() == 2


def test_without_a_second_look_under_the_lock_the_new_one_would_keep_the_name(person, monkeypatch):
    """The negative control."""
    first = issuing.issue(person, facts(), person.uuid)
    row = due_now(person)

    def one_look(whose):
        rows = Certificate.objects.select_for_update().filter(learner=whose)
        return [path for certificate in rows for path in certificates_personal._reduce(certificate)]

    monkeypatch.setattr(certificates_personal, "erase", one_look)
    while_it_is_not_committed(lambda: issuing.reissue(first, None, "name"), row)
    assert Certificate.objects.filter(name=canary.NAME).count() == 1


def test_the_last_step_done_at_that_moment_leaves_no_certificate_with_a_name(person):
    course = factories.course(lessons=1)
    mine = enrolment.join(person, course.translation_key)
    pk, row = person.pk, due_now(person)
    while_it_is_not_committed(lambda: progress.complete_step(mine, mine.release.steps[0]["key"]), row)
    finish(row)
    person.pk = pk
    assert left_of(person) == (0, 0, [])


def test_two_workers_with_one_erasure_do_it_once(person):
    row = due_now(person)
    together = threading.Barrier(2, timeout=30)

    def work(_number):
        try:
            together.wait()
            return erasure.perform(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
