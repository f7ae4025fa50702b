"""The button "Test the mail"."""

import pytest
from django.urls import reverse

from accounts.emails.delivery import deliver_email
from accounts.models import AuditEntry, Email
from tests.support.factories import home

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(client, administrator):
    home()
    client.force_login(administrator)
    return lambda: client.post(reverse("test_email"))


def test_an_email_goes_to_the_administrator_through_the_outbox_and_is_recorded(press, administrator, mailoutbox):
    assert press()["Location"] == reverse("wagtailadmin_home")
    email = Email.objects.get()
    assert (email.kind, email.to, email.user) == ("test_email", administrator.email, administrator)
    assert deliver_email(email.pk)
    assert [message.to for message in mailoutbox] == [[administrator.email]]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.object_id) == ("email.tested", administrator.uuid, str(email.pk))


def test_the_fourth_test_within_minutes_has_to_wait(press):
    assert [press().status_code for _press in range(5)] == [302, 302, 302, 429, 429]
    assert Email.objects.count() == 3


def test_somebody_without_an_address_is_told_so(press, administrator):
    type(administrator).objects.filter(pk=administrator.pk).update(email="")
    assert press().status_code == 302
    assert not Email.objects.exists()
