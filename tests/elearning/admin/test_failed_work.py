"""The list of failed work, and "Try again"."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Email
from accounts.outbox import OutboxState
from certificates import issuing
from certificates.models import Certificate
from elearning.admin import failed_work
from elearning.outboxes import OUTBOXES
from tests.certificates.conftest import facts
from tests.elearning.health.conftest import late_email

pytestmark = pytest.mark.django_db
FAILED = {"state": OutboxState.FAILED, "tries": 5}


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


def entries() -> list[tuple]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "object_id", "ids"))


def test_each_kind_is_listed_with_its_reason_and_without_addresses(admin, amina):
    issuing.issue(amina, facts(), amina.uuid)
    Certificate.objects.update(**FAILED, last_error="TypstError: no glyph")
    late_email(1, **FAILED, last_error="SMTPRecipientsRefused: 550 no such box: amina@example.org")
    page = admin.get(reverse("failed_work")).content.decode()
    assert ("TypstError: no glyph" in page, "550 no such box: (address)" in page) == (True, True)
    assert ("amina@example.org" in page, amina.name in page) == (False, False)


def test_nothing_failed(admin):
    late_email(1)
    assert "No work has failed." in admin.get(reverse("failed_work")).content.decode()


def test_one_row_is_tried_again_and_recorded(admin, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr(OUTBOXES["emails"].task, "apply_async", lambda args, *_rest, **_more: woken.append(args))
    first, second = late_email(1, **FAILED), late_email(2, **FAILED)
    form = {"kind": "emails", "pk": first.pk}
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(reverse("failed_work_again"), form).status_code == 302
    rows = Email.objects.order_by("pk").values_list("state", "tries")
    assert list(rows) == [(OutboxState.PENDING, 0), (OutboxState.FAILED, 5)]
    assert entries() == [("work.tried_again", str(first.pk), {"kind": "emails", "rows": 1})]
    assert [list(args) for args in woken] == [[first.pk]]
    admin.post(reverse("failed_work_again"), form)  # a second click does and records nothing
    assert len(entries()) == 1
    assert Email.objects.get(pk=second.pk).state == OutboxState.FAILED


def test_all_of_a_kind_are_tried_again(admin, amina):
    issuing.issue(amina, facts(), amina.uuid)
    Certificate.objects.update(**FAILED)
    late_email(1, **FAILED), late_email(2, **FAILED), late_email(3, state=OutboxState.DONE)
    admin.post(reverse("failed_work_again"), {"kind": "emails"})
    assert Email.objects.filter(state=OutboxState.PENDING).count() == 2
    assert Certificate.objects.get().state == OutboxState.FAILED
    assert entries()[-1][2] == {"kind": "emails", "rows": 2}


@pytest.mark.parametrize(
    "form", [{}, {"kind": "wishes"}, {"kind": "emails", "pk": "x"}, {"kind": "emails", "pk": "9" * 30}]
)
def test_a_form_that_names_nothing_is_missing(admin, form):
    assert admin.post(reverse("failed_work_again"), form).status_code == 404


def test_the_list_takes_the_same_queries_for_one_row_and_for_three_and_is_bounded(admin, monkeypatch):
    counts = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            late_email(number, **FAILED)
        admin.get(reverse("failed_work"))
        with CaptureQueriesContext(connection) as queries:
            admin.get(reverse("failed_work"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    monkeypatch.setattr(failed_work, "SHOWN", 2)
    assert "The newest 2 of 3 are listed." in admin.get(reverse("failed_work")).content.decode()
