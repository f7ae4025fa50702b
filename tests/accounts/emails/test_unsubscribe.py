"""The headers of emails, and the link that switches optional ones off without signing in."""

import re

import pytest
from django.conf import settings
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.emails import kinds, outgoing, unsubscribe
from accounts.emails.delivery import deliver_email, message_of
from accounts.models import Email, Operator, User
from accounts.site_settings import current_site
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RELEASE = {"course": {"title": "Care"}, "release": {"note": "", "language": "en"}}


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def optional_email(person: User) -> Email | None:
    return outgoing.send("release_required", person.email, RELEASE, key=f"release {person.pk}", user=person)


def path(person: User) -> str:
    return unsubscribe.url(person, "en").removeprefix(settings.BASE_URL)


def wants_emails(person: User) -> bool:
    return User.objects.get(pk=person.pk).course_emails


def test_an_optional_email_can_be_switched_off_by_its_header_and_its_text(client, amina):
    email = optional_email(amina)
    headers = message_of(email).extra_headers
    url = headers["List-Unsubscribe"].strip("<>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in email.text and url in email.html
    answer = client.post(url.removeprefix(settings.BASE_URL), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, wants_emails(amina)) == (200, False)
    assert not deliver_email(email.pk)  # it was written before
    amina.refresh_from_db()
    assert optional_email(amina) is None


@pytest.mark.parametrize("kind", sorted(set(kinds.KINDS) - {"release_required"}))
def test_an_email_that_a_person_needs_has_no_such_header(amina, write, kind):
    message = message_of(write(kind=kind, user=amina))
    assert not [name for name in message.extra_headers if name.startswith("List-")]


def test_one_click_needs_neither_a_session_nor_a_token_and_is_not_redirected(amina):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path(amina), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not wants_emails(amina)


def test_opening_the_link_changes_nothing(client, amina):
    page = client.get(path(amina)).content.decode()
    assert "Switch off these emails" in page and amina.email not in page and amina.name not in page
    assert client.head(path(amina)).status_code == 200
    assert wants_emails(amina)


@pytest.mark.parametrize(
    "token",
    [
        lambda person: str(person.uuid),
        lambda person: f"{person.uuid}:forged",
        lambda person: Signer(salt="accounts.changes").sign(str(person.uuid)),
        lambda person: unsubscribe._signer.sign(str(person.uuid))[:-1] + "_",
        lambda person: re.sub("^.", "0", unsubscribe._signer.sign(f"1{str(person.uuid)[1:]}")),
    ],
)
def test_a_forged_link_is_missing_and_changes_nothing(client, amina, token):
    url = reverse("switch_off_emails", args=[token(amina)])
    assert [client.get(url).status_code, client.post(url).status_code] == [404, 404]
    assert wants_emails(amina)


def test_a_link_concerns_its_person_whoever_opens_it(client, amina, baraka):
    client.force_login(baraka)
    client.post(path(amina))
    assert (wants_emails(amina), wants_emails(baraka)) == (False, True)


def test_the_link_of_an_erased_person_is_missing(client, amina):
    url = path(amina)
    amina.delete()
    assert client.post(url).status_code == 404


def test_the_details_have_the_switch(client, amina):
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
    fields = {"name": amina.name, "language": "en", "country": "KE", "time_zone": "Africa/Nairobi"}
    client.post(reverse("profile"), fields)
    assert not wants_emails(amina)
    client.post(reverse("profile"), fields | {"course_emails": "on"})
    assert wants_emails(amina)


def test_answers_go_to_the_operator_and_machines_do_not_answer(amina, write):
    email = write(user=amina)
    assert message_of(email).reply_to == []
    Operator.objects.update_or_create(site=current_site(), defaults={"contact": "help@example.org"})
    message = message_of(email)
    assert message.reply_to == ["help@example.org"]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_the_link_is_in_the_language_of_the_email(amina):
    with translation.override("en"):
        assert "/ar/accounts/emails/off/" in unsubscribe.url(amina, "ar")
