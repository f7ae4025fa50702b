import datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import Email, Role
from accounts.outbox import OutboxState
from certificates import delivery, issuing
from certificates.models import Certificate, CertificateStatus
from certificates.printed_fields import FACTS
from tests.certificates.conftest import facts


def test_a_certificate_keeps_a_copy_of_every_printed_field(amina):
    achievement_facts = facts()
    certificate = issuing.issue(amina, achievement_facts, uuid4())
    amina.name = "Amina Somebody"
    amina.country = "EG"
    amina.save()
    certificate.refresh_from_db()
    assert (certificate.name, certificate.country.code, certificate.issuer) == (
        "Amina Yusuf Hassan",
        "KE",
        "National Training Centre",
    )
    assert {field: getattr(certificate, field) for field in FACTS} == vars(achievement_facts)
    assert (certificate.validity, certificate.state) == ("valid", "pending")


def test_issuing_twice_for_one_achievement_returns_the_same_certificate(amina):
    achievement = uuid4()
    assert issuing.issue(amina, facts(), achievement) == issuing.issue(amina, facts(), achievement)
    assert Certificate.objects.count() == 1


def test_the_worker_is_woken_only_after_the_commit(amina, django_capture_on_commit_callbacks, monkeypatch):
    woken = []
    monkeypatch.setattr(issuing.tasks.deliver, "apply_async", lambda args, kwargs: woken.append(args[0]))
    with django_capture_on_commit_callbacks(execute=True):
        certificate = issuing.issue(amina, facts(), uuid4())
        assert woken == []
    assert woken == [certificate.pk]


def test_a_rolled_back_completion_leaves_no_certificate(amina):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        issuing.issue(amina, facts(), uuid4())
        raise ZeroDivisionError
    assert not Certificate.objects.exists()


def test_the_database_refuses_a_second_valid_certificate_of_one_achievement(amina):
    first = issuing.issue(amina, facts(), uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        issuing._create(amina, first.achievement, issued_on=first.issued_on, **vars(facts()))


def test_revoking_records_the_reason_and_person_and_sends_one_email(amina, rosa, issue):
    certificate = issue(amina)
    assert issuing.revoke(certificate, "The test was sat by somebody else.", rosa)
    certificate.refresh_from_db()
    assert (certificate.validity, certificate.standing_reason, certificate.standing_by) == (
        "revoked",
        "The test was sat by somebody else.",
        rosa,
    )
    email = Email.objects.get()
    assert (email.kind, email.to, email.user) == ("certificate_revoked", amina.email, amina)
    assert "The test was sat by somebody else." in email.text
    assert certificate.shown_code in email.text


def test_revoking_again_changes_nothing(amina, rosa, omar, issue):
    certificate = issue(amina)
    assert issuing.revoke(certificate, "First", rosa)
    assert not issuing.revoke(certificate, "Second", omar)
    certificate.refresh_from_db()
    assert (certificate.standing_reason, certificate.standing_by, Email.objects.count()) == ("First", rosa, 1)


def test_a_completion_looked_at_again_does_not_undo_a_revocation(amina, rosa, issue):
    certificate = issue(amina)
    issuing.revoke(certificate, "Not hers", rosa)
    assert issuing.issue(amina, facts(), certificate.achievement) == certificate
    assert Certificate.objects.count() == 1


def test_a_revoked_certificate_gets_no_pdf(amina, rosa, issue):
    certificate = issue(amina)
    issuing.revoke(certificate, "Not hers", rosa)
    assert not Certificate.objects.unfinished().exists()


@pytest.mark.parametrize("standing", [CertificateStatus.REVOKED, CertificateStatus.SUPERSEDED])
def test_only_a_valid_certificate_can_be_reissued(amina, rosa, issue, standing):
    certificate = issue(amina)
    Certificate.objects.update(standing=standing)
    with pytest.raises(issuing.CertificateUnchangeable):
        issuing.reissue(certificate, rosa, "Name misspelt")
    assert Certificate.objects.count() == 1


def test_the_certificate_of_an_erased_person_stays_valid_and_cannot_be_reissued(amina, rosa, issue):
    certificate = issue(amina)
    amina.delete()
    certificate.refresh_from_db()
    assert (certificate.learner, certificate.validity) == (None, "valid")
    with pytest.raises(issuing.CertificateUnchangeable):
        issuing.reissue(certificate, rosa, "Name misspelt")
    assert issuing.revoke(certificate, "Not hers", rosa)
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("zone", "last_moment"),
    [
        ("Africa/Nairobi", "2026-11-28T20:59:59Z"),
        ("UTC", "2026-11-28T23:59:59Z"),
        ("America/Lima", "2026-11-29T04:59:59Z"),
    ],
)
def test_a_certificate_expires_when_its_last_day_ends_where_its_holder_was(amina, issue, zone, last_moment):
    amina.time_zone = zone
    certificate = issue(amina, valid_until=datetime.date(2026, 11, 28))
    moment = datetime.datetime.fromisoformat(last_moment)
    validity = []
    for now in (moment, moment + datetime.timedelta(seconds=1)):
        with time_machine.travel(now, tick=False):
            validity.append(certificate.validity)
    assert validity == ["valid", "expired"]


def test_a_failed_pdf_can_be_requeued(amina, issue):
    certificate = issue(amina)
    assert not issuing.try_again(certificate)
    Certificate.objects.update(state=OutboxState.FAILED, tries=5)
    assert issuing.try_again(certificate)
    assert list(Certificate.objects.due()) == [certificate]


def test_staff_see_their_countries_and_learners_their_own_certificates(
    amina, baraka, mona, rosa, omar, administrator, kofi, issue
):
    hers, his, monas = issue(amina), issue(baraka), issue(mona)
    everything = {hers, his, monas}
    visible_to = Certificate.objects.visible_to
    assert [set(visible_to(user)) for user in (rosa, omar, amina, administrator)] == [
        {hers, his},
        {monas},
        set(),
        everything,
    ]
    assert [set(visible_to(user, Role.MANAGER)) for user in (rosa, omar, kofi, administrator)] == [
        {hers, his},
        {monas},
        set(),
        everything,
    ]
    assert list(Certificate.objects.of(amina)) == [hers]
    assert [set(Certificate.objects.readable_by(user)) for user in (amina, rosa)] == [{hers}, {hers, his}]


def test_scope_follows_the_learner_to_another_country(amina, rosa, omar, issue):
    certificate = issue(amina)
    amina.country = "EG"
    amina.save()
    assert [list(Certificate.objects.visible_to(user)) for user in (rosa, omar)] == [[], [certificate]]


def test_a_certificate_taken_back_while_it_is_reissued_is_revoked_in_its_new_form(amina, rosa, issue, monkeypatch):
    first, real = issue(amina), issuing._revoke

    def reissued_before(certificate, *args, **kwargs):
        if certificate == first:
            delivery.deliver(issuing.reissue(first, rosa, "Name misspelt").pk)
        return real(certificate, *args, **kwargs)

    monkeypatch.setattr(issuing, "_revoke", reissued_before)
    assert issuing.take_back(amina, first.achievement, "It was a mistake.", rosa)
    assert [row.standing for row in Certificate.objects.order_by("pk")] == ["superseded", "revoked"]
    again = issuing.issue(amina, facts(), first.achievement)
    assert again.validity == "valid"
