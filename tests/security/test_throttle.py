"""Rate limits: five tries, then a growing wait. Counted in rows, so a lost cache or broker does not lift a limit."""

import dataclasses
import datetime
import functools
import re
import threading

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Email, Throttle
from accounts.ratelimit import limiter, limits
from accounts.tasks import sweep
from tests.security import phone
from tests.support import factories, races
from tests.support.mutations import Mutation
from tests.support.people import PASSWORD, person
from tests.support.tokens import without_tokens

pytestmark = pytest.mark.django_db
WRONG = "a wrong phrase"


@pytest.fixture(autouse=True)
def site(db):
    factories.home()


def fail(client, user, times: int, **extra) -> list[int]:
    return [phone.sign_in(client, user, WRONG, **extra).status_code for _ in range(times)]


@pytest.fixture
def narrow(monkeypatch) -> int:
    """Reduce the limit of one network to a tenth: the behaviour at the limit is the same."""
    monkeypatch.setattr(limits, "PASSWORD_BY_NETWORK", dataclasses.replace(limits.PASSWORD_BY_NETWORK, free=10))
    return limits.PASSWORD_BY_NETWORK.free


def later(**delta):
    return time_machine.travel(timezone.now() + datetime.timedelta(**delta), tick=True)


def test_after_five_failures_even_the_right_password_is_refused(client, amina):
    assert fail(client, amina, 5) == [200] * 5
    answer = phone.sign_in(client, amina)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert client.get(reverse("learning")).status_code == 302


def test_after_the_wait_the_right_password_works_and_resets_the_count(client, amina):
    fail(client, amina, 5)
    with later(seconds=61):
        assert phone.sign_in(client, amina).status_code == 302
        client.logout()
        assert fail(client, amina, 5) == [200] * 5


