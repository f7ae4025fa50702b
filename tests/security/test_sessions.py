"""Sessions: a new key at each sign-in, none after signing out, and no right that has been removed.

CSRF and writes on GET: tests/access/test_matrix.py. Rate limits: test_throttle.py.
"""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.models import Email, Role, Session, User
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
    """Return another browser with this session key."""
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    return thief


def is_signed_in(client) -> bool:
    return client.get(reverse("learning")).status_code == 200


def anonymous_session(client) -> str:
    """Create a session before the sign-in, as a form sent by a visitor does. Return its key."""
    client.post(reverse("join", args=["00000000-0000-4000-8000-000000000001"]), headers={"sec-fetch-mode": "navigate"})
    return key_of(client)


# A new key at each sign-in ------------------------------------------------------------------------


def sign_in(client, user):
    phone.sign_in(client, user)


def sign_in_with_a_code(client, user):
    secret = phone.set_up(Client(), user)
    phone.sign_in(client, user)
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})


def open_an_account(client, user):
    """Sign up. The link in the confirmation email signs the person in."""
    details = {"name": "Leila", "country": "KE", "language": "en", "time_zone": "UTC"}
    client.post(reverse("account_signup"), details | {"email": "leila@example.org", "password1": PASSWORD})
    link = Email.objects.get(kind="email_confirmation_signup").text.split(settings.BASE_URL)[1].split()[0]
    client.post(link)


@pytest.mark.parametrize("sign_in_somehow", [sign_in, sign_in_with_a_code, open_an_account])
def test_a_sign_in_replaces_a_planted_session_key(client, amina, sign_in_somehow):
    planted = anonymous_session(client)
    sign_in_somehow(client, amina)
    assert is_signed_in(client)
    assert key_of(client) != planted
    assert not Session.objects.filter(pk=planted).exists()
    assert not is_signed_in(with_key(planted))


def reauthenticate_with_password(client, user):
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def reauthenticate_with_code(client, user, secret=""):
    return client.post(reverse("mfa_reauthenticate"), {"code": phone.code(secret, 1)})


def test_confirming_the_password_gives_a_new_key(client, amina):
    phone.sign_in(client, amina)
    before = key_of(client)
    reauthenticate_with_password(client, amina)
    assert (key_of(client) != before, is_signed_in(client), is_signed_in(with_key(before))) == (True, True, False)


def test_confirming_with_a_code_gives_a_new_key(client, kofi):
    secret = phone.set_up(Client(), kofi)
    client.force_login(kofi)
    before = key_of(client)
    reauthenticate_with_code(client, kofi, secret)
    assert (key_of(client) != before, is_signed_in(client), is_signed_in(with_key(before))) == (True, True, False)


def test_control_an_unchanged_key_is_noticed(client, amina, monkeypatch):
    monkeypatch.setattr("django.contrib.sessions.backends.base.SessionBase.cycle_key", lambda self: None)
    planted = anonymous_session(client)
    phone.sign_in(client, amina)
    assert key_of(client) == planted and is_signed_in(with_key(planted))


def test_a_session_key_is_invalid_after_signing_out(client, amina):
    phone.sign_in(client, amina)
    key = key_of(client)
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(pk=key).exists()
    assert not is_signed_in(with_key(key))


# A new password ends every session ------------------------------------------------------------------------


def change_password(client, user):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), form).status_code == 302


def reset_by_email(client, user):
    stranger = Client()
    stranger.post(reverse("account_reset_password"), {"email": user.email})
    link = Email.objects.get(kind="password_reset_key").text.split(settings.BASE_URL)[1].split()[0]
    page = stranger.get(link, follow=True)
    assert stranger.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW}).status_code == 302


def change_in_the_shell(client, user):
    user.set_password(NEW)
    user.save()


@pytest.mark.parametrize("change", [change_password, reset_by_email, change_in_the_shell])
def test_a_new_password_ends_all_other_sessions(client, amina, change):
    others = [Client(), Client()]
    for browser in (client, *others):
        phone.sign_in(browser, amina)
    before = key_of(client)
    change(client, amina)
    assert [is_signed_in(browser) for browser in (*others, with_key(before))] == [False] * 3
    assert is_signed_in(client) == (change is change_password), (
        "the browser that changed it stays signed in, with a new key"
    )


def test_control_a_session_that_does_not_depend_on_the_password_stays(client, amina, monkeypatch):
    monkeypatch.setattr(User, "get_session_auth_hash", lambda self: "always the same")
    phone.sign_in(client, amina)
    change_in_the_shell(client, amina)
    assert is_signed_in(client)


def test_after_a_removed_second_factor_every_session_asks_for_a_new_one(client, kofi, settings):
    settings.MFA_REQUIRED_OF_STAFF = True
    phone.set_up(client, kofi)
    assert client.get("/admin/").status_code == 200
    call_command("forget_second_factor", kofi.email)
    assert client.get("/admin/").status_code == 302


# Rights that change while a session is open ----------------------------------------------------------------


def test_giving_and_removing_a_role_counts_from_the_next_request(client, amina):
    phone.sign_in(client, amina)
    assert client.get("/admin/").status_code == 302
    roles.grant(amina, Role.TRAINER, "*")
    assert client.get("/admin/").status_code == 200
    roles.revoke(amina, Role.TRAINER, "*")
    assert client.get("/admin/").status_code == 302


def test_a_removed_administrator_loses_access_at_the_next_request(client, administrator):
    client.force_login(administrator)
    assert client.get("/admin/users/").status_code == 200
    User.objects.filter(pk=administrator.pk).update(is_superuser=False)
    assert client.get("/admin/users/").status_code == 302


def test_a_deactivated_person_is_signed_out_at_the_next_request(client, amina):
    phone.sign_in(client, amina)
    User.objects.filter(pk=amina.pk).update(is_active=False)
    assert not is_signed_in(client)


# Cookie attributes -----------------------------------------------------------------------------


def cookies_set(client, user, secure: bool):
    """Return the attributes of every cookie that a long visit sets, from a failed form to signing out."""
    cookies = {}
    for method, path, form in (
        ("get", "/ar/accounts/login/", {}),
        ("post", reverse("account_signup"), {}),
        ("post", reverse("join", args=["00000000-0000-4000-8000-000000000001"]), {}),
        ("post", reverse("account_login"), {"login": user.email, "password": PASSWORD}),
        ("get", "/admin/", {}),
        ("post", "/admin/logout/", {}),
    ):
        answer = getattr(client, method)(path, form, secure=secure)
        cookies |= {
            name: cookie for name, cookie in answer.cookies.items() if cookie.value
        }  # a deleted cookie is empty
    return {name: (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) for name, cookie in cookies.items()}  # fmt: skip


def test_every_cookie_is_http_only_same_site_and_secure(client, kofi, settings):
    """test_headers.py checks that HTTPS=1 sets these three settings."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True
    cookies = cookies_set(client, kofi, secure=True)
    assert {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} <= set(cookies)
    assert set(cookies.values()) == {(True, True, "Lax")}


def test_control_a_cookie_without_the_attributes_is_noticed(client, kofi, settings):
    settings.CSRF_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE = False, "None"
    cookies = cookies_set(client, kofi, secure=False)
    assert (cookies[settings.CSRF_COOKIE_NAME], cookies[settings.SESSION_COOKIE_NAME]) == ((False, False, "Lax"), (False, True, "None"))  # fmt: skip
