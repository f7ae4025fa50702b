"""The states of an outbox row, and the sweep that wakes rows that are due."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import outbox
from accounts.models import Email
from accounts.outbox import LEASE, MAX_TRIES, OutboxState
from elearning import tasks
from elearning.outboxes import OUTBOXES

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(monkeypatch) -> Email:
    """An email, tried as often as the rows of other outboxes."""
    monkeypatch.setattr(Email, "RETRIES", outbox.Retries(MAX_TRIES))
    return Email.objects.create(dedupe_key="k", to="a@example.org", kind="x", language="en", subject="", text="")


def expire_lease(row: Email) -> None:
    Email.objects.filter(pk=row.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))


def state(row: Email) -> tuple:
    row.refresh_from_db()
    return row.state, row.tries


def test_a_row_is_claimed_by_one_worker_until_the_lease_ends(row):
    assert [Email.objects.claim(row.pk), Email.objects.claim(row.pk)] == [True, False]
    assert state(row) == (OutboxState.CLAIMED, 1)
    expire_lease(row)
    assert Email.objects.claim(row.pk)
    assert state(row) == (OutboxState.CLAIMED, 2)


def test_a_row_is_claimed_only_when_it_is_due_and_not_done(row):
    Email.objects.filter(pk=row.pk).update(due_at=timezone.now() + timedelta(minutes=1))
    assert not Email.objects.claim(row.pk)
    Email.objects.filter(pk=row.pk).requeue()
    assert outbox.work(Email, row.pk, lambda email: bool(Email.objects.this(email).finish()))
    assert not Email.objects.claim(row.pk)
    assert (state(row), row.last_error, row.done_at is not None) == ((OutboxState.DONE, 1), "", True)


@pytest.mark.parametrize(("keep_message", "stored"), [(True, "ValueError: of amina"), (False, "ValueError")])
def test_a_failed_row_stores_its_error_and_waits_for_the_end_of_its_lease(row, keep_message, stored):
    def fail(_email) -> bool:
        raise ValueError("of amina")

    assert not outbox.work(Email, row.pk, fail, keep_message=keep_message)
    assert (state(row), row.last_error) == ((OutboxState.CLAIMED, 1), stored)
    assert not Email.objects.due().exists()
    assert Email.objects.due(timezone.now() + LEASE).get() == row


def test_a_row_without_tries_left_is_failed_until_it_is_requeued(row):
    for _ in range(MAX_TRIES):
        assert Email.objects.claim(row.pk)
        expire_lease(row)
    assert not Email.objects.claim(row.pk)
    assert (state(row), Email.objects.unfinished().exists()) == ((OutboxState.FAILED, MAX_TRIES), False)
    assert Email.objects.filter(state=OutboxState.FAILED).requeue() == 1
    assert state(row) == (OutboxState.PENDING, 0)
    assert Email.objects.claim(row.pk)


def test_a_lease_is_renewed_while_the_row_is_unfinished(row):
    Email.objects.claim(row.pk)
    expire_lease(row)
    assert Email.objects.this(row).renew() == 1
    assert not Email.objects.due().exists()
    Email.objects.this(row).finish()
    assert Email.objects.this(row).renew() == 0


def test_the_sweep_wakes_the_task_of_due_rows_only(row, monkeypatch):
    woken = []
    for name, entry in OUTBOXES.items():
        monkeypatch.setattr(entry.task, "delay", lambda pk, name=name: woken.append((name, pk)))
    done = Email.objects.create(dedupe_key="d", to="a@example.org", kind="x", language="en", subject="", text="")
    Email.objects.this(done).finish()
    tasks.sweep()
    assert woken == [("emails", row.pk)]


def test_every_outbox_of_the_product_is_swept():
    assert set(outbox.OutboxRow.__subclasses__()) == {entry.model for entry in OUTBOXES.values()}
