"""Who may request an erasure, how it is retried, and how a certificate is verified afterwards."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Email, User
from accounts.retention import tidy
from certificates import issuing, name_hash, verification
from certificates.models import Certificate
from elearning.health import queues
from elearning.tasks import sweep
from privacy import erasure, registry, requests
from privacy.models import Erasure
from tests.certificates.conftest import facts
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db]


def confirm_password(client, person):
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def due_now() -> None:
    Erasure.objects.update(due_at=timezone.now(), claimed_until=timezone.now())


class TestRequests:
    def test_the_typed_address_closes_the_account_at_once_and_the_worker_erases_it(self, client, amina):
        page = confirm_password(client, amina).get(reverse("erase")).content.decode()
        assert ("What is deleted" in page, "What stays" in page) == (True, True)
        response = client.post(reverse("erase"), {"email": amina.email.upper()}, follow=True)
        assert "Your data is being erased" in response.content.decode()
        assert not User.objects.get(pk=amina.pk).is_active
        assert client.get(reverse("your_data")).status_code == 302
        assert Email.objects.get(kind="erasure_asked").to == amina.email
        due_now()
        sweep()
        erasure.perform(Erasure.objects.get().pk)
        assert not User.objects.filter(pk=amina.pk).exists()

    @pytest.mark.parametrize("typed", ["", "other@example.org", "amina"])
    def test_a_wrong_address_erases_nobody(self, client, amina, typed):
        response = confirm_password(client, amina).post(reverse("erase"), {"email": typed})
        assert (response.status_code, Erasure.objects.count()) == (200, 0)
        assert User.objects.get(pk=amina.pk).is_active

    def test_the_only_administrator_cannot_be_erased(self, client, administrator):
        response = confirm_password(client, administrator).post(reverse("erase"), {"email": administrator.email})
        assert "You are the only administrator" in response.content.decode()
        assert Erasure.objects.count() == 0
        User.objects.create_superuser("second@example.org", PASSWORD, name="Second", country="KE")
        client.post(reverse("erase"), {"email": administrator.email})
        assert Erasure.objects.get().person == administrator.uuid

    def test_an_administrator_erases_a_person_after_confirming_the_address(self, client, administrator, amina):
        confirm_password(client, administrator)
        address = reverse("erase_person", args=[amina.pk])
        assert amina.name in client.get(address).content.decode()
        client.post(address, {"email": "wrong@example.org"})
        assert Erasure.objects.count() == 0
        client.post(address, {"email": amina.email})
        row = Erasure.objects.get()
        assert (row.person, row.by) == (amina.uuid, administrator.uuid)
        assert AuditEntry.objects.get(verb="erasure.asked").actor == administrator.uuid

    @pytest.mark.parametrize("who", ["kofi", "rosa", "baraka"])
    def test_other_staff_and_learners_cannot_erase_others(self, client, request, amina, who):
        confirm_password(client, request.getfixturevalue(who))
        client.post(reverse("erase_person", args=[amina.pk]), {"email": amina.email})
        assert Erasure.objects.count() == 0

    def test_the_grace_period_leaves_time_to_send_the_email(self, amina):
        row = requests.request_erasure(amina, amina)
        assert erasure.perform(row.pk) is False
        assert User.objects.filter(pk=amina.pk).exists()


class TestFailures:
    def test_a_failed_erasure_is_retried_and_its_error_contains_no_personal_data(self, amina, monkeypatch):
        row = requests.request_erasure(amina, amina)
        due_now()

        def fail(_person):
            raise ValueError(amina.email)

        with monkeypatch.context() as patched:
            patched.setattr(registry, "erase", fail)
            assert erasure.perform(row.pk) is False
        row.refresh_from_db()
        assert (row.last_error, row.done_at) == ("ValueError", None)
        assert queues.read(timezone.now())["erasures"].waiting == 1
        due_now()
        assert erasure.perform(row.pk) is True

    def test_a_failure_half_way_changes_nothing(self, amina, monkeypatch):
        certificate = issuing.issue(amina, facts(), amina.uuid)
        row = requests.request_erasure(amina, amina)
        due_now()

        def fail(*_args):
            raise ValueError

        with monkeypatch.context() as patched:
            patched.setattr("accounts.sessions.end_sign_ups", fail)
            assert erasure.perform(row.pk) is False
        certificate.refresh_from_db()
        assert (certificate.name, certificate.learner) == (amina.name, amina)


class TestAfterARestore:
    def test_a_restored_person_is_erased_again(self, amina, mona):
        row = requests.request_erasure(amina, amina)
        due_now()
        assert erasure.perform(row.pk)
        Erasure.objects.all().delete()  # the backup has no erasure of this person
        User.objects.create_user("amina@example.org", PASSWORD, name=amina.name, country="KE", uuid=amina.uuid)
        out = StringIO()
        call_command("replay_erasures", stdout=out)
        assert "1 erased again" in out.getvalue()
        assert not User.objects.filter(uuid=amina.uuid).exists()
        assert User.objects.filter(pk=mona.pk).exists()
        call_command("replay_erasures", stdout=out)
        assert "0 erased again" in out.getvalue()

    def test_the_erasure_log_contains_uuids_only(self, amina, settings):
        row = requests.request_erasure(amina, amina)
        due_now()
        erasure.perform(row.pk)
        moment, uuid = settings.ERASURE_LOG.read_text().split()
        assert (uuid, moment[-1]) == (str(amina.uuid), "Z")


@pytest.fixture
def withheld(amina) -> Certificate:
    certificate = issuing.issue(amina, facts(), amina.uuid)
    row = requests.request_erasure(amina, amina)
    due_now()
    assert erasure.perform(row.pk)
    certificate.refresh_from_db()
    return certificate


class TestNameCheck:
    def check(self, client, certificate, name):
        return client.post(reverse("certificates:show", args=[certificate.shown_code]), {"name": name})

    @pytest.mark.parametrize("typed", ["Amina Yusuf Hassan", "  AMINA  yusuf   hassan ", "Ａmina Yusuf Hassan"])
    def test_the_right_name_matches_in_any_spelling(self, client, withheld, typed):
        assert "The name matches" in self.check(client, withheld, typed).content.decode()

    @pytest.mark.parametrize("typed", ["Amina", "Amina Yusuf", "Baraka Otieno"])
    def test_another_name_does_not_match(self, client, withheld, typed):
        page = self.check(client, withheld, typed).content.decode()
        assert ("The name does not match" in page, "Amina Yusuf Hassan" in page) == (True, False)

    def test_after_ten_wrong_names_even_the_right_name_gets_no_answer(self, client, withheld):
        for number in range(10):
            assert self.check(client, withheld, f"Guess {number}").status_code == 200
        response = self.check(client, withheld, "Amina Yusuf Hassan")
        assert (response.status_code, "Too many names" in response.content.decode()) == (429, True)
        assert "The name matches" not in response.content.decode()
        assert int(response["Retry-After"]) > 0

    def test_right_names_are_not_counted(self, client, withheld):
        for _try in range(12):
            assert "The name matches" in self.check(client, withheld, "Amina Yusuf Hassan").content.decode()

    def test_one_certificate_answers_fifty_wrong_names_from_all_networks(self, withheld):
        for number in range(50):
            assert not verification.name_matches(withheld, "Guess", f"10.0.{number}.1")
        with pytest.raises(verification.limiter.TooOften):
            verification.name_matches(withheld, "Amina Yusuf Hassan", "10.9.9.9")

    def test_a_certificate_with_a_name_has_no_name_check(self, client, mona):
        certificate = issuing.issue(mona, facts(), mona.uuid)
        page = self.check(client, certificate, mona.name).content.decode()
        assert ("Check the name" in page, "The name matches" in page) == (False, False)

    def test_the_hash_needs_the_key_and_differs_between_certificates_of_one_name(self, settings):
        stored = name_hash.keyed_hash("A" * 16, "Amina")
        assert stored != name_hash.keyed_hash("B" * 16, "Amina")
        assert name_hash.matches("A" * 16, stored, "amina")
        settings.CERTIFICATE_NAME_KEY = "another"
        assert not name_hash.matches("A" * 16, stored, "amina")

    def test_staff_cannot_issue_it_again_or_make_its_pdf_again(self, withheld, administrator):
        assert issuing.try_again(withheld, administrator) is False
        with pytest.raises(issuing.CertificateUnchangeable):
            issuing.reissue(withheld, administrator, "name")
        assert not Certificate.objects.unfinished().exists()
        assert issuing.revoke(withheld, "copied", administrator)


def test_expired_emails_and_sessions_are_deleted(amina, client):
    old, new = (
        Email.objects.create(dedupe_key=key, to=amina.email, user=amina, kind="x", language="en", subject="", text="")
        for key in "ab"
    )
    Email.objects.filter(pk=old.pk).update(done_at=timezone.now() - timedelta(days=91))
    Email.objects.filter(pk=new.pk).update(done_at=timezone.now() - timedelta(days=89))
    client.force_login(amina)
    session = client.session
    session.set_expiry(-1)
    session.save()
    tidy()
    assert list(Email.objects.all()) == [new]
    assert not client.session.exists(session.session_key)
