"""Staff who change how somebody signs in confirm it with their own password, and the person is told."""

import pytest
from django.urls import reverse

from accounts import changes
from accounts.models import AccountChange, AuditEntry, Email, Session, User
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db
NEW = {"password1": "another good phrase", "password2": "another good phrase"}


@pytest.fixture(autouse=True)
def boss(client, administrator) -> User:
    factories.home()
    client.force_login(administrator)
    return administrator


def edit(client, person: User, **changed) -> int:
    fields = ("email", "name", "language", "time_zone", "cadre", "licence_number", "sex")
    form = {name: getattr(person, name) for name in fields} | {"country": "KE", "is_active": "on", **changed}
    return client.post(reverse("wagtailusers_users:edit", args=[person.pk]), form).status_code


@pytest.mark.parametrize("changed", [{"email": "new@example.org"}, NEW])
@pytest.mark.parametrize("own", [True, False])
def test_an_open_session_in_the_admin_changes_no_sign_in(client, boss, amina, changed, own):
    person = boss if own else amina
    for wrong in ({}, {"your_password": "wrong"}):
        assert edit(client, person, **changed, **wrong) == 200
    same = User.objects.get(pk=person.pk)
    assert (same.email, same.password) == (person.email, person.password)
    assert edit(client, person, **changed, your_password=PASSWORD) == 302


def test_other_details_need_no_password(client, amina):
    assert edit(client, amina, licence_number="KE-1") == 302


def test_guesses_are_limited(client, amina):
    answers = [edit(client, amina, email="new@example.org", your_password="wrong") for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_both_addresses_are_told_and_no_link_takes_it_back(client, boss, amina):
    """Staff move somebody whose mailbox was taken over: a link from before must not give the account to the old mailbox."""
    with changes.recorded(amina, AccountChange.Kind.PASSWORD):
        pass
    Email.objects.all().delete()
    assert edit(client, amina, email="safe@example.org", your_password=PASSWORD) == 302
    emails = Email.objects.filter(kind="account_changed")
    assert {email.to for email in emails} == {"amina@example.org", "safe@example.org"}
    assert not any("/undo/" in email.text for email in emails)
    assert not changes.open_changes(amina).exists()
    assert not Session.objects.filter(user=amina).exists()
    entry = AuditEntry.objects.get(verb="account.address")
    assert (entry.actor, entry.object_id) == (boss.uuid, str(amina.uuid))


def test_the_account_page_of_the_admin_offers_no_address_or_password(client):
    page = client.get("/admin/account/").content.decode()
    assert ('type="password"' in page, 'type="email"' in page) == (False, False)
