"""Erase a person who has left data everywhere: only what is declared to stay remains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEntry, User
from accounts.outbox import OutboxState
from accounts.privacy_register import OnErasure
from certificates import delivery
from certificates import privacy as certificates_privacy
from certificates.models import Certificate
from courses import privacy as courses_privacy
from privacy import erasure, registry, requests
from privacy.models import Erasure
from standards.models import StatementCheck
from tests.support import canary as traces_of_canary
from tests.support.tiers import sampled

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def folders(settings) -> list[Path]:
    return [settings.CERTIFICATE_ROOT, settings.MEDIA_ROOT, settings.COPIES_ROOT, settings.ERASURE_LOG.parent]


def erase(canary: User, by: User) -> Erasure:
    row = requests.request_erasure(canary, by)
    Erasure.objects.update(due_at=timezone.now())
    assert erasure.perform(row.pk)
    return row


def traces(canary: User, pk: int, folders) -> list[str]:
    return (
        traces_of_canary.in_database(str(canary.uuid))
        + traces_of_canary.in_files(*folders)
        + traces_of_canary.pointers(pk)
    )


def test_the_canary_has_left_data_in_every_declared_place(editor, folders):
    erasure_row = Erasure.objects.create(person=editor.uuid)
    assert traces_of_canary.places_left_empty(editor, registry.REGISTERS) == []
    erasure_row.delete()
    all_traces = " ".join(traces(editor, editor.pk, folders))
    assert [word for word in traces_of_canary.WORDS.values() if word not in all_traces] == []


def test_after_the_erasure_no_trace_is_left(canary, administrator, folders):
    pk = canary.pk
    erase(canary, administrator)
    assert traces(canary, pk, folders) == []
    assert not User.objects.filter(pk=pk).exists()


def test_a_person_who_confirmed_a_text_stays_without_personal_data(editor, administrator, folders):
    pk = editor.pk
    erase(editor, administrator)
    assert traces_of_canary.in_database(str(editor.uuid)) + traces_of_canary.in_files(*folders) == []
    assert traces_of_canary.pointers(pk) == ["standards.StatementCheck.by"]
    nameless = User.objects.get(pk=pk)
    assert (nameless.name, nameless.country, nameless.is_active, nameless.has_usable_password()) == (
        "",
        "",
        False,
        False,
    )
    assert (nameless.email, nameless.groups.count(), nameless.licence_number) == ("", 0, "")
    assert StatementCheck.objects.get().by == nameless


def test_other_peoples_data_is_still_there(canary, administrator):
    other = User.objects.get(name="Oluchi Other")
    erase(canary, administrator)
    assert other.enrolments.get().attempts.get().marks.get().by is None
    assert Certificate.objects.get(learner=other).standing_by is None
    assert traces_of_canary.Comment.objects.filter(user=other, text="kept").exists()


def erased_fields():
    """Yield (app's privacy module, register, model, fields) for everything that erase() deletes or unnames."""
    for module, register in zip(registry.APPS, registry.REGISTERS, strict=True):
        for model in register.models:
            for personal in model.personal_fields:
                erased = personal.lookup and personal.on_erasure in (OnErasure.DELETED, OnErasure.UNNAMED)
                if erased and model.model != "accounts.User":
                    yield module, register, model, personal


def test_control_a_declaration_left_out_of_the_register_leaves_traces(editor, administrator, folders, monkeypatch):
    """The negative control, one declaration at a time: without it, traces stay."""
    pk, harmless = editor.pk, []
    for module, register, model, personal in erased_fields():
        # Two purposes may share one lookup; either of them erases the row.
        others = tuple(other for other in model.personal_fields if other.lookup != personal.lookup)
        without = tuple(
            replace(other, personal_fields=others) if other is model else other for other in register.models
        )
        try:
            with transaction.atomic():
                with monkeypatch.context() as patched:
                    patched.setattr(module, "REGISTER", replace(register, models=without))
                    registry.erase(editor)
                connection.check_constraints()  # as the end of the transaction would
                left = set(traces(editor, pk, [])) - {"standards.StatementCheck.by"}
                if not left:
                    harmless.append(f"{model.model}.{personal.lookup}")
                raise Undo
        except (Undo, IntegrityError):
            continue
    assert (harmless, len(list(erased_fields())) > 30) == ([], True)


class Undo(Exception):
    pass


STEPS = {
    "words in past versions of pages": (courses_privacy, "_remove_comments_from_revisions", None),
    "words in Wagtail's log": (courses_privacy, "_remove_quotations_from_logs", None),
    "sessions": (sessions, "end_sign_ups", None),
    "the certificate": (certificates_privacy, "_reduce", []),
    "the files": (registry, "erase", "files"),
}


@pytest.mark.parametrize(("module", "function", "replacement"), sampled(STEPS.values()), ids=STEPS)
def test_control_a_skipped_step_leaves_traces(
    canary, administrator, folders, monkeypatch, module, function, replacement
):
    """The negative control for the steps that are not queries of the register."""
    original, pk = getattr(module, function), canary.pk
    skipped = (lambda person: original(person) and []) if replacement == "files" else (lambda *_args: replacement)
    monkeypatch.setattr(module, function, skipped)
    erase(canary, administrator)
    assert traces(canary, pk, folders) != []


def test_the_certificate_keeps_the_fields_that_verify_it(client, canary, administrator):
    before = Certificate.objects.get(learner=canary)
    erase(canary, administrator)
    after = Certificate.objects.get(pk=before.pk)
    unchanged = ("code", "course", "course_code", "hours", "edition", "release", "completed_on", "valid_until", "issuer",
             "issued_at", "issued_on", "standing")  # fmt: skip
    assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]
    assert (after.name, after.learner, after.country, after.score, after.pdf_sha256) == ("", None, "", None, "")
    assert after.achievement != before.achievement
    page = client.get(reverse("certificates:show", args=[after.shown_code])).content.decode()
    assert ("Valid" in page, "Withheld" in page, "Check the name" in page, traces_of_canary.NAME in page) == (
        True,
        True,
        True,
        False,
    )


