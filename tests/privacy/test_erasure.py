"""Somebody who left something everywhere is erased: what stays is what is declared to stay, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import privacy as accounts_personal
from accounts.models import AuditEntry, User
from accounts.outbox import OutboxState
from accounts.privacy_register import OnErasure
from certificates import delivery
from certificates import privacy as certificates_personal
from certificates.models import Certificate
from courses import privacy as courses_personal
from privacy import erasure, registry, requests
from privacy.models import Erasure
from standards.models import StatementCheck
from tests.support import canary as bird
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
    return bird.in_database(str(canary.uuid)) + bird.in_files(*folders) + bird.pointers(pk)


def test_the_canary_has_left_something_in_every_declared_place(editor, folders):
    erasure_row = Erasure.objects.create(person=editor.uuid)
    assert bird.places_left_empty(editor, registry.REGISTERS) == []
    erasure_row.delete()
    found = " ".join(traces(editor, editor.pk, folders))
    assert [word for word in bird.WORDS.values() if word not in found] == []


def test_after_the_erasure_nothing_leads_to_the_person(canary, administrator, folders):
    pk = canary.pk
    erase(canary, administrator)
    assert traces(canary, pk, folders) == []
    assert not User.objects.filter(pk=pk).exists()


def test_whoever_confirmed_a_text_stays_as_somebody_without_a_name(editor, administrator, folders):
    pk = editor.pk
    erase(editor, administrator)
    assert bird.in_database(str(editor.uuid)) + bird.in_files(*folders) == []
    assert bird.pointers(pk) == ["standards.StatementCheck.by"]
    kept = User.objects.get(pk=pk)
    assert (kept.name, kept.country, kept.is_active, kept.has_usable_password()) == ("", "", False, False)
    assert (kept.email, kept.groups.count(), kept.licence_number) == ("", 0, "")
    assert StatementCheck.objects.get().by == kept


def test_what_others_did_is_still_there(canary, administrator):
    other = User.objects.get(name="Oluchi Other")
    erase(canary, administrator)
    assert other.enrolments.get().attempts.get().marks.get().by is None
    assert Certificate.objects.get(learner=other).standing_by is None
    assert bird.Comment.objects.filter(user=other, text="kept").exists()


def declared_fates():
    for room, register in zip(registry.APPS, registry.REGISTERS, strict=True):
        for holding in register.models:
            for about in holding.personal_fields:
                if (
                    about.lookup
                    and about.on_erasure in (OnErasure.DELETED, OnErasure.UNNAMED)
                    and holding.model != "accounts.User"
                ):
                    yield room, register, holding, about


def test_a_place_left_out_of_the_register_would_be_found(editor, administrator, folders, monkeypatch):
    """The negative control, place by place: each declaration alone keeps its traces from staying."""
    pk, harmless = editor.pk, []
    for room, register, holding, about in declared_fates():
        personal_fields = tuple(each for each in holding.personal_fields if each is not about)
        without = tuple(
            replace(each, personal_fields=personal_fields) if each is holding else each for each in register.models
        )
        try:
            with transaction.atomic():
                with monkeypatch.context() as patched:
                    patched.setattr(room, "REGISTER", replace(register, holdings=without))
                    registry.erase(editor)
                connection.check_constraints()  # as the end of the transaction would
                found = set(traces(editor, pk, [])) - {"standards.StatementCheck.by"}
                if not found:
                    harmless.append(f"{holding.model}.{about.lookup}")
                raise Undo
        except (Undo, IntegrityError):
            continue
    assert (harmless, len(list(declared_fates())) > 30) == ([], True)


class Undo(Exception):
    pass


DEEDS = {
    "words in past versions of pages": (courses_personal, "_take_comments_out_of_revisions", None),
    "words in Wagtail's log": (courses_personal, "_take_words_out_of_logs", None),
    "sessions": (accounts_personal, "end_sessions", None),
    "the certificate": (certificates_personal, "_reduce", []),
    "the files": (registry, "erase", "files"),
}


@pytest.mark.parametrize(("room", "deed", "answer"), sampled(DEEDS.values()), ids=DEEDS)
def test_a_deed_left_undone_would_be_found(canary, administrator, folders, monkeypatch, room, deed, answer):
    """The negative control for what no query of the register does."""
    real, pk = getattr(room, deed), canary.pk
    undone = (lambda person: real(person) and []) if answer == "files" else (lambda *_args: answer)
    monkeypatch.setattr(room, deed, undone)
    erase(canary, administrator)
    assert traces(canary, pk, folders) != []


def test_the_certificate_keeps_what_proves_the_paper(client, canary, administrator):
    before = Certificate.objects.get(learner=canary)
    erase(canary, administrator)
    after = Certificate.objects.get(pk=before.pk)
    stays = ("code", "course", "course_code", "hours", "edition", "release", "completed_on", "valid_until", "issuer",
             "issued_at", "standing")  # fmt: skip
    assert [getattr(after, name) for name in stays] == [getattr(before, name) for name in stays]
    assert (after.name, after.learner, after.country, after.score, after.pdf_sha256) == ("", None, "", None, "")
    assert after.achievement != before.achievement
    page = client.get(reverse("certificates:show", args=[after.shown_code])).content.decode()
    assert ("Valid" in page, "Withheld" in page, "Check the name" in page, bird.NAME in page) == (
        True,
        True,
        True,
        False,
    )


def test_asking_twice_and_erasing_twice_is_erasing_once(canary, administrator):
    row = erase(canary, administrator)
    assert erasure.perform(row.pk) is False
    assert list(
        AuditEntry.objects.filter(verb__startswith="erasure").order_by("pk").values_list("verb", flat=True)
    ) == [
        "erasure.asked",
        "erasure.done",
    ]


def test_a_worker_that_prints_while_the_person_is_erased_leaves_nothing_behind(
    canary, administrator, folders, monkeypatch
):
    certificate = Certificate.objects.get(learner=canary)
    certificate.pk, certificate.code, certificate.achievement = None, "0" * 16, canary.uuid
    certificate.state, certificate.done_at, certificate.pdf_sha256, pk = OutboxState.PENDING, None, "", canary.pk
    certificate.save(force_insert=True)
    Certificate.objects.filter(pk=certificate.pk).requeue()
    real = delivery.pdf_store.keep

    def erased_meanwhile(pdf):
        kept = real(pdf)
        erase(canary, administrator)
        return kept

    monkeypatch.setattr(delivery.pdf_store, "keep", erased_meanwhile)
    assert delivery.deliver(certificate.pk) is False
    assert traces(canary, pk, folders) == []


def test_what_a_killed_worker_left_is_swept_away(canary, administrator, folders, settings, monkeypatch):
    """Killed between the file and the row: no row knows the file any more."""
    pk, path = canary.pk, settings.CERTIFICATE_ROOT / "ab" / "abcdef.part"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bird.NAME)
    path.with_suffix(".pdf").write_text(bird.NAME)
    erase(canary, administrator)
    assert len(bird.in_files(*folders)) > 0
    assert delivery.tidy() == 0  # somebody may still be writing it
    monkeypatch.setattr(delivery, "LEFT_BEHIND", -1)
    assert delivery.tidy() == 2
    assert traces(canary, pk, folders) == []


def test_tidying_leaves_the_files_of_standing_certificates(canary, monkeypatch):
    monkeypatch.setattr(delivery, "LEFT_BEHIND", -1)
    assert delivery.tidy() == 0
    assert delivery.pdf_store.path_of(Certificate.objects.get(learner=canary).pdf_sha256).exists()
