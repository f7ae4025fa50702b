"""Simultaneous calls on a real database: exactly one succeeds. Each race has a negative control."""

import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.emails import tasks as email_tasks
from accounts.models import Email
from certificates import delivery, issuing, rendering, tasks, validity
from certificates.models import Certificate, CertificateQuerySet, CertificateStatus
from tests.certificates.conftest import facts
from tests.support.races import together

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="threads cannot share SQLite's database in memory"),
]
THREADS = 4


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    for task in (tasks.deliver, email_tasks.deliver_email, email_tasks.send_waiting):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


def synchronise(monkeypatch, module, name: str, many: int) -> None:
    """Make `many` threads wait for each other just before they call the function."""
    real, barrier = getattr(module, name), threading.Barrier(many, timeout=30)

    def wait_then_work(*args, **kwargs):
        barrier.wait()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, wait_then_work)


def check_then_write(many: int):
    """An unsafe validity.end(): read, wait for the others, write."""
    barrier = threading.Barrier(many, timeout=30)

    def end(certificate, standing, reason, by) -> bool:
        valid = Certificate.objects.filter(pk=certificate.pk, standing=CertificateStatus.VALID).exists()
        barrier.wait()
        if valid:
            Certificate.objects.filter(pk=certificate.pk).update(
                standing=standing, standing_reason=reason, standing_at=timezone.now(), standing_by=by
            )
        return valid

    return end


def test_simultaneous_issues_of_one_achievement_give_one_certificate(amina, monkeypatch):
    achievement = uuid4()
    synchronise(monkeypatch, issuing, "_create", THREADS)
    results = together(*[lambda: issuing.issue(amina, facts(), achievement)] * THREADS)
    assert results == [Certificate.objects.get()] * THREADS


def test_without_the_constraint_every_call_issues_a_certificate(amina, monkeypatch):
    achievement = uuid4()
    synchronise(monkeypatch, issuing, "_create", THREADS)
    constraint = next(c for c in Certificate._meta.constraints if c.name == "one_valid_certificate")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Certificate, constraint)
    try:
        together(*[lambda: issuing.issue(amina, facts(), achievement)] * THREADS)
        assert Certificate.objects.filter(standing=CertificateStatus.VALID).count() == THREADS
    finally:
        Certificate.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Certificate, constraint)


def revoke_by_many(certificate) -> list:
    return together(*[lambda n=n: issuing.revoke(certificate, f"Reason {n}", None) for n in range(THREADS)])


def test_revoked_by_many_at_once_it_is_revoked_once(amina, issue, monkeypatch):
    certificate = issue(amina)
    synchronise(monkeypatch, validity, "end", THREADS)
    results = revoke_by_many(certificate)
    assert sorted(results) == [False] * (THREADS - 1) + [True]
    certificate.refresh_from_db()
    assert certificate.standing_reason == f"Reason {results.index(True)}"
    assert f"Reason {results.index(True)}" in Email.objects.get().text


def test_checking_before_writing_would_revoke_it_several_times(amina, issue, monkeypatch):
    certificate = issue(amina)
    monkeypatch.setattr(validity, "end", check_then_write(THREADS))
    assert revoke_by_many(certificate).count(True) > 1


def reissue_by_many(certificate) -> list:
    calls = [lambda: issuing.reissue(certificate, None, "Name misspelt")] * THREADS
    return together(*calls, expected=(issuing.CertificateUnchangeable, IntegrityError))


def test_simultaneous_reissues_leave_one_successor(amina, issue, monkeypatch):
    certificate = issue(amina)
    synchronise(monkeypatch, validity, "hold", THREADS)
    results = reissue_by_many(certificate)
    assert {type(result) for result in results} == {Certificate}
    assert Certificate.objects.get(replaces=certificate).pk in {result.pk for result in results}


def test_without_the_lock_simultaneous_reissues_raise_a_database_error(amina, issue, monkeypatch):
    """The constraint still prevents a second successor, but the other caller gets a database error."""
    certificate = issue(amina)
    barrier = threading.Barrier(THREADS, timeout=30)
    monkeypatch.setattr(validity, "hold", lambda _certificate: True)
    drop = validity.drop_successor

    def drop_then_wait(certificate):
        drop(certificate)
        barrier.wait()

    monkeypatch.setattr(validity, "drop_successor", drop_then_wait)
    assert any(isinstance(result, IntegrityError) for result in reissue_by_many(certificate))


@pytest.mark.parametrize("round_", range(5))
def test_revoked_and_issued_again_at_once_nothing_stays_valid(amina, issue, round_):
    certificate = issue(amina)
    revoked, _reissued = together(
        lambda: issuing.revoke(certificate, "Not hers", None),
        lambda: issuing.reissue(certificate, None, "Name misspelt"),
        expected=(issuing.CertificateUnchangeable,),
    )
    assert revoked
    assert list(Certificate.objects.values_list("standing", flat=True)) == ["revoked"]


@pytest.mark.parametrize("round_", range(5))
def test_revoked_while_its_successor_is_finished_exactly_one_happens(amina, issue, monkeypatch, round_):
    certificate = issue(amina)
    successor = issuing.reissue(certificate, None, "Name misspelt")
    synchronise(monkeypatch, validity, "end", 2)
    revoked, finished = together(
        lambda: issuing.revoke(certificate, "Not hers", None), lambda: delivery.deliver(successor.pk)
    )
    standings = list(Certificate.objects.order_by("pk").values_list("standing", flat=True))
    assert (revoked, finished, standings) in [(True, False, ["revoked"]), (False, True, ["superseded", "valid"])]


@pytest.fixture
def render_calls(monkeypatch) -> list:
    """One entry for each call of rendering.render()."""
    calls, real = [], rendering.render

    def count_and_render(*args, **kwargs):
        calls.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", count_and_render)
    return calls


def test_several_workers_render_one_certificate_once(amina, issue, monkeypatch, render_calls):
    certificate = issue(amina)
    synchronise(monkeypatch, CertificateQuerySet, "claim", THREADS)
    results = together(*[lambda: delivery.deliver(certificate.pk)] * THREADS)
    assert (sorted(results), len(render_calls)) == ([False] * (THREADS - 1) + [True], 1)
    assert Email.objects.count() == 1


def test_without_the_claim_all_workers_render_but_one_email_is_written(amina, issue, monkeypatch, render_calls):
    certificate = issue(amina)
    barrier = threading.Barrier(THREADS, timeout=30)

    def check_then_claim(rows, pk) -> bool:
        is_due = rows.due().filter(pk=pk).exists()
        barrier.wait()
        return is_due

    monkeypatch.setattr(CertificateQuerySet, "claim", check_then_claim)
    results = together(*[lambda: delivery.deliver(certificate.pk)] * THREADS)
    assert (results.count(True), len(render_calls), Email.objects.count()) == (1, THREADS, 1)
