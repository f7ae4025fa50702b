"""Erasure and issuing at the same time: on PostgreSQL one waits for the other, and no name stays."""

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
from certificates import privacy as certificates_privacy
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
    for task in (tasks.deliver, email_tasks.deliver_email, email_tasks.send_waiting):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


def a_query_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def due_now(person) -> Erasure:
    row = requests.request_erasure(person, person)
    Erasure.objects.update(due_at=timezone.now())
    return row


def erase_before_commit(verb, row: Erasure) -> None:
    """Start the erasure while the transaction of `verb` is open. Commit that once the erasure waits for it."""
    started, may_commit = threading.Event(), threading.Event()

    def do():
        try:
            with transaction.atomic():
                verb()
                started.set()
                may_commit.wait(20)
        finally:
            connection.close()

    def erase():
        try:
            started.wait(20)
            erasure.perform(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(do), pool.submit(erase)]
        wait_for(a_query_waits_for_a_lock, 15, 0.05)
        may_commit.set()
        for job in jobs:
            job.result(30)


def finish(row: Erasure) -> None:
    """Retry the erasure until it is done, as the sweep does."""
    for _try in range(4):
        Erasure.objects.filter(state=OutboxState.CLAIMED).update(claimed_until=timezone.now())
        erasure.perform(row.pk)
    row.refresh_from_db()
    assert row.state == OutboxState.DONE


def traces_of(person) -> tuple:
    named = Certificate.objects.filter(name=canary.NAME).count()
    return named, User.objects.filter(uuid=person.uuid).count(), canary.pointers(person.pk)


@pytest.fixture
def person(transactional_db):
    return canary.person()


def test_a_certificate_reissued_during_the_erasure_is_erased_too(person):
    first = issuing.issue(person, facts(), person.uuid)
    pk, row = person.pk, due_now(person)
    erase_before_commit(lambda: issuing.reissue(first, None, "name"), row)
    finish(row)
    person.pk = pk
    assert traces_of(person) == (0, 0, [])
    assert Certificate.objects.exclude(erased_at=None).get().pk == first.pk  # the other one was only being prepared


def test_control_without_a_second_query_the_reissued_certificate_keeps_the_name(person, monkeypatch):
    """The negative control."""
    first = issuing.issue(person, facts(), person.uuid)
    row = due_now(person)

    def erase_with_one_query(learner):
        rows = Certificate.objects.select_for_update().filter(learner=learner)
        return [path for certificate in rows for path in certificates_privacy._reduce(certificate)]

    monkeypatch.setattr(certificates_privacy, "erase", erase_with_one_query)
    erase_before_commit(lambda: issuing.reissue(first, None, "name"), row)
    assert Certificate.objects.filter(name=canary.NAME).count() == 1


def test_a_course_completed_during_the_erasure_leaves_no_certificate_with_a_name(person):
    course = factories.course(lessons=1)
    joined = enrolment.join(person, course.translation_key)
    pk, row = person.pk, due_now(person)
    erase_before_commit(lambda: progress.complete_step(joined, joined.release.steps[0]["key"]), row)
    finish(row)
    person.pk = pk
    assert traces_of(person) == (0, 0, [])


def test_two_workers_erase_once(person):
    row = due_now(person)
    barrier = threading.Barrier(2, timeout=30)

    def work(_number):
        try:
            barrier.wait()
            return erasure.perform(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
