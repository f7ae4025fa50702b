"""Whatever is killed when: one file, one letter, nothing lost, nothing twice."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.emails.delivery import deliver_email
from accounts.models import Email
from accounts.outbox import LEASE, MAX_TRIES, OutboxState
from certificates import delivery, issuing, pdf_store, rendering, tasks
from certificates.models import Certificate
from elearning.celery import app
from elearning.tasks import sweep


class Killed(BaseException):
    """A worker's sudden end, as far as one process can show it."""


def after_lease() -> None:
    """Let time pass until nobody holds the row."""
    Certificate.objects.filter(state=OutboxState.CLAIMED).update(claimed_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def swept(monkeypatch):
    """The beat's sweep with a worker beside it, once round."""
    monkeypatch.setattr(tasks.deliver, "delay", delivery.deliver)

    def once() -> None:
        after_lease()
        sweep()

    return once


def assert_delivered_once(certificate: Certificate, settings) -> None:
    certificate.refresh_from_db()
    stored = pdf_store.path_of(certificate.pdf_sha256).read_bytes()
    assert hashlib.sha256(stored).hexdigest() == certificate.pdf_sha256
    assert (certificate.state, certificate.pdf_size) == ("done", len(stored))
    everything = [path for path in Path(settings.CERTIFICATE_ROOT).rglob("*") if path.is_file()]
    assert everything == [pdf_store.path_of(certificate.pdf_sha256)]
    assert list(Email.objects.values_list("kind", "dedupe_key")) == [
        ("certificate_ready", f"certificate:{certificate.code}:ready")
    ]


def test_a_delivered_certificate_is_a_file_under_its_fingerprint_and_one_letter(amina, ready, settings):
    assert_delivered_once(ready(amina), settings)


def test_the_letter_names_course_code_and_where_to_check(amina, ready, settings):
    certificate = ready(amina)
    email = Email.objects.get()
    assert email.subject == f"Your certificate is ready: {certificate.course}"
    for text in (email.text, email.html):
        assert certificate.shown_code in text
        assert f"{settings.BASE_URL}/certificates/{certificate.shown_code}/" in text
    deliver_email(email.pk)
    assert mail.outbox[0].to == [amina.email]


def test_an_arabic_letter_runs_from_the_right_and_nothing_is_escaped_in_plain_text(mona, ready):
    ready(mona, course="Tom & Jerry's <course>")
    email = Email.objects.get()
    assert '<html lang="ar" dir="rtl">' in email.html
    assert "Tom &amp; Jerry&#x27;s &lt;course&gt;" in email.html
    assert "Tom & Jerry's <course>" in email.subject
    assert "Tom & Jerry's <course>" in email.text


def fail_before(monkeypatch, module, name):
    def end(*_args, **_kwargs):
        raise Killed

    monkeypatch.setattr(module, name, end)


def fail_after(monkeypatch, module, name):
    real = getattr(module, name)

    def work_then_end(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, work_then_end)


CRASHES = {
    "after the claim": (fail_before, rendering, "render"),
    "after rendering": (fail_after, rendering, "render"),
    "before the file is whole": (fail_before, pdf_store.os, "replace"),
    "after the rename": (fail_after, pdf_store.os, "replace"),
    "after the file is kept": (fail_after, pdf_store, "keep"),
    "before the email": (fail_before, delivery.outgoing, "send"),
    "after the email, before the commit": (fail_after, delivery.outgoing, "send"),
    "after the commit": (fail_after, delivery, "_finish"),
}


@pytest.mark.parametrize("moment", CRASHES)
def test_a_worker_that_ends_suddenly_loses_and_doubles_nothing(moment, amina, issue, settings, swept, monkeypatch):
    certificate = issue(amina)
    fail, module, name = CRASHES[moment]
    with monkeypatch.context() as broken:
        fail(broken, module, name)
        with pytest.raises(Killed):
            delivery.deliver(certificate.pk)
    swept()
    assert_delivered_once(certificate, settings)
    swept()
    assert_delivered_once(certificate, settings)


def test_without_the_sweep_a_lost_wake_is_never_made_good(amina, issue, swept, settings):
    """The negative control: nothing else would ever find the row."""
    certificate = issue(amina)  # the wake is lost: no broker, no commit hook in this test
    after_lease()
    others = set(settings.CELERY_BEAT_SCHEDULE) - {"elearning.tasks.sweep"}
    assert len(others) > 5
    app.loader.import_default_modules()
    for name in others:
        app.tasks[name]()
    certificate.refresh_from_db()
    assert certificate.state == "pending"
    swept()
    certificate.refresh_from_db()
    assert certificate.state == "done"


def test_without_the_letter_in_the_same_transaction_a_crash_loses_it(amina, issue, swept, monkeypatch):
    """The negative control: finish first, write the letter afterwards, and it is gone."""
    certificate = issue(amina)

    def finish_apart(certificate, sha256, size):
        Certificate.objects.filter(pk=certificate.pk).update(
            state=OutboxState.DONE, done_at=timezone.now(), pdf_sha256=sha256, pdf_size=size
        )
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_finish", finish_apart)
        with pytest.raises(Killed):
            delivery.deliver(certificate.pk)
    swept()
    assert Email.objects.count() == 0


def test_two_workers_with_one_certificate_print_it_once(amina, issue, settings, monkeypatch):
    certificate = issue(amina)
    rendered = []
    real = rendering.render

    def render_and_be_overtaken(*args, **kwargs):
        rendered.append(1)
        if len(rendered) == 1:
            assert not delivery.deliver(certificate.pk)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_and_be_overtaken)
    assert delivery.deliver(certificate.pk)
    assert rendered == [1]
    assert_delivered_once(certificate, settings)


