"""People with and without an email address, and their hidden usernames."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail.models import PageLogEntry

from accounts import sessions
from accounts.admin.user_form import mark_email_verified
from accounts.emails import outgoing
from accounts.models import Email, Session, User, new_username
from certificates import delivery, issuing
from certificates.models import Certificate
from privacy import erasure, requests
from privacy.forms import ConfirmErasureForm
from privacy.models import Erasure
from tests.certificates.conftest import facts
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def pendo(db) -> User:
    """A person without an email address."""
    return User.objects.create_user(password=PASSWORD, name="Pendo Achieng", country="KE")


def test_people_without_email_have_distinct_usernames(pendo, amina):
    other = User.objects.create_user(name="Juma Kazi", country="KE")
    assert (pendo.email, other.email) == ("", "")
    usernames = {person.username for person in (pendo, other, amina)}
    assert len(usernames) == 3
    assert all(len(username) == 12 and "@" not in username for username in usernames)


def test_usernames_are_random():
    assert len({new_username() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("address", ["amina@example.org", "Amina@Example.org"])
def test_an_address_belongs_to_one_person_in_any_spelling(amina, baraka, address):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=baraka.pk).update(email=address)
    assert User.objects.with_email(f" {address} ").get() == amina


def test_an_empty_address_finds_nobody(pendo):
    assert not User.objects.with_email(" ").exists()


def test_people_sign_in_by_email_and_never_by_username(client, amina):
    for login, signed_in in ((amina.username, False), (amina.email.upper(), True)):
        client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
        assert ("_auth_user_id" in client.session) is signed_in


def test_no_email_is_written_without_an_address(pendo):
    assert outgoing.send("erasure_asked", pendo.email, {}, key="nobody", user=pendo) is None
    assert not Email.objects.exists()


def test_issuing_and_revoking_a_certificate_works_without_an_email_address(pendo, rosa):
    factories.home()
    certificate = issuing.issue(pendo, facts(), pendo.uuid)
    assert delivery.deliver(certificate.pk)
    assert issuing.revoke(certificate, "Not theirs", rosa)
    assert not Email.objects.exists()


def test_erasing_a_person_without_email_keeps_other_sessions(client, pendo, amina, administrator):
    factories.home()
    client.force_login(amina)
    outgoing.send("unknown_account", amina.email, {"signup_url": "http://x"}, key="amina", user=amina)
    requests.request_erasure(pendo, by=administrator)
    Erasure.objects.unfinished().requeue()
    assert erasure.perform(Erasure.objects.get().pk)
    assert not User.objects.filter(pk=pendo.pk).exists()
    assert (Session.objects.count(), Email.objects.count(), Certificate.objects.count()) == (1, 1, 0)
    sessions.end_sign_ups([""])
    assert Session.objects.count() == 1


@pytest.mark.parametrize(("typed", "valid"), [("Pendo  Achieng", True), ("Pendo", False), ("", False)])
def test_an_erasure_without_email_is_confirmed_by_name(pendo, typed, valid):
    form = ConfirmErasureForm({"name": typed, "email": ""}, person=pendo)
    assert (list(form.fields), form.is_valid()) == (["name"], valid)


def test_without_email_no_address_is_marked_as_verified(pendo):
    mark_email_verified(pendo)
    assert not EmailAddress.objects.filter(user=pendo).exists()


def test_the_details_page_shows_no_empty_address(client, pendo):
    factories.home()
    client.force_login(pendo, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("profile")).content.decode()
    assert "Email:" not in page
    assert pendo.username not in page


def test_the_ageing_pages_report_shows_the_publishers_name(client, administrator, kofi):
    course = factories.course("Care")
    PageLogEntry.objects.log_action(course, "wagtail.publish", user=kofi)
    client.force_login(administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("wagtailadmin_reports:aging_pages")).content.decode()
    assert kofi.name in page
    assert kofi.username not in page


# createsuperuser ------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


ADA = {"name": "Ada Admin", "country": "KE"}


def test_createsuperuser_works_without_input():
    call_command("createsuperuser", interactive=False, email="Ada@example.org", **ADA)
    ada = User.objects.get()
    assert (ada.email, ada.is_superuser) == ("ada@example.org", True)
    assert EmailAddress.objects.get(user=ada).verified, "it is the way back in when no email is sent"


@pytest.mark.parametrize("address", ["", "ADA@example.org"])
def test_createsuperuser_refuses_an_empty_or_taken_address(address):
    call_command("createsuperuser", interactive=False, email="ada@example.org", **ADA)
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, email=address, **ADA)
    assert User.objects.count() == 1


def test_createsuperuser_asks_until_the_address_is_valid(monkeypatch, amina):
    answers = iter(["", amina.email, "ada@example.org", "Ada Admin", "KE"])
    prompts = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return next(answers)

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("getpass.getpass", lambda *_args: PASSWORD)
    errors = io.StringIO()
    call_command("createsuperuser", stdin=Terminal(), stderr=errors, stdout=io.StringIO())
    ada = User.objects.get(is_superuser=True)
    assert (ada.email, ada.name, ada.check_password(PASSWORD)) == ("ada@example.org", "Ada Admin", True)
    assert (len(prompts), errors.getvalue().count("Error:")) == (5, 2)
