import datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Email, Role
from accounts.outbox import OutboxState
from certificates import issuing
from certificates.models import Certificate, CertificateStatus
from certificates.printed_fields import FACTS
from tests.certificates.conftest import facts


def test_a_certificate_copies_what_it_prints(amina):
    told = facts()
    certificate = issuing.issue(amina, told, uuid4())
    amina.name = "Amina Somebody"
    amina.country = "EG"
    amina.save()
    certificate.refresh_from_db()
    assert (certificate.name, certificate.country.code, certificate.issuer) == (
        "Amina Yusuf Hassan",
        "KE",
        "National Training Centre",
    )
    assert {field: getattr(certificate, field) for field in FACTS} == vars(told)
    assert (certificate.validity, certificate.state) == ("valid", "pending")


def test_issuing_twice_for_one_achievement_gives_the_same_certificate(amina):
    achievement = uuid4()
    assert issuing.issue(amina, facts(), achievement) == issuing.issue(amina, facts(), achievement)
    assert Certificate.objects.count() == 1


def test_the_worker_is_woken_after_the_commit_and_only_then(amina, django_capture_on_commit_callbacks, monkeypatch):
    woken = []
    monkeypatch.setattr(issuing.tasks.deliver, "apply_async", lambda args, kwargs: woken.append(args[0]))
    with django_capture_on_commit_callbacks(execute=True):
        certificate = issuing.issue(amina, facts(), uuid4())
        assert woken == []
    assert woken == [certificate.pk]


def test_a_failed_completion_takes_its_certificate_with_it(amina):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        issuing.issue(amina, facts(), uuid4())
        raise ZeroDivisionError
    assert not Certificate.objects.exists()


def test_the_database_refuses_a_second_valid_certificate_of_one_achievement(amina):
    first = issuing.issue(amina, facts(), uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        issuing._create(amina, first.achievement, **vars(facts()))


def test_revoking_says_when_why_and_by_whom_and_owes_one_letter(amina, rosa, issue):
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


def test_a_revoked_certificate_is_not_printed_any_more(amina, rosa, issue):
    certificate = issue(amina)
    issuing.revoke(certificate, "Not hers", rosa)
    assert not Certificate.objects.unfinished().exists()


def test_a_correction_is_a_new_row_with_the_present_name_and_the_old_one_links_on(amina, rosa, issue):
    old = issue(amina)
    amina.name = "Amina Yusuf Hasan"
    amina.save()
    new = issuing.reissue(Certificate.objects.get(pk=old.pk), rosa, "Name misspelt")
    old.refresh_from_db()
    assert (old.validity, old.standing_reason, old.standing_by, old.name) == (
        "superseded",
        "Name misspelt",
        rosa,
        "Amina Yusuf Hassan",
    )
    assert (new.validity, new.name, new.replaces, old.replaced_by) == ("valid", "Amina Yusuf Hasan", old, new)
    assert new.code != old.code
    assert new.achievement == old.achievement
    assert [getattr(new, f) for f in FACTS] == [getattr(old, f) for f in FACTS]


def test_a_completion_looked_at_again_gives_the_corrected_certificate(amina, rosa, issue):
    old = issue(amina)
    new = issuing.reissue(old, rosa, "Name misspelt")
    assert issuing.issue(amina, facts(), old.achievement) == new


@pytest.mark.parametrize("standing", [CertificateStatus.REVOKED, CertificateStatus.SUPERSEDED])
def test_only_a_valid_certificate_is_issued_again(amina, rosa, issue, standing):
    certificate = issue(amina)
    Certificate.objects.update(standing=standing)
    with pytest.raises(issuing.CertificateUnchangeable):
        issuing.reissue(certificate, rosa, "Name misspelt")
    assert Certificate.objects.count() == 1


def test_the_certificate_of_an_erased_person_stays_valid_and_cannot_be_issued_again(amina, rosa, issue):
    certificate = issue(amina)
    amina.delete()
    certificate.refresh_from_db()
    assert (certificate.learner, certificate.validity) == (None, "valid")
    with pytest.raises(issuing.CertificateUnchangeable):
        issuing.reissue(certificate, rosa, "Name misspelt")
    assert issuing.revoke(certificate, "Not hers", rosa)
    assert not Email.objects.exists()


def test_expired_is_the_day_after_the_last_valid_one(amina, issue):
    today = datetime.datetime.now(datetime.UTC).date()
    last_day = issue(amina, valid_until=today)
    over = issue(amina, valid_until=today - datetime.timedelta(days=1))
    assert (last_day.validity, over.validity) == ("valid", "expired")
    assert list(Certificate.objects.current()) == [last_day]


def test_a_given_up_file_can_be_requeued(amina, issue):
    certificate = issue(amina)
    assert not issuing.try_again(certificate)
    Certificate.objects.update(state=OutboxState.FAILED, tries=5)
    assert issuing.try_again(certificate)
    assert list(Certificate.objects.due()) == [certificate]


def test_rosa_sees_kenya_omar_egypt_and_amina_her_own(amina, baraka, mona, rosa, omar, administrator, kofi, issue):
    hers, his, monas = issue(amina), issue(baraka), issue(mona)
    everything = {hers, his, monas}
    seen = Certificate.objects.visible_to
    assert [set(seen(user)) for user in (rosa, omar, amina, administrator)] == [{hers, his}, {monas}, set(), everything]
    managed = Certificate.objects.visible_to
    assert [set(managed(user, Role.MANAGER)) for user in (rosa, omar, kofi, administrator)] == [
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
