"""The health panel on the home page of the admin."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Email
from accounts.outbox import OutboxState
from elearning import heartbeats
from tests.elearning.health.conftest import late_email, silence
from tests.support.factories import home

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, administrator, running):
    home()
    client.force_login(administrator)

    def page() -> str:
        return client.get(reverse("wagtailadmin_home")).content.decode()

    return page


def test_an_administrator_reads_how_the_installation_is(page):
    text = page()
    assert "Version 1.0" in text
    assert (text.count("needs attention"), text.count("does not work")) == (0, 0)
    assert reverse("failed_work") in text
    assert f'action="{reverse("test_email")}"' in text


def test_a_dead_worker_is_named_with_the_next_step(page):
    silence(heartbeats.WORKER, minutes=3)
    text = page()
    assert (
        "The worker has not answered for 3\xa0minutes. Emails and certificates wait; nothing is lost. Start it" in text
    )
    assert "does not work" in text


def test_failed_work_is_counted(page):
    late_email(1, state=OutboxState.FAILED)
    late_email(2, state=OutboxState.FAILED)
    assert "Failed work: 2" in page()


def test_the_test_of_the_mail_can_be_sent_from_the_page_as_shown(administrator, running):
    home()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    text = browser.get(reverse("wagtailadmin_home")).content.decode()
    form = text.partition(f'action="{reverse("test_email")}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert browser.post(reverse("test_email"), fields)["Location"] == reverse("wagtailadmin_home")
    assert Email.objects.filter(kind="test_email").exists()


@pytest.mark.parametrize("who", ["kofi", "grace", "rosa"])
def test_other_staff_do_not_see_it(client, running, request, who):
    home()
    client.force_login(request.getfixturevalue(who))
    text = client.get(reverse("wagtailadmin_home")).content.decode()
    assert ("Version 1.0" in text, reverse("test_email") in text) == (False, False)
