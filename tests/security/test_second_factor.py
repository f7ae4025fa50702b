"""A second factor for all who want it, and for staff where it is required: no way round."""

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
INSIDE = ["/admin/", "/admin/pages/", "/admin/users/", "/admin/account/", "/admin/reports/completion/", "/admin/jsi18n/",
          "/admin/sprite/", "/admin/images/chooser/"]  # fmt: skip


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


@pytest.fixture
def required(settings):
    settings.MFA_REQUIRED_OF_STAFF = True


def where(answer) -> str:
    return answer.headers.get("Location", "").split("?")[0]


def test_amina_sets_it_up_and_signs_in_with_her_phone(client, amina):
    secret = phone.set_up(client, amina)
    client.logout()
    assert where(phone.sign_in(client, amina)) == reverse("mfa_authenticate")
    assert client.get(reverse("learning")).status_code == 302, "the password alone is not enough"
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert client.get(reverse("learning")).status_code == 200


def test_the_same_code_opens_once_even_when_the_cache_was_emptied(client, amina):
    from django.core.cache import cache

    secret = phone.set_up(client, amina)
    code = phone.code(secret, 1)
    for expected in (200, 302):
        client.logout()
        phone.sign_in(client, amina)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get(reverse("learning")).status_code == expected
        cache.clear()


def test_a_recovery_code_opens_once(client, amina):
    phone.set_up(client, amina)
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    for expected in (200, 302):
        client.logout()
        phone.sign_in(client, amina)
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert client.get(reverse("learning")).status_code == expected


def test_the_secret_is_in_no_row_as_it_is_in_the_phone(client, amina):
    secret = phone.set_up(client, amina)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert "gAAAA" in stored, "it is there, and closed"


