"""A session is worth what its owner can do now: a new key at each sign-in, none after signing out, no right that was taken.

Forms from elsewhere and pages that write when they are looked at: tests/access/test_matrix.py. What counts tries: test_throttle.py.
"""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.models import Email, Role, User
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another good phrase"


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def key_of(client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_key(key: str) -> Client:
    """Somebody else's browser that has got hold of a key."""
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    return thief


def is_in(client) -> bool:
    return client.get(reverse("learning")).status_code == 200


def begin(client) -> str:
    """A session before anybody has signed in: a form was sent, and is kept."""
    client.post(reverse("join", args=["00000000-0000-4000-8000-000000000001"]), headers={"sec-fetch-mode": "navigate"})
    return key_of(client)


# A new key, and the old one dead ------------------------------------------------------------------------


def sign_in(client, user):
    phone.sign_in(client, user)


def sign_in_with_a_code(client, user):
    secret = phone.set_up(Client(), user)
    phone.sign_in(client, user)
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})


def open_an_account(client, user):
    """The letter of a new address signs its owner in."""
    details = {"name": "Leila", "country": "KE", "language": "en", "time_zone": "UTC"}
    client.post(reverse("account_signup"), details | {"email": "leila@example.org", "password1": PASSWORD})
    link = Email.objects.get(kind="email_confirmation_signup").text.split(settings.BASE_URL)[1].split()[0]
    client.post(link)


@pytest.mark.parametrize("enter", [sign_in, sign_in_with_a_code, open_an_account])
def test_whoever_enters_gets_a_key_that_nobody_could_have_planted(client, amina, enter):
    planted = begin(client)
    enter(client, amina)
    assert is_in(client)
    assert key_of(client) != planted
    assert not Session.objects.filter(pk=planted).exists()
    assert not is_in(with_key(planted))


def ask_once_more(client, user):
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def ask_for_a_code_once_more(client, user, secret=""):
    return client.post(reverse("mfa_reauthenticate"), {"code": phone.code(secret, 1)})


def test_the_password_given_once_more_is_worth_a_new_key(client, amina):
    phone.sign_in(client, amina)
    before = key_of(client)
    ask_once_more(client, amina)
    assert (key_of(client) != before, is_in(client), is_in(with_key(before))) == (True, True, False)


def test_a_code_given_once_more_is_worth_a_new_key(client, kofi):
    secret = phone.set_up(Client(), kofi)
    client.force_login(kofi)
    before = key_of(client)
    ask_for_a_code_once_more(client, kofi, secret)
    assert (key_of(client) != before, is_in(client), is_in(with_key(before))) == (True, True, False)


def test_control_a_key_that_is_kept_is_seen(client, amina, monkeypatch):
    monkeypatch.setattr("django.contrib.sessions.backends.base.SessionBase.cycle_key", lambda self: None)
    planted = begin(client)
    phone.sign_in(client, amina)
    assert key_of(client) == planted and is_in(with_key(planted))


def test_the_key_of_a_session_that_was_left_opens_nothing(client, amina):
    phone.sign_in(client, amina)
    key = key_of(client)
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(pk=key).exists()
    assert not is_in(with_key(key))


# A new password ends every session ------------------------------------------------------------------------


def change_password(client, user):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), form).status_code == 302


def reset_by_mail(client, user):
    stranger = Client()
    stranger.post(reverse("account_reset_password"), {"email": user.email})
    link = Email.objects.get(kind="password_reset_key").text.split(settings.BASE_URL)[1].split()[0]
    page = stranger.get(link, follow=True)
    assert stranger.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW}).status_code == 302


def changed_at_the_console(client, user):
    user.set_password(NEW)
    user.save()


@pytest.mark.parametrize("change", [change_password, reset_by_mail, changed_at_the_console])
def test_a_new_password_ends_the_sessions_everywhere_else(client, amina, change):
    elsewhere = [Client(), Client()]
    for each in (client, *elsewhere):
        phone.sign_in(each, amina)
    before = key_of(client)
    change(client, amina)
    assert [is_in(each) for each in (*elsewhere, with_key(before))] == [False] * 3
    assert is_in(client) == (change is change_password), "who has changed it stays, with a new key"


def test_control_a_session_that_does_not_know_the_password_would_stay(client, amina, monkeypatch):
    monkeypatch.setattr(User, "get_session_auth_hash", lambda self: "always the same")
    phone.sign_in(client, amina)
    changed_at_the_console(client, amina)
    assert is_in(client)


def test_who_forgets_their_second_factor_is_asked_for_a_new_one_in_every_session(client, kofi, settings):
    settings.MFA_REQUIRED_OF_STAFF = True
    phone.set_up(client, kofi)
    assert client.get("/admin/").status_code == 200
    call_command("forget_second_factor", kofi.email)
    assert client.get("/admin/").status_code == 302


# Rights that change while a session is open ----------------------------------------------------------------


def test_a_role_given_and_taken_counts_from_the_next_request(client, amina):
    phone.sign_in(client, amina)
    assert client.get("/admin/").status_code == 302
    roles.grant(amina, Role.TRAINER, "*")
    assert client.get("/admin/").status_code == 200
    roles.revoke(amina, Role.TRAINER, "*")
    assert client.get("/admin/").status_code == 302


def test_an_administrator_no_longer_is_none_at_the_next_request(client, administrator):
    client.force_login(administrator)
    assert client.get("/admin/users/").status_code == 200
    User.objects.filter(pk=administrator.pk).update(is_superuser=False)
    assert client.get("/admin/users/").status_code == 302


def test_whoever_is_shut_out_is_out_at_the_next_request(client, amina):
    phone.sign_in(client, amina)
    User.objects.filter(pk=amina.pk).update(is_active=False)
    assert not is_in(client)


# What a cookie tells the browser -----------------------------------------------------------------------------


def cookies_set(client, user, secure: bool):
    """Every cookie of a visit: a form that fails, a form kept, sign-in, messages, the admin, another language, sign-out."""
    seen = {}
    for method, path, form in (
        ("get", "/ar/accounts/login/", {}),
        ("post", reverse("account_signup"), {}),
        ("post", reverse("join", args=["00000000-0000-4000-8000-000000000001"]), {}),
        ("post", reverse("account_login"), {"login": user.email, "password": PASSWORD}),
        ("get", "/admin/", {}),
        ("post", "/admin/logout/", {}),
    ):
        answer = getattr(client, method)(path, form, secure=secure)
        seen |= {name: cookie for name, cookie in answer.cookies.items() if cookie.value}  # one taken away is empty
    return {name: (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) for name, cookie in seen.items()}  # fmt: skip


def test_every_cookie_is_for_us_alone_and_where_there_is_https_never_without_it(client, kofi, settings):
    """That HTTPS=1 sets these three: test_headers.py, in production's own process."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True
    seen = cookies_set(client, kofi, secure=True)
    assert {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} <= set(seen)
    assert set(seen.values()) == {(True, True, "Lax")}


def test_control_a_cookie_without_them_is_seen(client, kofi, settings):
    settings.CSRF_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE = False, "None"
    seen = cookies_set(client, kofi, secure=False)
    assert (seen[settings.CSRF_COOKIE_NAME], seen[settings.SESSION_COOKIE_NAME]) == ((False, False, "Lax"), (False, True, "None"))  # fmt: skip
