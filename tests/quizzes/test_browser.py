"""quiz.js in a real browser: no answer is lost without a connection, and the clock follows the server."""

import re
import threading
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from quizzes import attempts
from quizzes.models.records import Attempt, Response
from tests.quizzes.factories import course_with_test, enrol
from tests.support.people import person
from tests.support.product import wait_for

# On PostgreSQL: the page and its script ask at the same moment, and SQLite in memory has one connection for all threads.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ground"),
]


@pytest.fixture
def start_attempt(live_server):
    def begin(*kinds, **fields) -> Attempt:
        page = course_with_test(kinds, **fields)
        return attempts.start(enrol(person("Amina Yusuf Hassan", "KE", time_zone="Africa/Nairobi"), page), page)

    return begin


@pytest.fixture
def open_item(chromium, live_server):
    """Open the page of a question of an attempt. An error in the script of the page fails the test."""
    contexts, broken = [], []

    def show(attempt: Attempt, position: int = 1, language: str = "en"):
        client = Client()
        client.force_login(attempt.enrolment.learner, backend="allauth.account.auth_backends.AuthenticationBackend")
        context = chromium.new_context(viewport={"width": 360, "height": 760}, base_url=live_server.url)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(f"/{language}/quiz/{attempt.uuid}/{position}/")
        return page

    yield show
    for context in contexts:
        context.close()
    wait_until_quiet(live_server.url)
    assert broken == []


def wait_until_quiet(url: str) -> None:
    """Wait until the server has no request: one that runs at the end of a test could deadlock with the flush."""
    with suppress(HTTPError):
        urlopen(f"{url}/static/nothing").close()  # every earlier request has its thread by now
    wait_for(
        lambda: not [thread for thread in threading.enumerate() if "process_request_thread" in thread.name], every=0.02
    )


def saved(page) -> str:
    return page.locator("#saved").inner_text()


def payloads() -> list:
    return list(Response.objects.order_by("item__position", "op").values_list("payload", flat=True))