def test_requesting_and_erasing_twice_erases_once(canary, administrator):
    row = erase(canary, administrator)
    assert erasure.perform(row.pk) is False
    assert list(
        AuditEntry.objects.filter(verb__startswith="erasure").order_by("pk").values_list("verb", flat=True)
    ) == [
        "erasure.asked",
        "erasure.done",
    ]


def test_a_pdf_made_during_the_erasure_leaves_no_trace(canary, administrator, folders, monkeypatch):
    certificate = Certificate.objects.get(learner=canary)
    certificate.pk, certificate.code, certificate.achievement = None, "0" * 16, canary.uuid
    certificate.state, certificate.done_at, certificate.pdf_sha256, pk = OutboxState.PENDING, None, "", canary.pk
    certificate.save(force_insert=True)
    Certificate.objects.filter(pk=certificate.pk).requeue()
    original = delivery.pdf_store.keep

    def keep_then_erase(pdf):
        stored = original(pdf)
        erase(canary, administrator)
        return stored

    monkeypatch.setattr(delivery.pdf_store, "keep", keep_then_erase)
    assert delivery.deliver(certificate.pk) is False
    assert traces(canary, pk, folders) == []


def test_files_of_a_killed_worker_are_deleted(canary, administrator, folders, settings, monkeypatch):
    """The worker was killed between writing the file and updating the row, so no row points to the file."""
    pk, path = canary.pk, settings.CERTIFICATE_ROOT / "ab" / "abcdef.part"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(traces_of_canary.NAME)
    path.with_suffix(".pdf").write_text(traces_of_canary.NAME)
    erase(canary, administrator)
    assert len(traces_of_canary.in_files(*folders)) > 0
    assert delivery.tidy() == 0  # a worker may still be writing it
    monkeypatch.setattr(delivery, "STALE_AFTER", -1)
    assert delivery.tidy() == 2
    assert traces(canary, pk, folders) == []


def test_tidy_keeps_the_files_of_valid_certificates(canary, monkeypatch):
    monkeypatch.setattr(delivery, "STALE_AFTER", -1)
    assert delivery.tidy() == 0
    assert delivery.pdf_store.path_of(Certificate.objects.get(learner=canary).pdf_sha256).exists()
