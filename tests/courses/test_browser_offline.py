"""A lesson in a real browser whose connection drops: no tap destroys the page, and what was given is sent later."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from courses import enrolment as enrolments
from courses import releases
from courses.models.records import Completion, CourseRelease, Note
from tests.quizzes.conftest import ground  # noqa: F401 - a fixture
from tests.quizzes.test_browser import wait_until_quiet
from tests.support import factories
from tests.support.people import person

# On PostgreSQL: the page and its script ask at the same moment, and SQLite in memory has one connection for all threads.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ground"),
]
NOTE_KEPT = "No connection. Your note is kept on this device and will be sent when you are back online."
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('form:')).length"


@pytest.fixture
def lessons(live_server):
    """Two lessons of a course that Amina has joined; the first one has a knowledge check."""
    course = factories.course(lessons=0, released=False)
    module = factories.module(course)
    block = factories.check_block("How many features?", "Two", "Nine")
    pages = [factories.lesson(module, "First", block), factories.lesson(module, "Second")]
    releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    enrolments.join(person("Amina Yusuf Hassan", "KE", time_zone="Africa/Nairobi"), course.translation_key)
    return pages


@pytest.fixture
def browser(chromium, live_server, lessons):
    """Amina's phone. An error in a script of a page fails the test."""
    context = chromium.new_context(viewport={"width": 360, "height": 760}, base_url=live_server.url)
    broken = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    yield context
    context.close()
    wait_until_quiet(live_server.url)
    assert broken == []


@pytest.fixture
def sign_in(browser, live_server):
    """Sign somebody in by a session of their own, as when somebody else takes the phone."""

    def begin_session(user) -> None:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        name = settings.SESSION_COOKIE_NAME
        browser.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return begin_session


@pytest.fixture
def lesson_page(browser, sign_in, lessons) -> Page:
    """Amina's first lesson."""
    sign_in(User.objects.get(email="amina@example.org"))
    tab = browser.new_page()
    tab.goto(lessons[0].url)
    return tab


def write_note(page: Page, text: str) -> None:
    if not page.locator("#note-text").is_visible():
        page.locator("#note summary").click()
    page.locator("#note-text").fill(text)
    page.get_by_role("button", name="Save note").click()


def test_a_lesson_without_a_connection_stays_and_sends_everything_later(browser, lesson_page, lessons):
    page = lesson_page
    browser.set_offline(True)
    write_note(page, "Ask the pharmacist.")
    expect(page.get_by_role("status").filter(has_text=NOTE_KEPT)).to_be_visible()
    page.get_by_label("Two").check()
    page.get_by_role("button", name="Check my answer").click()
    expect(page.get_by_text("You will see the feedback when you are back online.")).to_be_visible()
    for _press in range(2):
        page.get_by_role("button", name=re.compile("^Mark as done")).click()
    expect(page.get_by_text("That you are done is kept on this device")).to_be_visible()
    page.get_by_role("navigation", name="Previous and next step").get_by_role("link").click()
    expect(page.get_by_text("That page is not on this device.")).to_be_visible()
    assert (page.evaluate(KEPT), page.url.endswith(lessons[0].url)) == (3, True)
    assert (Note.objects.count(), Completion.objects.count()) == (0, 0)

    browser.set_offline(False)
    expect(page.get_by_text("You chose this. Right.")).to_be_visible()
    expect(page.get_by_text("Your note is saved.")).to_be_visible()
    page.get_by_role("link", name="Continue", exact=True).click()  # beside "has been sent", below "done"
    expect(page.get_by_role("heading", level=1)).to_have_text("Second")
    assert (Note.objects.get().text, Completion.objects.count(), page.evaluate(KEPT)) == ("Ask the pharmacist.", 1, 0)


def test_the_next_page_sends_what_a_closed_page_has_kept(browser, lesson_page):
    page = lesson_page
    browser.set_offline(True)
    write_note(page, "Ask the pharmacist.")
    expect(page.get_by_text(NOTE_KEPT)).to_be_visible()
    page.close()
    browser.set_offline(False)
    page = browser.new_page()
    page.goto("/en/learning/")
    expect(page.locator("#connection")).to_contain_text("What was kept on this device has been sent.")
    assert Note.objects.get().text == "Ask the pharmacist."


def test_what_waits_is_not_sent_for_another_person_and_is_sent_when_its_own_returns(browser, lesson_page, sign_in):
    page = lesson_page
    browser.set_offline(True)
    write_note(page, "Ask the pharmacist.")
    expect(page.get_by_text(NOTE_KEPT)).to_be_visible()
    page.close()
    browser.set_offline(False)
    sign_in(person("Baraka Otieno", "KE"))
    page = browser.new_page()
    page.goto("/en/learning/", wait_until="networkidle")
    assert (page.locator("#connection").inner_text(), page.evaluate(KEPT), Note.objects.count()) == ("", 1, 0)
    sign_in(User.objects.get(email="amina@example.org"))
    page.goto("/en/learning/")
    expect(page.locator("#connection")).to_contain_text("has been sent")
    assert Note.objects.get().text == "Ask the pharmacist."


def test_an_error_of_the_server_is_told_in_its_words_and_loses_nothing(browser, lesson_page):
    page = lesson_page
    page.route("**/note/", lambda route: route.fulfill(status=500, body="<main><h1>Our fault</h1></main>"))
    write_note(page, "Ask the pharmacist.")
    expect(page.get_by_text("Our fault What you gave is kept on this device and will be sent later.")).to_be_visible()
    browser.clear_cookies()  # the session has ended
    page.unroute("**/note/")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("You are signed out. What you gave is kept on this device")).to_be_visible()
    assert (page.locator("#note-text").input_value(), page.evaluate(KEPT)) == ("Ask the pharmacist.", 1)


def test_signing_out_asks_before_it_deletes_what_waits(browser, lesson_page):
    page = lesson_page
    page.route("**/note/", lambda route: route.fulfill(status=503, body=""))
    write_note(page, "Ask the pharmacist.")
    expect(page.get_by_text("will be sent later.")).to_be_visible()
    page.locator(".tools summary").last.click()
    sign_out = page.get_by_role("button", name="Sign out")
    sign_out.click()
    expect(page.locator("#connection")).to_contain_text("has not been sent yet")
    assert page.evaluate(KEPT) == 1
    sign_out.click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.evaluate(KEPT) == 0