def test_an_answer_is_saved_at_once(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    expect(page.locator(".answer-count")).to_have_text("1 answered, 1 empty")
    assert len(payloads()) == 1


def test_an_answer_chosen_before_the_script_has_loaded_is_saved_too(start_attempt, open_item):
    page, held_back = open_item(start_attempt("single", "single")), []

    def hold(route):
        held_back.append(route)

    page.route("**/quiz.js", hold)
    page.reload(wait_until="commit")
    page.get_by_label("Naloxone").check()
    while not held_back:
        page.wait_for_timeout(50)
    held_back.pop().continue_()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.unroute("**/quiz.js")
    page.reload()
    expect(page.get_by_label("Naloxone")).to_be_checked()


def test_a_longer_text_is_saved_while_it_is_written(start_attempt, open_item):
    page = open_item(start_attempt("single", "freetext"), 2)
    page.locator("textarea").fill("Call for help")
    expect(page.locator("#saved")).to_have_text("1 answer saved.", timeout=15_000)  # the field still has the focus
    assert payloads() == ["Call for help"]
    page.locator("textarea").press_sequentially(", then breathe.")
    page.reload()
    expect(page.locator("textarea")).to_have_value("Call for help, then breathe.")


def test_an_answer_without_a_connection_is_kept_and_sent_when_the_connection_is_back(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    page.context.set_offline(True)
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this device.")
    assert payloads() == []
    page.get_by_role("button", name="Save answer and go to question 2").click()
    expect(
        page.get_by_text("No connection. Saved on this device. It is sent when you are back online.")
    ).to_be_visible()
    assert page.url.endswith("/1/")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_an_unsent_answer_is_sent_from_the_next_page_too(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")
    page.route(save, lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this device.")
    page.goto(f"/en/quiz/{attempt.uuid}/2/")
    expect(page.get_by_label("Question 1, no answer yet")).to_have_class("held")
    page.unroute(save)
    page.reload()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_a_lost_reply_does_not_store_the_answer_twice(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")

    def lose_the_reply(route):
        route.fetch()
        route.abort()

    page.route(save, lambda route: route.abort())  # the retries of the page
    page.route(save, lose_the_reply, times=1)
    with page.expect_event("requestfailed"):
        page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this device.")
    assert len(payloads()) == 1
    page.unroute(save)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_the_newest_of_several_answers_counts(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    page.context.set_offline(True)
    for label in ("Naloxone", "Aspirin", "Water"):
        page.get_by_label(label).check()
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.reload()
    assert page.get_by_label("Water").is_checked()


def test_two_devices_agree_on_what_was_chosen_last(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    phone, laptop = open_item(attempt), open_item(attempt)
    phone.get_by_label("Naloxone").check()
    expect(phone.locator("#saved")).to_have_text("1 answer saved.")
    laptop.get_by_label("Aspirin").check()
    expect(laptop.locator("#saved")).to_have_text("1 answer saved.")
    phone.reload()
    assert phone.get_by_label("Aspirin").is_checked()


def test_an_order_can_be_made_with_buttons_alone(start_attempt, open_item):
    attempt = start_attempt("ordering")
    page = open_item(attempt)
    first = page.locator(".ordering label").first.inner_text()
    page.get_by_role("button", name=f"Down: {first}").click()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert page.locator(".ordering label").nth(1).inner_text() == first
    assert page.locator("#tell").inner_text() == f"{first}, now in place 2"
    assert [select.input_value() for select in page.locator(".ordering select").all()] == ["1", "2", "3", "4"]


def test_an_incomplete_order_is_reported_as_not_saved_until_it_is_complete(start_attempt, open_item):
    page = open_item(start_attempt("ordering"))
    places = page.locator(".ordering select")
    places.first.select_option("1")
    expect(page.locator("#saved")).to_contain_text("Your answer is not complete, so it is not saved yet")
    for index in range(1, 4):
        places.nth(index).select_option(str(index + 1))
    expect(page.locator("#saved")).to_have_text("1 answer saved.")


def test_an_unsent_answer_of_an_earlier_step_of_a_case_changes_no_later_step(start_attempt, open_item):
    attempt = start_attempt("case", "single")
    page = open_item(attempt)
    page.get_by_label("Look for his papers").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    body = page.evaluate("new URLSearchParams(new FormData(document.getElementById('item'))).toString()")
    page.get_by_role("button", name="Save answer").click()
    with page.expect_response("**/save/"):
        page.get_by_label("Give breaths").check()
    assert len(payloads()[-1]["answers"]) == 2
    other = re.sub(r"(csrfmiddlewaretoken|op)=[^&]*&?", "", body)
    page.evaluate(f"localStorage['test:{attempt.uuid}:1:1:a'] = JSON.stringify({{op: 1, body: '{other}'}})")
    page.reload()
    expect(page.get_by_label("Give breaths")).to_be_checked()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.get_by_role("button", name="Save answer").click()
    expect(page.get_by_text("He wakes and wants to go.")).to_be_visible()
    assert len(payloads()[-1]["answers"]) == 2


def test_a_text_longer_than_a_leaving_page_may_send_is_saved_and_handed_in(start_attempt, open_item):
    attempt = start_attempt("freetext")
    version = attempt.items.get().version
    version.content["body"]["longest"] = 10_000
    version.save()
    page, words = open_item(attempt), "\u836f" * 8_000  # nine bytes each on the way
    page.locator("textarea").fill(words)
    page.locator("textarea").blur()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert payloads() == [words]
    page.goto(f"/en/quiz/{attempt.uuid}/hand-in/")
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result/")


def test_a_number_in_the_focused_field_is_saved_when_the_page_is_left(start_attempt, open_item):
    attempt = start_attempt("numeric", "single")
    page = open_item(attempt)
    page.locator("#answer").fill("24,8")
    page.goto(f"/en/quiz/{attempt.uuid}/2/")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert payloads() == ["24.8"]


def test_the_plain_form_after_the_script_stores_no_answer_twice(start_attempt, open_item):
    attempt = start_attempt("single", "single")
    page = open_item(attempt)
    page.get_by_label("Naloxone").check()
    page.get_by_role("button", name="Save answer").click()
    page.wait_for_url("**/2/")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_handing_in_waits_for_unsent_answers(start_attempt, open_item):
    attempt = start_attempt("single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")
    page.route(save, lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    page.goto(f"/en/quiz/{attempt.uuid}/hand-in/")
    page.get_by_role("button", name="Hand in").click()
    # Wait until the first click has failed. With the connection back before that, it would hand in.
    page.evaluate(f"navigator.locks.request('test:{attempt.uuid}:', () => {{}})")
    expect(page.get_by_text("Wait until the answers on this device are sent")).to_be_visible()
    assert "/hand-in/" in page.url
    page.unroute(save)
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed")


def test_the_clock_follows_the_server_whatever_the_phone_says(start_attempt, open_item, chromium):
    attempt = start_attempt("single", minutes=6)
    page = open_item(attempt)
    page.clock.install(time="2031-01-01T00:00:00Z")
    page.reload()
    assert page.locator("#left").inner_text() == "6 min left"
    assert page.locator("#tell").inner_text() == ""
    page.clock.run_for(60_000)
    assert page.locator("#left").inner_text() == "5 min left"
    assert page.locator("#tell").inner_text() == "5 min left"


def test_when_the_time_is_up_the_page_goes_to_the_result(start_attempt, open_item):
    attempt = start_attempt("single", minutes=1)
    page = open_item(attempt)
    page.clock.install()
    page.reload()
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(70_000)
    page.wait_for_url("**/result/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed")


def test_the_result_is_requested_once_however_often_the_clock_ticks(start_attempt, open_item):
    """On a slow connection, a second request would restart the loading."""
    attempt = start_attempt("single", minutes=1)
    page, requests = open_item(attempt), []
    page.clock.install()
    page.reload()
    page.on("request", lambda request: requests.append(request.url) if not request.redirected_from else None)
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(180_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Less than one point short of the pass mark")
    assert len([url for url in requests if url.endswith("/result/")]) == 1


def test_answers_unsent_when_the_time_is_up_are_reported_and_deleted(start_attempt, open_item):
    attempt = start_attempt("single", minutes=1)
    page = open_item(attempt)
    page.clock.install()
    page.reload()
    page.route(re.compile(r"/save/$"), lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_contain_text("1 on this device")
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(70_000)
    page.wait_for_url("**/result/?late=1")
    expect(page.get_by_text("1 answer on this device came after the test was closed")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('test:'))") == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", ["single", "multiple", "truefalse", "numeric", "matching", "ordering"])
def test_no_item_scrolls_sideways_on_the_smallest_phone(start_attempt, open_item, kind, language):
    attempt = start_attempt(kind)
    page = open_item(attempt, language=language)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    small = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main select, main .choice, main #answer')]
            .map((element) => element.getBoundingClientRect())
            .filter((box) => box.width && (box.height < 44 || box.width < 44)).length"""
    )
    assert small == 0
