"""Two at once, on a real database: one wins, and the database says who. Each race with its negative control."""

import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.emails import tasks as email_tasks
from accounts.models import Email
from certificates import delivery, issuing, rendering, tasks
from certificates.models import Certificate, CertificateQuerySet, CertificateStatus
from tests.certificates.conftest import facts
from tests.support.races import together

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="threads cannot share SQLite's database in memory"),
]
CROWD = 4


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    for task in (tasks.deliver, email_tasks.deliver_email):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


def meet(monkeypatch, module, name: str, many: int) -> None:
    """Make `many` threads wait for each other just before the function does its work."""
    real, barrier = getattr(module, name), threading.Barrier(many, timeout=30)

    def wait_then_work(*args, **kwargs):
        barrier.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, wait_then_work)


def check_then_write(many: int):
    """The careless way out of `valid`: look, meet the others, write."""
    barrier = threading.Barrier(many, timeout=30)

    def leave(certificate, standing, reason, by) -> bool:
        valid = Certificate.objects.filter(pk=certificate.pk, standing=CertificateStatus.VALID).exists()
        barrier.wait()
        if valid:
            Certificate.objects.filter(pk=certificate.pk).update(
                standing=standing, standing_reason=reason, standing_at=timezone.now(), standing_by=by
            )
        return valid

    return leave


def test_one_achievement_issued_by_many_at_once_gives_one_certificate(amina, monkeypatch):
    achievement = uuid4()
    meet(monkeypatch, issuing, "_record", CROWD)
    given = together(*[lambda: issuing.issue(amina, facts(), achievement)] * CROWD)
    assert given == [Certificate.objects.get()] * CROWD


def test_without_the_constraint_there_would_be_as_many_as_asked(amina, monkeypatch):
    achievement = uuid4()
    meet(monkeypatch, issuing, "_record", CROWD)
    constraint = next(c for c in Certificate._meta.constraints if c.name == "one_valid_certificate")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Certificate, constraint)
    try:
        together(*[lambda: issuing.issue(amina, facts(), achievement)] * CROWD)
        assert Certificate.objects.filter(standing=CertificateStatus.VALID).count() == CROWD
    finally:
        Certificate.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Certificate, constraint)


def revoke_by_many(certificate) -> list:
    return together(*[lambda n=n: issuing.revoke(certificate, f"Reason {n}", None) for n in range(CROWD)])


def test_revoked_by_many_at_once_it_is_revoked_once(amina, issue, monkeypatch):
    certificate = issue(amina)
    meet(monkeypatch, issuing, "_leave_valid", CROWD)
    results = revoke_by_many(certificate)
    assert sorted(results) == [False] * (CROWD - 1) + [True]
    certificate.refresh_from_db()
    assert certificate.standing_reason == f"Reason {results.index(True)}"
    assert f"Reason {results.index(True)}" in Email.objects.get().text


def test_looking_first_and_writing_then_would_revoke_it_by_all(amina, issue, monkeypatch):
    certificate = issue(amina)
    monkeypatch.setattr(issuing, "_leave_valid", check_then_write(CROWD))
    assert revoke_by_many(certificate).count(True) > 1


def reissue_by_many(certificate) -> list:
    verbs = [lambda: issuing.reissue(certificate, None, "Name misspelt")] * CROWD
    return together(*verbs, expected=(issuing.CertificateUnchangeable, IntegrityError))


def test_issued_again_by_many_at_once_it_has_one_successor(amina, issue, monkeypatch):
    certificate = issue(amina)
    meet(monkeypatch, issuing, "_leave_valid", CROWD)
    results = reissue_by_many(certificate)
    successor = Certificate.objects.get(replaces=certificate)
    assert results.count(successor) == 1
    assert [type(result) for result in results if result != successor] == [issuing.CertificateUnchangeable] * (
        CROWD - 1
    )
    assert Certificate.objects.count() == 2


def test_looking_first_and_writing_then_would_fail_where_it_should_refuse(amina, issue, monkeypatch):
    """The constraint still stops the second successor, but the loser gets a database error."""
    certificate = issue(amina)
    monkeypatch.setattr(issuing, "_leave_valid", check_then_write(CROWD))
    results = reissue_by_many(certificate)
    assert any(isinstance(result, IntegrityError) for result in results)
    assert not any(isinstance(result, issuing.CertificateUnchangeable) for result in results)


@pytest.mark.parametrize("round_", range(5))
def test_revoked_and_issued_again_at_once_exactly_one_happens(amina, issue, monkeypatch, round_):
    certificate = issue(amina)
    meet(monkeypatch, issuing, "_leave_valid", 2)
    revoked, reissued = together(
        lambda: issuing.revoke(certificate, "Not hers", None),
        lambda: issuing.reissue(certificate, None, "Name misspelt"),
        expected=(issuing.CertificateUnchangeable,),
    )
    certificate.refresh_from_db()
    if revoked:
        assert isinstance(reissued, issuing.CertificateUnchangeable)
        assert list(Certificate.objects.values_list("standing", flat=True)) == ["revoked"]
    else:
        assert certificate.standing == "superseded"
        assert list(Certificate.objects.filter(standing="valid")) == [reissued]


@pytest.fixture
def presses(monkeypatch) -> list:
    """Counts how often something was printed."""
    printed, real = [], rendering.render

    def count_and_print(*args, **kwargs):
        printed.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", count_and_print)
    return printed


def test_many_workers_with_one_certificate_print_it_once(amina, issue, monkeypatch, presses):
    certificate = issue(amina)
    meet(monkeypatch, CertificateQuerySet, "claim", CROWD)
    results = together(*[lambda: delivery.deliver(certificate.pk)] * CROWD)
    assert (sorted(results), len(presses)) == ([False] * (CROWD - 1) + [True], 1)
    assert Email.objects.count() == 1


def test_without_the_claim_all_would_print_and_still_one_letter_is_written(amina, issue, monkeypatch, presses):
    certificate = issue(amina)
    barrier = threading.Barrier(CROWD, timeout=30)

    def claim_carelessly(rows, pk) -> bool:
        free = rows.due().filter(pk=pk).exists()
        barrier.wait()
        return free

    monkeypatch.setattr(CertificateQuerySet, "claim", claim_carelessly)
    results = together(*[lambda: delivery.deliver(certificate.pk)] * CROWD)
    assert (results.count(True), len(presses), Email.objects.count()) == (1, CROWD, 1)
