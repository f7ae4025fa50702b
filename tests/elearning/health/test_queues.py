"""The figures of an outbox, from its rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.outbox import OutboxState
from certificates import issuing
from certificates.models import Certificate
from elearning.health import queues
from elearning.health.queues import Queue
from tests.certificates.conftest import facts
from tests.elearning.health.conftest import late_email

pytestmark = pytest.mark.django_db


def test_each_row_counts_once_in_its_state():
    now = timezone.now()
    minutes = {number: now - timedelta(minutes=number) for number in (-5, 0, 2, 9, 30)}
    late_email(1, due_at=minutes[-5], tries=0)  # its time has not come
    late_email(2, due_at=minutes[0], tries=0)
    late_email(3, due_at=minutes[9], tries=2, state=OutboxState.CLAIMED)
    late_email(4, due_at=minutes[2], tries=5, state=OutboxState.FAILED)
    late_email(5, due_at=now - timedelta(days=2), tries=5, state=OutboxState.FAILED)
    late_email(6, state=OutboxState.DONE, done_at=minutes[30])
    late_email(7, state=OutboxState.DONE, done_at=minutes[2])
    assert queues.read(now)["emails"] == Queue(
        waiting=3, due=2, late=1, untried=1, retried=1, tries=2, failed=2, failed_lately=1,
        oldest_due_at=minutes[9], last_done_at=minutes[2],
    )  # fmt: skip
    assert queues.read(now)["copies"] == Queue()


def test_a_certificate_that_no_longer_needs_its_pdf_is_no_failed_work(amina):
    certificate = issuing.issue(amina, facts(), amina.uuid)
    Certificate.objects.update(state=OutboxState.FAILED)
    assert queues.read(timezone.now())["certificates"].failed == 1
    issuing.revoke(certificate, "Issued by mistake.", None)
    assert queues.read(timezone.now())["certificates"].failed == 0