def test_a_worker_slower_than_its_lease_settles_nothing_twice(amina, issue, settings, monkeypatch):
    certificate = issue(amina)
    real = rendering.render
    slow = [True]

    def render_slowly(*args, **kwargs):
        if slow.pop() if slow else False:
            after_lease()
            assert delivery.deliver(certificate.pk)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_slowly)
    assert not delivery.deliver(certificate.pk)
    assert_delivered_once(certificate, settings)


def test_one_revoked_while_it_is_printed_gets_no_ready_letter(amina, rosa, issue, monkeypatch):
    certificate = issue(amina)
    real = rendering.render

    def render_meanwhile(*args, **kwargs):
        issuing.revoke(certificate, "Not hers", rosa)
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_meanwhile)
    assert not delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.validity, certificate.done_at) == ("revoked", None)
    assert list(Email.objects.values_list("kind", flat=True)) == ["certificate_revoked"]


def test_what_cannot_be_printed_is_tried_five_times_then_given_up_with_its_reason(amina, issue, swept):
    amina.name = "Amina \U0001f600"
    amina.save()
    certificate = issue(amina)
    for _ in range(MAX_TRIES + 1):
        swept()
    certificate.refresh_from_db()
    assert (certificate.state, certificate.tries) == ("failed", MAX_TRIES)
    assert "could not be displayed" in certificate.last_error
    assert not Email.objects.exists()


def test_after_a_failure_the_next_try_waits_for_the_end_of_the_lease(amina, issue, monkeypatch):
    certificate = issue(amina)
    monkeypatch.setattr(pdf_store, "keep", lambda pdf: (_ for _ in ()).throw(OSError("No space left on device")))
    assert not delivery.deliver(certificate.pk)
    certificate.refresh_from_db()
    assert certificate.last_error == "OSError: No space left on device"
    assert not Certificate.objects.due().exists()
    assert list(Certificate.objects.due(timezone.now() + LEASE)) == [certificate]


def test_a_full_disk_leaves_no_piece_of_a_file(amina, issue, settings, swept, monkeypatch):
    certificate = issue(amina)
    with monkeypatch.context() as broken:
        broken.setattr(pdf_store.os, "fsync", lambda handle: (_ for _ in ()).throw(OSError("No space left on device")))
        assert not delivery.deliver(certificate.pk)
    assert [path for path in Path(settings.CERTIFICATE_ROOT).rglob("*") if path.is_file()] == []
    swept()
    assert_delivered_once(certificate, settings)


def test_the_certificate_of_somebody_erased_meanwhile_is_printed_without_a_letter(amina, issue):
    certificate = issue(amina)
    amina.delete()
    assert delivery.deliver(certificate.pk)
    assert not Email.objects.exists()


def test_no_transaction_is_open_while_a_certificate_is_printed(amina, issue, monkeypatch):
    certificate = issue(amina)
    real = rendering.render
    seen = []

    def render_and_look(*args, **kwargs):
        seen.append(len(connection.savepoint_ids))
        return real(*args, **kwargs)

    monkeypatch.setattr(rendering, "render", render_and_look)
    before = len(connection.savepoint_ids)
    delivery.deliver(certificate.pk)
    assert seen == [before]


def test_the_scanned_address_has_no_language_in_it(settings):
    assert delivery.verify_url("K7QM-2X9D-HT4V-RB3P") == f"{settings.BASE_URL}/certificates/K7QM-2X9D-HT4V-RB3P/"