def test_the_wait_grows_to_an_hour_and_no_further(client, amina):
    fail(client, amina, 5)
    waits = []
    for _ in range(8):
        waiting = limiter.waiting(limits.PASSWORD_BY_ACCOUNT_AND_NETWORK, f"{amina.email} 127.0.0.1")
        with time_machine.travel(timezone.now() + datetime.timedelta(seconds=waiting + 1), tick=False):
            assert fail(client, amina, 1) == [200]
            waits.append(int(phone.sign_in(client, amina, WRONG)["Retry-After"]) // 60)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_the_page_shows_the_wait_in_the_language_of_the_reader(client, amina):
    fail(client, amina, 5)
    assert "please wait 1 minute, then try again" in phone.sign_in(client, amina).content.decode()
    with translation.override("ar"):
        page = client.post(reverse("account_login"), {"login": amina.email, "password": PASSWORD})
    assert (page.status_code, 'dir="rtl"' in page.content.decode()) == (429, True)


def test_from_another_network_the_person_can_still_sign_in(client, amina):
    fail(client, amina, 5, REMOTE_ADDR="192.0.2.9")
    assert phone.sign_in(client, amina).status_code == 302


def test_one_account_tried_from_many_networks_is_limited(client, amina):
    statuses = [fail(client, amina, 1, REMOTE_ADDR=f"192.0.2.{place}")[0] for place in range(45)]
    assert statuses == [200] * 40 + [429] * 5
    with later(seconds=61):
        assert phone.sign_in(client, amina).status_code == 302


def test_many_accounts_tried_from_one_network_are_limited(client, amina, narrow):
    """Password spraying: three common passwords for each of many accounts, within one wait."""
    looked_at = 0
    with time_machine.travel(timezone.now(), tick=False):
        for number in range(10 * narrow):
            for word in ("password1", "12345678", "qwertyui"):
                tried = {"login": f"person{number}@example.org", "password": word}
                looked_at += client.post(reverse("account_login"), tried).status_code == 200
    assert looked_at == narrow
    assert phone.sign_in(client, amina, REMOTE_ADDR="192.0.2.9").status_code == 302, "elsewhere nobody is held up"


def test_an_ipv6_network_counts_as_one_place(client, amina):
    for number in range(5):
        fail(client, amina, 1, REMOTE_ADDR=f"2001:db8:1:2::{number}")
    assert fail(client, amina, 1, REMOTE_ADDR="2001:db8:1:2::ffff") == [429]
    assert fail(client, amina, 1, REMOTE_ADDR="2001:db8:1:3::1") == [200]


def test_signing_in_to_an_own_account_does_not_reset_other_counts(client, amina, baraka, narrow):
    for number in range(narrow - 1):
        phone.sign_in(client, baraka)
        client.logout()
        client.post(reverse("account_login"), {"login": f"person{number}@example.org", "password": WRONG})
    assert fail(client, amina, 2) == [200, 429]


def test_a_known_and_an_unknown_address_get_the_same_response(client, amina):
    pages = []
    for address in (amina.email, "nobody@example.org"):
        tries = [client.post(reverse("account_login"), {"login": address, "password": WRONG}) for _ in range(6)]
        html = without_tokens(tries[0]).replace(address, "")
        pages.append(
            (
                [response.status_code for response in tries],
                html,
                re.sub(r"value=\"\w+\"", "", tries[5].content.decode()).replace(address, ""),
            )
        )
    assert pages[0] == pages[1]


DETAILS = {"password1": PASSWORD, "name": "X", "country": "KE", "language": "en", "time_zone": "UTC"}


class TestOtherForms:
    def test_the_admins_own_login_is_limited_too(self, client, kofi):
        fail(client, kofi, 5)
        client.post("/admin/login/", {"username": kofi.email, "password": PASSWORD})
        assert client.get("/admin/").status_code == 302

    def test_confirming_the_password(self, client, amina):
        client.force_login(amina)
        url = reverse("account_reauthenticate")
        assert [client.post(url, {"password": WRONG}).status_code for _ in range(5)] == [200] * 5
        assert client.post(url, {"password": PASSWORD}).status_code == 429

    def test_the_old_password_of_a_password_change(self, client, amina):
        client.force_login(amina)
        form = {"oldpassword": WRONG, "password1": "another good phrase", "password2": "another good phrase"}
        url = reverse("account_change_password")
        assert [client.post(url, form).status_code for _ in range(5)] == [200] * 5
        assert client.post(url, {**form, "oldpassword": PASSWORD}).status_code == 429

    def test_the_code_of_the_second_factor(self, client, amina):
        secret = phone.set_up(client, amina)
        client.logout()
        phone.sign_in(client, amina)
        url = reverse("mfa_authenticate")
        assert [client.post(url, {"code": f"{number:06d}"}).status_code for number in range(5)] == [200] * 5
        assert client.post(url, {"code": phone.code(secret, 1)}).status_code == 429
        elsewhere = Client(REMOTE_ADDR="192.0.2.9")
        phone.sign_in(elsewhere, amina)
        assert elsewhere.post(url, {"code": phone.code(secret, 1)}).status_code == 429, (
            "counted by person, not by place"
        )

    @pytest.mark.parametrize("known", [True, False])
    def test_a_password_reset_can_be_requested_five_times(self, client, amina, known):
        url = reverse("account_reset_password")
        address = amina.email if known else "nobody@example.org"
        assert [client.post(url, {"email": address}).status_code for _ in range(6)] == [302] * 5 + [429]
        assert Email.objects.count() == 5

    def test_signing_up_repeatedly_with_one_address(self, client, amina):
        form = {**DETAILS, "email": amina.email}
        statuses = []
        for _ in range(6):
            statuses.append(client.post(reverse("account_signup"), form).status_code)
            client.logout()
        assert statuses == [302] * 5 + [429]

    def test_a_confirmation_email_is_sent_once_in_three_minutes(self, client):
        form = {**DETAILS, "email": "new@example.org"}
        client.post(reverse("account_signup"), form)
        for _ in range(3):
            client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD})
        assert Email.objects.count() == 1
        with later(seconds=181):
            client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD})
        assert Email.objects.count() == 2


