"""Before a change of a sign-in: the password, the second step of this session, and a page that says what follows."""

import random
import string
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.authentication import mfa
from accounts.models import Email, Session, User
from accounts.sessions import SessionStore
from privacy.models import Erasure
from tests.security import phone
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db
NEW_ADDRESS = {"email": "thief@example.org", "action_add": ""}
ERASE = ("erase", {"email": "amina@example.org"})


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


@pytest.fixture
def browser(amina) -> Client:
    browser = Client()
    browser.force_login(amina)
    return browser


def waits(browser) -> bool:
    return sessions.WAITING_FORM in browser.session


def pending(person: User) -> set[str]:
    return set(EmailAddress.objects.filter(user=person, verified=False).values_list("email", flat=True))


class TestWhatWaits:
    def test_the_page_says_what_it_does_and_does_it_once(self, browser, amina):
        asked = browser.post(reverse("account_email"), NEW_ADDRESS).headers["Location"]
        page = browser.get(asked).content.decode()
        assert "As soon as you continue" in page and "Change your email address to thief@example.org" in page
        browser.post(asked, {"password": PASSWORD})
        assert (pending(amina), waits(browser)) == ({"thief@example.org"}, False)

    def test_an_erasure_never_waits(self, browser, amina):
        name, form = ERASE
        asked = browser.post(reverse(name), form).headers["Location"]
        assert not waits(browser)
        assert "erase your account" in browser.get(asked).content.decode()
        answer = browser.post(asked, {"password": PASSWORD})
        assert (answer.headers["Location"], Erasure.objects.exists()) == (reverse(name), False)

    def test_opening_the_page_drops_what_waited(self, browser, amina):
        browser.post(reverse("account_email"), NEW_ADDRESS)
        asked = browser.post(reverse("mfa_generate_recovery_codes"), {}).headers["Location"]
        assert waits(browser)
        browser.get(reverse("mfa_generate_recovery_codes"))
        assert not waits(browser)
        browser.post(asked, {"password": PASSWORD})
        assert pending(amina) == set()

    def test_a_form_waits_for_half_an_hour(self, browser, amina):
        asked = browser.post(reverse("account_email"), NEW_ADDRESS).headers["Location"]
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            assert browser.post(asked, {"password": PASSWORD}).headers["Location"] == reverse("profile")
        assert pending(amina) == set()

    def test_another_page_does_not_send_it(self, browser, amina):
        browser.post(reverse("account_email"), NEW_ADDRESS)
        other = reverse("mfa_view_recovery_codes")
        browser.post(f"{reverse('account_reauthenticate')}?next={other}", {"password": PASSWORD})
        assert (pending(amina), waits(browser)) == (set(), False)

    def test_a_long_form_is_not_kept_and_holds_no_cookie(self, browser):
        noise = "".join(random.Random(0).choices(string.printable, k=60_000))  # it can hardly be compressed
        browser.post(reverse("mfa_activate_totp"), {"code": noise})
        assert not waits(browser)
        browser.post(reverse("mfa_activate_totp"), {"code": "123456"})
        assert browser.session.session_key not in str(dict(browser.session.items()))


class TestTheSecondStep:
    @pytest.fixture
    def secret(self, amina) -> str:
        return phone.set_up(Client(), amina)

    @pytest.fixture
    def older(self, amina, secret) -> Client:
        """A session of the person that has not shown the second step."""
        older = Client()
        older.force_login(amina)
        return older

    def test_the_password_alone_opens_no_codes(self, older):
        older.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        answer = older.get(reverse("mfa_view_recovery_codes"))
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))

    def test_a_code_does_not_replace_the_password(self, older, secret):
        older.post(reverse("mfa_reauthenticate"), {"code": phone.code(secret, 1)})
        answer = older.post(reverse("mfa_deactivate_totp"))
        assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))

    def test_a_form_waits_for_both(self, older, secret, amina):
        asked = older.post(reverse("mfa_deactivate_totp")).headers["Location"]
        asked = older.post(asked, {"password": PASSWORD}).headers["Location"]
        assert asked.startswith(reverse("mfa_reauthenticate"))
        older.post(asked, {"code": phone.code(secret, 1)})
        assert not Authenticator.objects.filter(user=amina).exists()

    def test_whoever_has_a_second_step_can_change_the_address(self, older, secret, amina):
        older.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        older.post(reverse("mfa_reauthenticate"), {"code": phone.code(secret, 1)})
        older.post(reverse("account_email"), NEW_ADDRESS)
        assert pending(amina) == {"thief@example.org"}

    def test_a_lost_phone_stays_out_when_another_app_is_set_up(self, amina):
        lost, laptop = Client(), Client()
        phone.set_up(lost, amina)
        shown = dict(lost.session.items())
        call_command("forget_second_factor", amina.email)
        assert not Session.objects.filter(user=amina).exists()
        phone.set_up(laptop, amina)
        stolen = SessionStore()  # as if its session were still there
        stolen.update(shown)
        stolen.save()
        lost.cookies["sessionid"] = stolen.session_key
        request = lost.get(reverse("mfa_index")).wsgi_request
        assert (request.user.pk, mfa.was_shown(request)) == (amina.pk, False)


class TestOtherSessions:
    def test_a_change_ends_them(self, browser, amina):
        other = Client()
        other.force_login(amina)
        phone.set_up(browser, amina)
        assert other.get(reverse("profile")).status_code == 302
        assert browser.get(reverse("profile")).status_code == 200

    def test_they_end_on_demand(self, browser, amina):
        other = Client()
        other.force_login(amina)
        browser.post(reverse("sign_out_elsewhere"))
        assert (other.get(reverse("profile")).status_code, browser.get(reverse("profile")).status_code) == (302, 200)

    def test_a_signed_in_session_stays_small_and_signed_in(self, browser, amina):
        store = SessionStore(browser.session.session_key)
        noise = [chr(33 + (7919 * n * n + n) % 5000) for n in range(60_000)]
        store["noise"] = "".join(noise)
        store.save()
        assert len(Session.objects.get().session_data) <= sessions.SIZE
        assert browser.get(reverse("profile")).status_code == 200


class TestAPendingAddress:
    def test_the_old_address_is_told_and_a_new_password_drops_it(self, browser, amina):
        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        browser.post(reverse("account_email"), NEW_ADDRESS)
        told = Email.objects.get(kind="account_changed")
        assert (told.to, "asked for a new email address" in told.text) == (amina.email, True)
        new = "another good phrase"
        form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        browser.post(reverse("account_change_password"), form)
        assert pending(amina) == set()
