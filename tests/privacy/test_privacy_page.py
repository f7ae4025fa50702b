"""The page "What we keep about you" says what is so: compared with the register, the settings and the pages of staff."""

import html
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise

from accounts import changes, privacy, retention, sessions
from accounts.authentication import mfa
from accounts.ratelimit import limits
from accounts.ratelimit.limiter import Limit
from certificates import verification
from privacy import exports, registry
from privacy import privacy as privacy_of_requests
from quizzes import attempts
from tests.quizzes import factories as tests_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def what_we_keep(client) -> str:
    return html.unescape(client.get(reverse("privacy")).content.decode())


def test_it_lists_every_cookie_and_every_browser_store(what_we_keep):
    declared = [
        words for register in registry.REGISTERS for words in (*register.cookies.values(), *register.stores.values())
    ]
    assert len(declared) >= 6
    assert [str(words) for words in declared if f"<li>{words}</li>" not in what_we_keep] == []
    assert [words for words in declared if not isinstance(words, Promise)] == [], "not marked for translation"


@pytest.mark.parametrize(
    ("purpose", "period", "words"),
    [
        (privacy.EMAILS, retention.EMAILS_KEPT, "90 days"),
        (privacy.CHANGES, changes.UNDO_FOR, "7 days"),
        (privacy.SIGNING_IN, timedelta(seconds=settings.SESSION_COOKIE_AGE), "14 days"),
        (privacy.SIGNING_IN, sessions.VISITOR_AGE, "one hour"),
        (privacy_of_requests.COPIES, exports.LIFETIME, "24 hours"),
    ],
)
def test_a_time_on_the_page_is_that_of_the_code(purpose, period, words):
    periods = {"90 days": 90 * 24, "14 days": 14 * 24, "7 days": 7 * 24, "24 hours": 24, "one hour": 1}
    assert (words in str(purpose.how_long), period) == (True, timedelta(hours=periods[words]))


def test_the_time_of_cookies_is_that_of_the_settings():
    cookies = {name: str(words) for register in registry.REGISTERS for name, words in register.cookies.items()}
    assert ("14 days" in cookies["sessionid"], settings.SESSION_COOKIE_AGE) == (True, 14 * 24 * 3600)
    assert "a year" in cookies["csrftoken"]
    assert settings.CSRF_COOKIE_AGE == 52 * 7 * 24 * 3600


def test_counts_of_tries_are_kept_no_longer_than_the_page_says():
    all_limits = [
        limit for module in (limits, mfa, verification) for limit in vars(module).values() if isinstance(limit, Limit)
    ]
    assert len(all_limits) > 10
    assert max(limit.longest_wait + limit.forgotten_after for limit in all_limits) <= 2 * 24 * 3600
    assert "at most two days" in str(privacy.SIGNING_IN.how_long)


@pytest.mark.parametrize(
    ("reader", "url_name", "called"),
    [
        ("kofi", "attempts:index", "trainers"),
        ("grace", "attempts:index", "reviewers"),
        ("rosa", "completion_report", "programme managers"),
        ("administrator", "wagtailusers_users:index", "administrators"),
    ],
)
def test_whoever_sees_names_is_named(client, request, amina, reader, url_name, called):
    quiz = tests_of.course_with_test()
    attempts.start(tests_of.enrol(amina, quiz), quiz)
    client.force_login(request.getfixturevalue(reader))
    assert amina.name in client.get(reverse(url_name)).content.decode()
    assert called in str(privacy.ACCOUNT.who).lower()


def test_work_and_facility_stand_beside_names_in_the_report(client, rosa, amina):
    tests_of.enrol(amina, tests_of.course_with_test())
    client.force_login(rosa)
    assert str(amina.get_cadre_display()) in client.get(reverse("completion_report")).content.decode()
    assert "Programme managers" in str(privacy.WORK.who)
