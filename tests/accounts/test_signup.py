"""Sign-up with a confirmed email address, sign-in, password reset, and changing the address."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from accounts.emails.delivery import deliver_email
from accounts.models import Email, User
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db

DETAILS = {
    "email": "leila@example.org",
    "password1": PASSWORD,
    "name": "ليلى حسن",
    "country": "EG",
    "language": "ar",
    "time_zone": "Africa/Cairo",
    "cadre": "nurse",
    "licence_number": "N-17",
}


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def send_all_emails() -> list:
    """Send all due emails, as the worker does. Return them in order."""
    for pk in Email.objects.due().values_list("pk", flat=True):
        deliver_email(pk)
    return mail.outbox


def link(message) -> str:
    return re.search(r"https?://\S+", message.body)[0]


def test_a_person_signs_up_confirms_the_address_and_signs_in(client):
    response = client.post(reverse("account_signup"), DETAILS)
    assert response.headers["Location"] == reverse("account_email_verification_sent")
    leila = User.objects.get()
    assert (leila.name, str(leila.country), leila.language, leila.time_zone) == ("ليلى حسن", "EG", "ar", "Africa/Cairo")
    (message,) = send_all_emails()
    assert message.to == ["leila@example.org"]
    address = link(message)
    assert address.startswith("http://127.0.0.1:8000/")
    path = address.removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert page.status_code == 200
    assert "<bdi>ليلى حسن</bdi>" in page.content.decode(), "who did not sign up recognises the sign-up of a stranger"
    assert EmailAddress.objects.get().verified is False, (
        "opening the link alone, as an email scanner does, confirms nothing"
    )
    client.post(path)
    assert EmailAddress.objects.get().verified is True
    client.post(reverse("account_login"), {"login": "leila@example.org", "password": PASSWORD})
    assert client.get(reverse("learning")).status_code == 200


def test_a_used_address_gets_the_same_page_and_an_email_that_says_so(client, amina):
    fresh = client.post(reverse("account_signup"), DETAILS)
    client.logout()
    used = client.post(reverse("account_signup"), {**DETAILS, "email": amina.email})
    assert (used.status_code, used.headers["Location"]) == (fresh.status_code, fresh.headers["Location"])
    last = send_all_emails()[-1]
    assert (last.to, "already have an account" in last.subject) == ([amina.email], True)
    assert User.objects.count() == 2


def test_an_unconfirmed_address_cannot_sign_in(client):
    client.post(reverse("account_signup"), DETAILS)
    client.post(reverse("account_login"), {"login": DETAILS["email"], "password": PASSWORD})
    assert client.get(reverse("learning")).status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_message(client, amina):
    texts = []
    for address in (amina.email, "nobody@example.org"):
        html = client.post(reverse("account_login"), {"login": address, "password": "wrong"}).content.decode()
        texts.append(re.search(r'<div class="errors".*?</div>', html, re.S)[0].replace(address, ""))
        assert f'value="{address}"' in html, "what was typed is still there"
    assert texts[0] == texts[1]


def test_typed_values_stay_when_a_field_is_missing(client):
    html = client.post(reverse("account_signup"), {**DETAILS, "country": ""}).content.decode()
    assert ('value="leila@example.org"' in html, 'value="ليلى حسن"' in html, 'role="alert"' in html) == (
        True,
        True,
        True,
    )


def test_a_password_is_reset_with_a_link_that_works_once(client, amina):
    client.post(reverse("account_reset_password"), {"email": amina.email})
    path = link(send_all_emails()[-1]).removeprefix("http://127.0.0.1:8000")
    page = client.get(path, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "another good phrase", "password2": "another good phrase"})
    amina.refresh_from_db()
    assert amina.check_password("another good phrase")
    client.logout()
    assert "already used" in client.get(path, follow=True).content.decode()


def test_links_use_our_own_host_whatever_the_host_header_says(client, amina, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post(reverse("account_reset_password"), {"email": amina.email}, headers={"host": "evil.example"})
    assert link(send_all_emails()[-1]).startswith("http://127.0.0.1:8000/")


def test_a_new_address_counts_only_after_it_is_confirmed(client, amina):
    client.force_login(amina)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    amina.refresh_from_db()
    assert amina.email == "amina@example.org"
    path = link(send_all_emails()[-1]).removeprefix("http://127.0.0.1:8000")
    assert "was made with this address" not in client.get(path).content.decode()
    client.post(path)
    amina.refresh_from_db()
    assert amina.email == "new@example.org"


def test_a_new_name_is_saved_and_an_unknown_time_zone_is_refused(client, amina):
    client.force_login(amina)
    form = {"name": "Amina Y. Hassan", "language": "en", "country": "KE", "time_zone": "Africa/Nairobi"}
    assert client.post(reverse("profile"), form).status_code == 302
    amina.refresh_from_db()
    assert amina.name == "Amina Y. Hassan"
    invalid = client.post(reverse("profile"), {**form, "time_zone": "Mars/Base"})
    assert (invalid.status_code, 'role="alert"' in invalid.content.decode()) == (200, True)


def test_the_admin_login_redirects_to_our_login(client):
    response = client.get("/admin/login/?next=/admin/pages/")
    assert response.headers["Location"].endswith("/accounts/login/?next=/admin/pages/")


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_signup", "account_reset_password", "account_email_verification_sent", "privacy", "help",
     "account_reset_password_done", "account_reset_password_from_key_done", "account_inactive"],
)  # fmt: skip
def test_every_sign_in_page_opens_in_english_and_arabic(client, name):
    from django.utils.translation import override

    for language in ("en", "ar"):
        with override(language):
            url = reverse(name)
        html = client.get(url)
        assert (html.status_code, html.content.decode().count("<h1")) == (200, 1)