def test_amina_is_told_by_letter(client, amina, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        phone.set_up(client, amina)
    email = Email.objects.get(kind="second_factor")
    assert (email.to, "also asks for a code" in email.text) == (amina.email, True)


def test_without_the_setting_staff_work_as_before(client, kofi):
    phone.sign_in(client, kofi)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", INSIDE)
def test_where_it_is_required_nothing_of_the_admin_opens_without_it(client, kofi, administrator, required, path):
    for person in (kofi, administrator):
        client = Client()
        client.force_login(person)
        assert where(client.get(path)) == reverse("mfa_activate_totp")
        assert where(client.post(path)) == reverse("mfa_activate_totp")


def test_every_address_of_the_admin_is_behind_it(client, administrator, required):
    """By the resolver, not by a list of ours: /admin/ is one prefix, and only the way in and out of it is open."""
    from wagtail.admin.urls import urlpatterns

    client.force_login(administrator)
    for pattern in urlpatterns:
        path = "/admin/" + str(pattern.pattern).split("<")[0].strip("^$").replace("\\Z", "")
        if path not in mfa.ALWAYS_OPEN:
            assert where(client.get(path)) == reverse("mfa_activate_totp"), path


def test_the_admins_own_door_leads_to_ours(client, kofi, required):
    secret = phone.set_up(client, kofi)
    client.logout()
    assert where(client.get("/admin/login/")).endswith("/accounts/login/")
    answer = client.post("/admin/login/", {"username": kofi.email, "password": PASSWORD})
    assert where(answer).endswith("/accounts/login/")
    assert client.get("/admin/").status_code == 302
    phone.sign_in(client, kofi)
    client.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert client.get("/admin/").status_code == 200


def test_who_has_just_set_it_up_goes_straight_in(client, kofi, required):
    phone.set_up(client, kofi)
    assert client.get("/admin/").status_code == 200


def test_a_session_that_was_open_when_the_role_was_given_is_asked(client, amina, required):
    phone.sign_in(client, amina)
    roles.grant(amina, Role.TRAINER, "*")
    assert where(client.get("/admin/")) == reverse("mfa_activate_totp")


def test_a_session_older_than_the_second_factor_is_asked_for_it(client, kofi, required):
    older = Client()
    phone.sign_in(older, kofi)
    secret = phone.set_up(client, kofi)
    answer = older.get("/admin/pages/")
    assert where(answer) == reverse("mfa_reauthenticate")
    back = older.post(answer.headers["Location"], {"code": phone.code(secret, 1)})
    assert where(back) == "/admin/pages/"
    assert older.get("/admin/").status_code == 200


def test_a_new_password_by_mail_does_not_replace_it(client, kofi, required):
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
    """The link signs in the browser that began to sign in and no other, so it is followed there."""
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert where(phone.sign_in(browser, person)) == reverse("account_email_verification_sent")
    assert browser.get(reverse("learning")).status_code == 302, "nobody is in before the link"
    link = EmailConfirmationHMAC(EmailAddress.objects.get(user=person)).key
    return browser.post(reverse("account_confirm_email", args=[link]))


def test_a_link_of_confirmation_does_not_go_round_it(client, amina, required):
    """A new address is confirmed by a link, and a link of confirmation signs in."""
    secret = phone.set_up(client, amina)
    stranger = Client()
    assert where(confirm_after_the_password(stranger, amina)) == reverse("mfa_authenticate")
    assert stranger.get(reverse("learning")).status_code == 302
    stranger.post(reverse("mfa_authenticate"), {"code": phone.code(secret, 1)})
    assert stranger.get(reverse("learning")).status_code == 200


def test_control_a_link_of_confirmation_signs_in_whoever_has_no_second_factor(amina, required):
    browser = Client()
    assert where(confirm_after_the_password(browser, amina)) == reverse("learning")
    assert browser.get(reverse("learning")).status_code == 200


NOT_THERE = "not there"
SPELLINGS = {
    "/admin": "mfa_activate_totp",
    "//admin/": NOT_THERE,
    "/ADMIN/": NOT_THERE,
    "/en/admin/": NOT_THERE,
    "/admin/./": "mfa_activate_totp",
    "/x/../admin/": NOT_THERE,
    "/%61dmin/": "mfa_activate_totp",
    "/admin//pages/": "mfa_activate_totp",
    "/admin/login/../pages/": "mfa_activate_totp",
}


def end_of(client: Client, path: str) -> str:
    """The page at which somebody ends who types this address, or that there is none.

    The path is given as a server gives it: the client of the tests would take //admin/ for the name of a host.
    """
    answer = client.get("/", PATH_INFO=unquote(path))
    if "Location" in answer.headers:
        answer = client.get(answer.headers["Location"], follow=True)
    return NOT_THERE if answer.status_code == 404 else answer.request["PATH_INFO"]


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_of_the_address_goes_round_it(kofi, required, path):
    expected = SPELLINGS[path]
    end = end_of(Visitor(kofi).client, path)
    assert end == (NOT_THERE if expected == NOT_THERE else reverse(expected))


def test_control_a_spelling_that_leads_in_is_seen_to_lead_in(kofi):
    """Where it is not required."""
    ends = {path: end_of(Visitor(kofi).client, path) for path in SPELLINGS}
    assert {path: end for path, end in ends.items() if end != NOT_THERE} == {
        "/admin": "/admin/",
        "/%61dmin/": "/admin/",
    }


@pytest.mark.parametrize("who", ["amina", "kofi", "grace", "rosa", "administrator"])
@pytest.mark.parametrize("asked_of_staff", [True, False])
def test_it_is_there_for_everybody_whether_it_is_required_or_not(client, request, settings, who, asked_of_staff):
    settings.MFA_REQUIRED_OF_STAFF = asked_of_staff
    person = request.getfixturevalue(who)
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
    phone.set_up(client, person)
    assert mfa.has_one(person)


def test_it_is_required_of_nobody_who_only_learns(client, amina, required):
    phone.sign_in(client, amina)
    assert client.get(reverse("learning")).status_code == 200


def test_who_learns_and_has_it_may_turn_it_off(client, amina, required):
    phone.set_up(client, amina)
    client.post(reverse("mfa_deactivate_totp"))
    assert not mfa.has_one(amina)


def test_staff_cannot_turn_it_off_and_are_told_why(client, kofi, required):
    phone.set_up(client, kofi)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "cannot be turned off" in page.content.decode()
    assert mfa.has_one(kofi)


def test_the_operator_forgets_it_for_somebody_who_lost_phone_and_codes(client, kofi, required):
    phone.set_up(client, kofi)
    call_command("forget_second_factor", kofi.email)
    assert Email.objects.get(kind="second_factor").to == kofi.email
    assert where(client.get("/admin/")) == reverse("mfa_activate_totp")


def test_recovery_codes_alone_are_no_second_factor(kofi):
    Authenticator.objects.create(user=kofi, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert not mfa.has_one(kofi)


def test_control_without_the_middleware_the_admin_opens_with_a_password(client, kofi, required, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "authentication.mfa" not in name]
    client.force_login(kofi)
    assert client.get("/admin/").status_code == 200
