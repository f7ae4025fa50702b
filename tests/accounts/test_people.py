"""Staff who change how somebody signs in confirm it with their own password, and the person is told."""

import re

import pytest
from django.test import Client
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


def test_guesses_are_limited_and_the_form_is_kept(client, amina):
    changed = {"email": "new@example.org", "licence_number": "KE-1"}
    answers = [edit(client, amina, **changed, your_password="wrong") for _ in range(6)]
    assert answers == [200] * 5 + [429]
    form = {"name": amina.name, "country": "KE", "language": "en", **changed, "your_password": PASSWORD}
    page = client.post(reverse("wagtailusers_users:edit", args=[amina.pk]), form)
    assert (page.status_code, "KE-1" in page.content.decode(), "please wait" in page.content.decode()) == (
        429,
        True,
        True,
    )


def invite(client, **changed) -> int:
    form = {"email": "new@example.org", "name": "New", "country": "KE", "language": "en", "is_active": "on", **NEW}
    return client.post(reverse("wagtailusers_users:add"), form | changed).status_code


def test_an_open_session_makes_no_administrator(client, boss, amina):
    """Neither of somebody new nor of an accomplice; and a single slip of the hand makes none either."""
    administrators = User.objects.filter(is_superuser=True)
    wanted = {"is_superuser": "on", "administrator_confirmed": "on"}
    for lacking in ({}, wanted, {**wanted, "your_password": "wrong"}):
        assert invite(client, **lacking) == 200
    for lacking in (wanted, {"is_superuser": "on", "your_password": PASSWORD}):
        assert edit(client, amina, **lacking) == 200
    assert set(administrators.all()) == {boss}
    assert edit(client, amina, **wanted, your_password=PASSWORD) == 302
    assert invite(client, **wanted, your_password=PASSWORD) == 302
    assert administrators.all().count() == 3


def test_administrators_are_told_who_was_given_more_rights(client, boss, amina, baraka):
    User.objects.filter(pk=baraka.pk).update(is_superuser=True)
    edit(client, amina, is_superuser="on", administrator_confirmed="on", your_password=PASSWORD)
    emails = Email.objects.filter(kind="powers_given")
    assert {email.to for email in emails} == {boss.email, baraka.email}
    for email in emails:
        assert f"/admin/users/edit/{amina.pk}/" in email.text and amina.name not in email.text


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


def test_an_invited_person_without_a_password_chooses_one_by_the_link_of_an_email(client):
    assert invite(client, password1="", password2="", your_password=PASSWORD) == 302
    person, email = User.objects.get(email="new@example.org"), Email.objects.get(kind="invitation")
    assert (person.has_usable_password(), email.to, email.user) == (False, person.email, person)
    assert reverse("account_reset_password") in email.text
    visitor = Client()
    page = visitor.get(re.search(r"/[a-z]+/accounts/password/reset/key/\S+", email.text)[0], follow=True)
    visitor.post(page.redirect_chain[-1][0], NEW)
    visitor.post(reverse("account_login"), {"login": person.email, "password": NEW["password1"]})
    assert visitor.session["_auth_user_id"] == str(person.pk)
    assert not Email.objects.filter(kind="account_changed").exists(), "a first password is no change"


def test_an_invited_person_with_a_password_gets_no_email(client):
    assert invite(client, your_password=PASSWORD) == 302
    assert not Email.objects.filter(kind="invitation").exists()


def test_one_password_of_two_is_refused(client):
    assert invite(client, password2="", your_password=PASSWORD) == 200
