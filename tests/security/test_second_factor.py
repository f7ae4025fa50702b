"""The second factor is optional for everybody and, where required, mandatory for staff. Nothing bypasses it."""

from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.authentication import mfa
from accounts.models import Email, Role
from tests.access.requests import Visitor
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ADMIN_PATHS = ["/admin/", "/admin/pages/", "/admin/users/", "/admin/account/", "/admin/reports/completion/", "/admin/jsi18n/",
          "/admin/sprite/", "/admin/images/chooser/"]  # fmt: skip


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


@pytest.fixture
def required(settings):
    settings.MFA_REQUIRED_OF_STAFF = True


def redirect_path(answer) -> str:
    return answer.headers.get("Location", "").split("?")[0]


def test_a_learner_sets_it_up_and_signs_in_with_a_code(client, amina):
    secret = phone.set_up(client, amina)
    client.logout()
    assert redirect_path(phone.sign_in(client, amina)) == reverse("mfa_authenticate")
    assert client.get(reverse("learning")).status_code == 302, "the password alone is not enough"
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert client.get(reverse("learning")).status_code == 200


def test_a_code_works_once_even_if_the_cache_is_emptied(client, amina):
    from django.core.cache import cache

    secret = phone.set_up(client, amina)
    code = phone.code(secret, 1)
    for expected in (200, 302):
        client.logout()
        phone.sign_in(client, amina)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get(reverse("learning")).status_code == expected
        cache.clear()


def test_a_recovery_code_works_once(client, amina):
    phone.set_up(client, amina)
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    for expected in (200, 302):
        client.logout()
        phone.sign_in(client, amina)
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert client.get(reverse("learning")).status_code == expected


def test_the_secret_is_stored_encrypted(client, amina):
    secret = phone.set_up(client, amina)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert "gAAAA" in stored, "it is stored encrypted"


def test_the_person_gets_an_email_about_it(client, amina):
    phone.set_up(client, amina)
    email = Email.objects.get(kind="account_changed")
    assert (email.to, "also asks for a code" in email.text) == (amina.email, True)


def test_without_the_setting_staff_need_none(client, kofi):
    phone.sign_in(client, kofi)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_where_it_is_required_no_admin_page_opens_without_it(client, kofi, administrator, required, path):
    for person in (kofi, administrator):
        client = Client()
        client.force_login(person)
        assert redirect_path(client.get(path)) == reverse("mfa_activate_totp")
        assert redirect_path(client.post(path)) == reverse("mfa_activate_totp")


def test_every_url_of_the_admin_requires_it(client, administrator, required):
    """Tried for every pattern of the resolver. Only the URLs for signing in and out are open."""
    from wagtail.admin.urls import urlpatterns

    client.force_login(administrator)
    for pattern in urlpatterns:
        path = "/admin/" + str(pattern.pattern).split("<")[0].strip("^$").replace("\\Z", "")
        if path not in mfa.ALWAYS_OPEN:
            assert redirect_path(client.get(path)) == reverse("mfa_activate_totp"), path


def test_the_admins_own_login_redirects_to_ours(client, kofi, required):
    secret = phone.set_up(client, kofi)
    client.logout()
    assert redirect_path(client.get("/admin/login/")).endswith("/accounts/login/")
    answer = client.post("/admin/login/", {"username": kofi.email, "password": PASSWORD})
    assert redirect_path(answer).endswith("/accounts/login/")
    assert client.get("/admin/").status_code == 302
    phone.sign_in(client, kofi)
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert client.get("/admin/").status_code == 200


def test_the_admin_opens_right_after_the_set_up(client, kofi, required):
    phone.set_up(client, kofi)
    assert client.get("/admin/").status_code == 200


def test_an_open_session_is_asked_for_it_once_a_role_is_given(client, amina, required):
    phone.sign_in(client, amina)
    roles.grant(amina, Role.TRAINER, "*")
    assert redirect_path(client.get("/admin/")) == reverse("mfa_activate_totp")


def test_a_session_older_than_the_second_factor_is_asked_for_it(client, kofi, required):
    older = Client()
    secret = phone.set_up(client, kofi)
    older.force_login(kofi)
    answer = older.get("/admin/pages/")
    assert redirect_path(answer) == reverse("mfa_reauthenticate")
    back = older.post(answer.headers["Location"], {"code": phone.code(secret, 1)})
    assert redirect_path(back) == "/admin/pages/"
    assert older.get("/admin/").status_code == 200