class TestCounting:
    def test_a_flushed_cache_lifts_no_limit(self, client, amina):
        fail(client, amina, 5)
        cache.clear()
        assert fail(client, amina, 1) == [429]

    def test_a_dead_cache_and_a_dead_broker_change_nothing(self, client, amina, settings):
        settings.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
        }
        settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
        with pytest.raises(Exception, match=r"(?i)connect|refused"):
            cache.get("anything")
        assert fail(client, amina, 6) == [200] * 5 + [429]

    def test_addresses_and_networks_are_stored_hashed(self, client, amina):
        fail(client, amina, 1, REMOTE_ADDR="192.0.2.9")
        rows = str(list(Throttle.objects.values()))
        assert ("amina" in rows, "192.0.2" in rows) == (False, False)

    def test_expired_rows_are_deleted(self, client, amina):
        fail(client, amina, 1)
        assert Throttle.objects.count() == 3
        with later(days=1, minutes=1):
            sweep()
        assert Throttle.objects.count() == 0

    def test_a_blocking_row_is_not_deleted(self, client, amina):
        fail(client, amina, 5)
        sweep()
        assert fail(client, amina, 1) == [429]

    def test_a_refused_try_is_counted_by_no_limit(self, client, amina):
        """A try refused by one limit is not counted by the others."""
        fail(client, amina, 8)
        row = Throttle.objects.get(key=limiter.key_of(limits.PASSWORD_BY_NETWORK, "127.0.0.1"))
        assert row.tries == 5


@pytest.fixture
def concurrent_tries(on_disk, monkeypatch):
    """Try one account concurrently: each try reads the row before any of them counts. Return the results."""
    limiter.take(limits.PASSWORD_BY_ACCOUNT_AND_NETWORK, "amina")
    manager, barrier, read = Throttle.objects, threading.Barrier(races.WORKERS, timeout=30), threading.local()

    def read_together(**lookup):
        row = type(manager).get_or_create(manager, **lookup)
        if not hasattr(read, "once"):
            read.once = barrier.wait()
        return row

    def run():
        on_disk()
        monkeypatch.setattr(manager, "get_or_create", read_together)
        one_try = functools.partial(limiter.take, limits.PASSWORD_BY_ACCOUNT_AND_NETWORK, "amina")
        return races.together(*[one_try] * races.WORKERS, expected=(limiter.TooOften,))

    return run


@pytest.mark.django_db(transaction=True)
def test_concurrent_tries_are_limited_to_five(concurrent_tries):
    """One failed before, so four of them are allowed."""
    results = concurrent_tries()
    assert sorted(type(result).__name__ for result in results) == ["CountedTry"] * 4 + ["TooOften"] * (
        races.WORKERS - 4
    )


@pytest.mark.django_db(transaction=True)
def test_control_without_its_condition_the_count_lets_all_through(concurrent_tries):
    condition = "key=key, tries=row.tries, blocked_until=row.blocked_until, forget_at=row.forget_at"
    with Mutation("accounts.ratelimit.limiter:take", condition, "key=key").made():
        assert {type(result) for result in concurrent_tries()} == {limiter.CountedTry}


def test_control_without_the_count_guessing_is_unlimited(client, amina, monkeypatch):
    monkeypatch.setattr(limiter, "take", lambda limit, who: limiter.CountedTry("", None))
    assert fail(client, amina, 8) == [200] * 8


def test_successful_sign_ins_do_not_count(client, narrow):
    """In a training room behind one address, more people than the limit sign in one after the other."""
    for number in range(narrow + 2):
        user = person(f"p{number} Learner", "KE")
        assert phone.sign_in(client, user).status_code == 302
        client.logout()
