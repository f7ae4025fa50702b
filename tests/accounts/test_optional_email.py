"""People with and without an email address, and the username nobody sees."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail.models import PageLogEntry

from accounts import privacy
from accounts.admin.user_form import mark_email_verified
from accounts.emails import outgoing
from accounts.models import Email, User, new_username
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
    """Has no email address."""
    return User.objects.create_user(password=PASSWORD, name="Pendo Achieng", country="KE")


def test_several_people_have_no_email_and_each_a_username_of_their_own(pendo, amina):
    other = User.objects.create_user(name="Juma Kazi", country="KE")
    assert (pendo.email, other.email) == ("", "")
    usernames = {person.username for person in (pendo, other, amina)}
    assert len(usernames) == 3
    assert all(len(username) == 12 and "@" not in username for username in usernames)


def test_usernames_are_random():
    assert len({new_username() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("address", ["amina@example.org", "Amina@Example.org"])
def test_one_address_is_one_person_s_however_it_is_written(amina, baraka, address):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=baraka.pk).update(email=address)
    assert User.objects.with_email(f" {address} ").get() == amina


def test_no_address_finds_nobody(pendo):
    assert not User.objects.with_email(" ").exists()


def test_people_sign_in_by_email_and_never_by_username(client, amina):
    for login, signed_in in ((amina.username, False), (amina.email.upper(), True)):
        client.post(reverse("account_login"), {"login": login, "password": PASSWORD})
        assert ("_auth_user_id" in client.session) is signed_in


def test_an_email_without_an_address_is_not_written(pendo):
    assert outgoing.send("erasure_asked", pendo.email, {}, key="nobody", user=pendo) is None
    assert not Email.objects.exists()


def test_somebody_without_an_email_is_certified_and_their_certificate_revoked_without_one(pendo, rosa):
    factories.home()
    certificate = issuing.issue(pendo, facts(), pendo.uuid)
    assert delivery.deliver(certificate.pk)
    assert issuing.revoke(certificate, "Not theirs", rosa)
    assert not Email.objects.exists()


def test_erasing_somebody_without_an_email_leaves_everybody_else_signed_in(client, pendo, amina, administrator):
    factories.home()
    client.force_login(amina)
    outgoing.send("unknown_account", amina.email, {"signup_url": "http://x"}, key="hers", user=amina)
    requests.request_erasure(pendo, by=administrator)
    Erasure.objects.unfinished().requeue()
    assert erasure.perform(Erasure.objects.get().pk)
    assert not User.objects.filter(pk=pendo.pk).exists()
    assert (Session.objects.count(), Email.objects.count(), Certificate.objects.count()) == (1, 1, 0)
    privacy.end_sessions(User(pk=0))
    assert Session.objects.count() == 1


@pytest.mark.parametrize(("typed", "right"), [("Pendo  Achieng", True), ("Pendo", False), ("", False)])
def test_an_erasure_of_somebody_without_an_email_is_confirmed_by_name(pendo, typed, right):
    form = ConfirmErasureForm({"name": typed, "email": ""}, person=pendo)
    assert (list(form.fields), form.is_valid()) == (["name"], right)


def test_there_is_nothing_to_vouch_for_without_an_email(pendo):
    mark_email_verified(pendo)
    assert not EmailAddress.objects.filter(user=pendo).exists()


def test_the_details_page_shows_no_empty_address(client, pendo):
    factories.home()
    client.force_login(pendo, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("profile")).content.decode()
    assert "Address:" not in page
    assert pendo.username not in page


def test_the_report_of_ageing_pages_names_who_published(client, administrator, kofi):
    course = factories.course("Care")
    PageLogEntry.objects.log_action(course, "wagtail.publish", user=kofi)
    client.force_login(administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("wagtailadmin_reports:aging_pages")).content.decode()
    assert kofi.name in page
    assert kofi.username not in page


# An administrator made at the terminal -----------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


ADA = {"name": "Ada Admin", "country": "KE"}


def test_an_administrator_is_made_without_questions():
    call_command("createsuperuser", interactive=False, email="Ada@example.org", **ADA)
    ada = User.objects.get()
    assert (ada.email, ada.is_superuser) == ("ada@example.org", True)


@pytest.mark.parametrize("address", ["", "ADA@example.org"])
def test_no_administrator_is_made_without_an_address_of_their_own(address):
    call_command("createsuperuser", interactive=False, email="ada@example.org", **ADA)
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, email=address, **ADA)
    assert User.objects.count() == 1


def test_an_administrator_is_asked_for_the_address_until_there_is_one(monkeypatch, amina):
    answers = iter(["", amina.email, "ada@example.org", "Ada Admin", "KE"])
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("getpass.getpass", lambda *_args: PASSWORD)
    said = io.StringIO()
    call_command("createsuperuser", stdin=Terminal(), stderr=said, stdout=io.StringIO())
    ada = User.objects.get(is_superuser=True)
    assert (ada.email, ada.name, ada.check_password(PASSWORD)) == ("ada@example.org", "Ada Admin", True)
    assert (len(asked), said.getvalue().count("Error:")) == (5, 2)