def test_a_password_reset_does_not_replace_it(client, kofi, required):
    secret = phone.set_up(client, kofi)
    client.logout()
    client.post(reverse("account_reset_password"), {"email": kofi.email})
    link = Email.objects.filter(kind="password_reset_key").get().text.split("http://127.0.0.1:8000")[1].split()[0]
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "another good phrase", "password2": "another good phrase"})
    assert client.get("/admin/").status_code == 302
    phone.sign_in(client, kofi, "another good phrase")
    assert client.get("/admin/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert client.get("/admin/").status_code == 200


def confirm_after_the_password(browser: Client, person):
    """Follow the confirmation link in the browser that has entered the password: it signs in no other one."""
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert redirect_path(phone.sign_in(browser, person)) == reverse("account_email_verification_sent")
    assert browser.get(reverse("learning")).status_code == 302, "nobody is signed in before the link"
    link = EmailConfirmationHMAC(EmailAddress.objects.get(user=person)).key
    return browser.post(reverse("account_confirm_email", args=[link]))


def test_a_confirmation_link_does_not_bypass_it(client, amina, required):
    """The confirmation link of an email address signs the person in, but not without the second factor."""
    secret = phone.set_up(client, amina)
    stranger = Client()
    assert redirect_path(confirm_after_the_password(stranger, amina)) == reverse("mfa_authenticate")
    assert stranger.get(reverse("learning")).status_code == 302
    stranger.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert stranger.get(reverse("learning")).status_code == 200


def test_control_a_confirmation_link_signs_in_people_without_a_second_factor(amina, required):
    browser = Client()
    assert redirect_path(confirm_after_the_password(browser, amina)) == reverse("learning")
    assert browser.get(reverse("learning")).status_code == 200


NOT_FOUND = "404"
SPELLINGS = {
    "/admin": "mfa_activate_totp",
    "//admin/": NOT_FOUND,
    "/ADMIN/": NOT_FOUND,
    "/en/admin/": NOT_FOUND,
    "/admin/./": "mfa_activate_totp",
    "/x/../admin/": NOT_FOUND,
    "/%61dmin/": "mfa_activate_totp",
    "/admin//pages/": "mfa_activate_totp",
    "/admin/login/../pages/": "mfa_activate_totp",
}


def final_path(client: Client, path: str) -> str:
    """Return the path of the page that this URL leads to, or NOT_FOUND.

    The path is passed as PATH_INFO, because the test client would take //admin/ for a host name.
    """
    answer = client.get("/", PATH_INFO=unquote(path))
    if "Location" in answer.headers:
        answer = client.get(answer.headers["Location"], follow=True)
    return NOT_FOUND if answer.status_code == 404 else answer.request["PATH_INFO"]


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_of_the_url_bypasses_it(kofi, required, path):
    expected = SPELLINGS[path]
    end = final_path(Visitor(kofi).client, path)
    assert end == (NOT_FOUND if expected == NOT_FOUND else reverse(expected))


def test_control_where_it_is_not_required_some_spellings_open_the_admin(kofi):
    ends = {path: final_path(Visitor(kofi).client, path) for path in SPELLINGS}
    assert {path: end for path, end in ends.items() if end != NOT_FOUND} == {
        "/admin": "/admin/",
        "/%61dmin/": "/admin/",
    }


@pytest.mark.parametrize("name", ["amina", "kofi", "grace", "rosa", "administrator"])
@pytest.mark.parametrize("required_of_staff", [True, False])
def test_everybody_can_set_it_up_whether_it_is_required_or_not(client, request, settings, name, required_of_staff):
    settings.MFA_REQUIRED_OF_STAFF = required_of_staff
    person = request.getfixturevalue(name)
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
    phone.set_up(client, person)
    assert mfa.has_second_factor(person)


def test_it_is_not_required_of_learners(client, amina, required):
    phone.sign_in(client, amina)
    assert client.get(reverse("learning")).status_code == 200


def test_a_learner_may_turn_it_off(client, amina, required):
    phone.set_up(client, amina)
    client.post(reverse("mfa_deactivate_totp"))
    assert not mfa.has_second_factor(amina)


def test_staff_cannot_turn_it_off_and_see_why(client, kofi, required):
    phone.set_up(client, kofi)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "you cannot turn it off" in page.content.decode()
    assert mfa.has_second_factor(kofi)


def test_the_operator_removes_it_for_somebody_who_lost_phone_and_codes(client, kofi, required):
    phone.set_up(client, kofi)
    call_command("forget_second_factor", kofi.email)
    phone.sign_in(client, kofi)
    removed = Email.objects.filter(kind="account_changed").latest("pk")
    assert (removed.to, "no longer asks" in removed.text, "/undo/" in removed.text) == (kofi.email, True, False)
    assert redirect_path(client.get("/admin/")) == reverse("mfa_activate_totp")


def test_recovery_codes_alone_are_no_second_factor(kofi):
    Authenticator.objects.create(user=kofi, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert not mfa.has_second_factor(kofi)


def test_control_without_the_middleware_the_admin_opens_with_a_password(client, kofi, required, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "authentication.mfa" not in name]
    client.force_login(kofi)
    assert client.get("/admin/").status_code == 200
