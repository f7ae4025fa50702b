"""A certificate is delivered as exactly one PDF and one email, even if the worker is killed at any point."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.emails.delivery import deliver_email
from accounts.models import Email
from accounts.outbox import LEASE, OutboxState
from certificates import delivery, issuing, pdf_store, rendering, tasks
from certificates.models import Certificate
from elearning.celery import app
from elearning.tasks import sweep


class Killed(BaseException):
    """Simulates the sudden end of a worker inside one process."""


def after_lease() -> None:
    """Let every lease expire."""
    Certificate.objects.filter(state=OutboxState.CLAIMED).update(claimed_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def sweep_once(monkeypatch):
    """A function that expires all leases and runs the sweep once, with a worker."""
    monkeypatch.setattr(tasks.deliver, "delay", delivery.deliver)

    def run() -> None:
        after_lease()
        sweep()

    return run


def assert_delivered_once(certificate: Certificate, settings) -> None:
    certificate.refresh_from_db()
    pdf = pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == certificate.pdf_sha256
    assert (certificate.state, certificate.pdf_size) == ("done", len(pdf))
    stored_files = [path for path in Path(settings.CERTIFICATE_ROOT).rglob("*") if path.is_file()]
    assert stored_files == [pdf_store.path_of(certificate.pdf_sha256)]
    assert list(Email.objects.values_list("kind", "dedupe_key")) == [
        ("certificate_ready", f"certificate:{certificate.code}:ready")
    ]


def test_a_delivered_certificate_is_a_file_named_by_its_sha256_and_one_email(amina, ready, settings):
    assert_delivered_once(ready(amina), settings)


def test_the_email_contains_the_course_the_code_and_the_verification_url(amina, ready, settings):
    certificate = ready(amina)
    email = Email.objects.get()
    assert email.subject == f"Your certificate is ready: {certificate.course}"
    for text in (email.text, email.html):
        assert certificate.shown_code in text
        assert f"{settings.BASE_URL}/certificates/{certificate.shown_code}/" in text
    deliver_email(email.pk)
    assert mail.outbox[0].to == [amina.email]


def test_an_arabic_email_is_right_to_left_and_its_plain_text_is_not_escaped(mona, ready):
    ready(mona, course="Tom & Jerry's <course>")
    email = Email.objects.get()
    assert '<html lang="ar" dir="rtl">' in email.html
    assert "Tom &amp; Jerry&#x27;s &lt;course&gt;" in email.html
    assert "Tom & Jerry's <course>" in email.subject
    assert "Tom & Jerry's <course>" in email.text


def fail_before(monkeypatch, module, name):
    def fail(*_args, **_kwargs):
        raise Killed

    monkeypatch.setattr(module, name, fail)


def fail_after(monkeypatch, module, name):
    real = getattr(module, name)

    def work_then_fail(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, work_then_fail)


CRASHES = {
    "after the claim": (fail_before, rendering, "render"),
    "after rendering": (fail_after, rendering, "render"),
    "before the file is complete": (fail_before, pdf_store.os, "replace"),
    "after the rename": (fail_after, pdf_store.os, "replace"),
    "after the file is kept": (fail_after, pdf_store, "keep"),
    "before the email": (fail_before, delivery.outgoing, "send"),
    "after the email, before the commit": (fail_after, delivery.outgoing, "send"),
    "after the commit": (fail_after, delivery, "_finish"),
}


@pytest.mark.parametrize("moment", CRASHES)
def test_a_killed_worker_loses_and_repeats_nothing(moment, amina, issue, settings, sweep_once, monkeypatch):
    certificate = issue(amina)
    fail, module, name = CRASHES[moment]
    with monkeypatch.context() as broken:
        fail(broken, module, name)
        with pytest.raises(Killed):
            delivery.deliver(certificate.pk)
    sweep_once()
    assert_delivered_once(certificate, settings)
    sweep_once()
    assert_delivered_once(certificate, settings)


def test_without_the_sweep_a_lost_wake_is_never_repaired(amina, issue, sweep_once, settings):
    """The negative control: no other periodic task finds the row."""
    certificate = issue(amina)  # the wake is lost: this test has no broker and runs no commit hooks
    after_lease()
    others = set(settings.CELERY_BEAT_SCHEDULE) - {"elearning.tasks.sweep"}
    assert len(others) > 5
    app.loader.import_default_modules()
    for name in others:
        app.tasks[name]()
    certificate.refresh_from_db()
    assert certificate.state == "pending"
    sweep_once()
    certificate.refresh_from_db()
    assert certificate.state == "done"


def test_an_email_outside_the_transaction_is_lost_in_a_crash(amina, issue, sweep_once, monkeypatch):
    """The negative control: an email written after the commit is lost."""
    certificate = issue(amina)

    def finish_without_email(certificate, sha256, size):
        Certificate.objects.filter(pk=certificate.pk).update(
            state=OutboxState.DONE, done_at=timezone.now(), pdf_sha256=sha256, pdf_size=size
        )
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_finish", finish_without_email)
        with pytest.raises(Killed):
            delivery.deliver(certificate.pk)
    sweep_once()
    assert Email.objects.count() == 0


def test_two_workers_render_one_certificate_once(amina, issue, settings, monkeypatch):
    certificate = issue(amina)
    calls = []
    real = rendering.render

    def render_after_another_worker(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            assert not delivery.deliver(certificate.pk)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_after_another_worker)
    assert delivery.deliver(certificate.pk)
    assert calls == [1]
    assert_delivered_once(certificate, settings)


def test_a_worker_slower_than_its_lease_delivers_nothing_twice(amina, issue, settings, monkeypatch):
    certificate = issue(amina)
    real = rendering.render
    slow_calls = [True]

    def render_slowly(*args, **kwargs):
        if slow_calls.pop() if slow_calls else False:
            after_lease()
            assert delivery.deliver(certificate.pk)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_slowly)
    assert not delivery.deliver(certificate.pk)
    assert_delivered_once(certificate, settings)


def test_a_certificate_revoked_during_rendering_gets_no_ready_email(amina, rosa, issue, monkeypatch):
    certificate = issue(amina)
    real = rendering.render

    def revoke_and_render(*args, **kwargs):
        issuing.revoke(certificate, "Not hers", rosa)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", revoke_and_render)
    assert not delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.validity, certificate.done_at) == ("revoked", None)
    assert list(Email.objects.values_list("kind", flat=True)) == ["certificate_revoked"]


def test_a_name_that_cannot_be_printed_fails_at_the_first_try_and_its_holder_is_told(amina, issue, sweep_once):
    amina.name = "Amina \U0001f600"
    amina.save()
    certificate = issue(amina)
    sweep_once()
    certificate.refresh_from_db()
    assert (certificate.state, certificate.tries) == ("failed", 1)
    assert "could not be displayed" in certificate.last_error
    assert "because of this: \U0001f600. Change your name in your details" in certificate.current_status
    email = Email.objects.get()
    assert (email.kind, email.to) == ("certificate_not_printed", amina.email)
    assert "\U0001f600" in email.text
    assert "/accounts/details/" in email.text or "profile" in email.text
    sweep_once()
    certificate.refresh_from_db()
    assert certificate.tries == 1


def test_a_title_that_cannot_be_printed_fails_at_once_and_is_no_business_of_the_holder(amina, issue):
    certificate = issue(amina, course="Care \U0001f600")
    assert not delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.state, certificate.tries, Email.objects.count()) == ("failed", 1, 0)
    assert "The people who run this site can see this" in certificate.current_status


def test_after_a_failure_the_next_try_waits_for_the_end_of_the_lease(amina, issue, monkeypatch):
    certificate = issue(amina)
    monkeypatch.setattr(pdf_store, "keep", lambda pdf: (_ for _ in ()).throw(OSError("No space left on device")))
    assert not delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    assert certificate.last_error == "OSError: No space left on device"
    assert not Certificate.objects.due().exists()
    assert list(Certificate.objects.due(timezone.now() + LEASE)) == [certificate]


def test_a_full_disk_leaves_no_partial_file(amina, issue, settings, sweep_once, monkeypatch):
    certificate = issue(amina)
    with monkeypatch.context() as broken:
        broken.setattr(pdf_store.os, "fsync", lambda handle: (_ for _ in ()).throw(OSError("No space left on device")))
        assert not delivery.deliver(certificate.pk)
    assert [path for path in Path(settings.CERTIFICATE_ROOT).rglob("*") if path.is_file()] == []
    sweep_once()
    assert_delivered_once(certificate, settings)


def test_the_certificate_of_a_deleted_learner_is_delivered_without_an_email(amina, issue):
    certificate = issue(amina)
    amina.delete()
    assert delivery.deliver(certificate.pk)
    assert not Email.objects.exists()


def test_no_transaction_is_open_during_rendering(amina, issue, monkeypatch):
    certificate = issue(amina)
    real = rendering.render
    depths = []

    def render_and_record_depth(*args, **kwargs):
        depths.append(len(connection.savepoint_ids))
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_and_record_depth)
    before = len(connection.savepoint_ids)
    delivery.deliver(certificate.pk)
    assert depths == [before]


def test_the_url_in_the_qr_code_has_no_language_prefix(settings):
    assert delivery.verify_url("K7QM-2X9D-HT4V-RB3P") == f"{settings.BASE_URL}/certificates/K7QM-2X9D-HT4V-RB3P/"
