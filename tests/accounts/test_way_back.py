"""Whoever signed up to open a page gets there, also when they confirm the address on another device."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.test_signup import DETAILS, link, send_all_emails
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ELSEWHERE = "https://evil.example/"


@pytest.fixture
def lesson(db) -> str:
    return factories.lessons_of(factories.course())[1].url


def sign_up(client: Client, next_url: str) -> str:
    """Sign up with a form that was opened for this URL. Return the link in the email."""
    client.post(reverse("account_signup"), {**DETAILS, "next": next_url})
    return link(send_all_emails()[-1]).removeprefix("http://127.0.0.1:8000")


def confirm(client: Client, path: str):
    """Open the link and press the button; follow where that leads."""
    field = client.get(path).context["redirect_field_value"]
    return client.post(path.split("?", maxsplit=1)[0], {"next": field} if field else {}, follow=True)


def test_confirming_on_another_device_leads_through_the_sign_in_to_the_page(client, lesson):
    path, phone = sign_up(client, lesson), Client()
    page = confirm(phone, path)
    assert page.redirect_chain == [(f"{reverse('account_login')}?next={lesson}", 302)]
    signed_in = phone.post(reverse("account_login"), {"login": DETAILS["email"], "password": PASSWORD, "next": lesson})
    assert signed_in.headers["Location"] == lesson


def test_confirming_in_the_same_browser_leads_there_at_once(client, lesson):
    assert confirm(client, sign_up(client, lesson)).redirect_chain == [(lesson, 302)]


def test_a_reset_of_the_password_leads_back_too(client, amina, lesson):
    page = client.get(f"{reverse('account_login')}?next={lesson}").content.decode()
    assert f'href="{reverse("account_reset_password")}?next={lesson}"' in page
    sent = client.post(reverse("account_reset_password"), {"email": amina.email, "next": lesson})
    assert sent.headers["Location"] == reverse("account_reset_password_done")
    path = link(send_all_emails()[-1]).removeprefix("http://127.0.0.1:8000")
    form = client.get(path, follow=True)
    new = {"password1": "another good phrase", "password2": "another good phrase"}
    address = form.request["PATH_INFO"] + "?" + form.request["QUERY_STRING"]
    done = client.post(address, new | {"next": form.context["redirect_field_value"]})
    assert done.headers["Location"] == f"{reverse('account_login')}?next={lesson}"


def test_the_way_back_leads_to_no_other_site(client, lesson):
    path = sign_up(client, ELSEWHERE)
    assert "next=" not in path
    forged = confirm(Client(), f"{path}?next={ELSEWHERE}")
    assert [url for url, _status in forged.redirect_chain] == [reverse("account_login")]
