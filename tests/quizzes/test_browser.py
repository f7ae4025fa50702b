"""quiz.js in a real browser: nothing given is lost when the line drops, and the clock stays polite."""

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
def sitting(live_server):
    def begin(*kinds, **fields) -> Attempt:
        page = course_with_test(kinds, **fields)
        return attempts.start(enrol(person("Amina Yusuf Hassan", "KE", time_zone="Africa/Nairobi"), page), page)

    return begin


@pytest.fixture
def open_item(chromium, live_server):
    """A page at an item of somebody's test; any error in the page's own script fails the test."""
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
    """Until the server answers nobody: what is under way at the end of a test would meet the flush in a deadlock."""
    with suppress(HTTPError):
        urlopen(f"{url}/static/nothing").close()  # whoever came before has its thread by now
    wait_for(lambda: not [each for each in threading.enumerate() if "process_request_thread" in each.name], every=0.02)


def saved(page) -> str:
    return page.locator("#saved").inner_text()


def payloads() -> list:
    return list(Response.objects.order_by("item__position", "op").values_list("payload", flat=True))


def test_an_answer_is_saved_as_it_is_given(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_what_is_given_before_the_script_has_come_over_a_slow_line_is_saved_too(sitting, open_item):
    page, held = open_item(sitting("single", "single")), []

    def hold(route):
        held.append(route)

    page.route("**/quiz.js", hold)
    page.reload(wait_until="commit")
    page.get_by_label("Naloxone").check()
    while not held:
        page.wait_for_timeout(50)
    held.pop().continue_()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.unroute("**/quiz.js")
    page.reload()
    expect(page.get_by_label("Naloxone")).to_be_checked()


def test_a_longer_text_is_saved_while_it_is_written(sitting, open_item):
    page = open_item(sitting("single", "freetext"), 2)
    page.locator("textarea").fill("Call for help")
    expect(page.locator("#saved")).to_have_text("1 answer saved.", timeout=15_000)  # nobody has left the field
    assert payloads() == ["Call for help"]
    page.locator("textarea").press_sequentially(", then breathe.")
    page.reload()
    expect(page.locator("textarea")).to_have_value("Call for help, then breathe.")


def test_what_is_given_without_a_line_waits_on_the_phone_and_is_sent_when_it_is_back(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    page.context.set_offline(True)
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this phone.")
    assert payloads() == []
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_it_is_sent_from_the_next_page_too_without_being_touched_again(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")
    page.route(save, lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this phone.")
    page.goto(f"/en/quiz/{attempt.uuid}/2/")
    expect(page.get_by_label("Item 1, no answer yet")).to_have_class("held")
    page.unroute(save)
    page.reload()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_a_lost_reply_does_not_store_the_answer_twice(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")

    def lose_the_reply(route):
        route.fetch()
        route.abort()

    page.route(save, lambda route: route.abort())  # what the page tries again by itself
    page.route(save, lose_the_reply, times=1)
    with page.expect_event("requestfailed"):
        page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("0 answers saved · 1 on this phone.")
    assert len(payloads()) == 1
    page.unroute(save)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_the_newest_of_several_changes_of_mind_counts(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    page.context.set_offline(True)
    for label in ("Naloxone", "Aspirin", "Water"):
        page.get_by_label(label).check()
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.reload()
    assert page.get_by_label("Water").is_checked()


def test_two_devices_agree_on_what_was_chosen_last(sitting, open_item):
    attempt = sitting("single", "single")
    phone, laptop = open_item(attempt), open_item(attempt)
    phone.get_by_label("Naloxone").check()
    expect(phone.locator("#saved")).to_have_text("1 answer saved.")
    laptop.get_by_label("Aspirin").check()
    expect(laptop.locator("#saved")).to_have_text("1 answer saved.")
    phone.reload()
    assert phone.get_by_label("Aspirin").is_checked()


def test_an_order_can_be_made_with_buttons_alone(sitting, open_item):
    attempt = sitting("ordering")
    page = open_item(attempt)
    first = page.locator(".ordering label").first.inner_text()
    page.get_by_role("button", name=f"Down: {first}").click()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert page.locator(".ordering label").nth(1).inner_text() == first
    assert page.locator("#tell").inner_text() == f"{first}, now at place 2"
    assert [select.input_value() for select in page.locator(".ordering select").all()] == ["1", "2", "3", "4"]


def test_half_an_order_is_said_not_to_be_saved_until_it_is_whole(sitting, open_item):
    page = open_item(sitting("ordering"))
    places = page.locator(".ordering select")
    places.first.select_option("1")
    expect(page.locator("#saved")).to_contain_text("not a whole answer, so it is not saved yet")
    for at in range(1, 4):
        places.nth(at).select_option(str(at + 1))
    expect(page.locator("#saved")).to_have_text("1 answer saved.")


def test_what_waits_of_an_earlier_step_of_a_case_unchecks_nothing_of_a_later_one(sitting, open_item):
    attempt = sitting("case", "single")
    page = open_item(attempt)
    page.get_by_label("Look for his papers").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    body = page.evaluate("new URLSearchParams(new FormData(document.getElementById('item'))).toString()")
    page.get_by_role("button", name="Save and go on").click()
    with page.expect_response("**/save/"):
        page.get_by_label("Give breaths").check()
    assert len(payloads()[-1]["answers"]) == 2
    other = re.sub(r"(csrfmiddlewaretoken|op)=[^&]*&?", "", body)
    page.evaluate(f"localStorage['test:{attempt.uuid}:1:1:a'] = JSON.stringify({{op: 1, body: '{other}'}})")
    page.reload()
    expect(page.get_by_label("Give breaths")).to_be_checked()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("He wakes and wants to go.")).to_be_visible()
    assert len(payloads()[-1]["answers"]) == 2


def test_a_text_longer_than_a_leaving_page_may_send_is_saved_and_handed_in(sitting, open_item):
    attempt = sitting("freetext")
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


def test_a_number_that_was_typed_but_not_left_is_saved_on_going_elsewhere(sitting, open_item):
    attempt = sitting("numeric", "single")
    page = open_item(attempt)
    page.locator("#answer").fill("24,8")
    page.goto(f"/en/quiz/{attempt.uuid}/2/")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert payloads() == ["24.8"]


def test_the_plain_form_after_the_script_stores_nothing_twice(sitting, open_item):
    attempt = sitting("single", "single")
    page = open_item(attempt)
    page.get_by_label("Naloxone").check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/2/")
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    assert len(payloads()) == 1


def test_handing_in_waits_for_what_is_on_the_phone(sitting, open_item):
    attempt = sitting("single")
    page = open_item(attempt)
    save = re.compile(r"/save/$")
    page.route(save, lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    page.goto(f"/en/quiz/{attempt.uuid}/hand-in/")
    page.get_by_role("button", name="Hand in").click()
    # Until the first click has given up: were the line back before, it would hand in by itself.
    page.evaluate(f"navigator.locks.request('test:{attempt.uuid}:', () => {{}})")
    expect(page.get_by_text("Wait until what is on this phone is sent")).to_be_visible()
    assert "/hand-in/" in page.url
    page.unroute(save)
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed")


def test_the_clock_is_the_servers_whatever_the_phone_thinks(sitting, open_item, chromium):
    attempt = sitting("single", minutes=6)
    page = open_item(attempt)
    page.clock.install(time="2031-01-01T00:00:00Z")
    page.reload()
    assert page.locator("#left").inner_text() == "6 min left"
    assert page.locator("#tell").inner_text() == ""
    page.clock.run_for(60_000)
    assert page.locator("#left").inner_text() == "5 min left"
    assert page.locator("#tell").inner_text() == "5 min left"


def test_when_the_time_is_up_the_page_goes_to_the_result(sitting, open_item):
    attempt = sitting("single", minutes=1)
    page = open_item(attempt)
    page.clock.install()
    page.reload()
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_have_text("1 answer saved.")
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(70_000)
    page.wait_for_url("**/result/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed")


def test_the_result_is_asked_for_once_however_often_the_clock_looks(sitting, open_item):
    """Asked for again, what is on its way over a slow line would begin anew."""
    attempt = sitting("single", minutes=1)
    page, asked = open_item(attempt), []
    page.clock.install()
    page.reload()
    page.on("request", lambda request: asked.append(request.url) if not request.redirected_from else None)
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(180_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("One short of the mark")
    assert len([url for url in asked if url.endswith("/result/")]) == 1


def test_what_is_still_on_the_phone_when_the_time_is_up_is_told_and_not_kept(sitting, open_item):
    attempt = sitting("single", minutes=1)
    page = open_item(attempt)
    page.clock.install()
    page.reload()
    page.route(re.compile(r"/save/$"), lambda route: route.abort())
    page.get_by_label("Naloxone").check()
    expect(page.locator("#saved")).to_contain_text("1 on this phone")
    Attempt.objects.update(deadline=attempt.started_at)
    page.clock.run_for(70_000)
    page.wait_for_url("**/result/?late=1")
    expect(page.get_by_text("1 answer on this phone came after the test was closed")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('test:'))") == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", ["single", "multiple", "truefalse", "numeric", "matching", "ordering"])
def test_no_item_scrolls_sideways_on_the_smallest_phone(sitting, open_item, kind, language):
    attempt = sitting(kind)
    page = open_item(attempt, language=language)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    small = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main select, main .choice, main #answer')]
            .map((each) => each.getBoundingClientRect())
            .filter((box) => box.width && (box.height < 44 || box.width < 44)).length"""
    )
    assert small == 0
