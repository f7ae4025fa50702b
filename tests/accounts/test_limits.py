"""Limits shut no owner out, and lose nobody what they typed."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def later(**delta):
    return time_machine.travel(timezone.now() + datetime.timedelta(**delta), tick=True)


def test_a_stranger_keeps_nobody_from_their_address_for_long(client, amina):
    """They ask for a link to the address every twenty minutes, a whole day long."""
    url, stranger, sent = reverse("account_reset_password"), Client(REMOTE_ADDR="192.0.2.9"), 0
    for number in range(72):
        with later(minutes=20 * number):
            sent += stranger.post(url, {"email": amina.email}).status_code == 302
    assert sent < 20, "their own network waits up to a day"
    with later(days=1):
        assert client.post(url, {"email": amina.email}).status_code == 302


def test_the_form_is_kept_while_one_waits(client, amina):
    form = {"password1": PASSWORD, "country": "KE", "language": "en", "time_zone": "UTC"}
    for _ in range(6):
        page = client.post(reverse("account_signup"), form | {"email": amina.email, "name": "Amina Yusuf"})
        client.logout()
    html = page.content.decode()
    assert (page.status_code, int(page["Retry-After"]) > 0) == (429, True)
    assert ("please wait" in html, 'value="Amina Yusuf"' in html) == (True, True)
