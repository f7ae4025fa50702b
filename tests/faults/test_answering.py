"""Answering a test in Chromium while the web server is killed, the connection drops, tabs crash and sessions end (R7)."""

import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.faults.answers import AnsweringBrowser
from tests.faults.experiment import FULL, SEED, Clock, Report, count
from tests.support.people import PASSWORD
from tests.support.product import TIMEOUT, Product

pytestmark = [pytest.mark.browser, pytest.mark.embedded]
ITEMS, ANSWERS, KILLS = 12, count(100, 2000), count(10, 200)
PREPARE = f"""
from tests.faults.traffic import create_candidates
answer = create_candidates(24, ["single"] * {ITEMS}, password="{PASSWORD}")
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("answering"), LOG_LEVEL="ERROR").set_up(course=False)
    made.candidates = made.python(PREPARE)
    yield made.start("web")
    made.stop()


@pytest.fixture
def amina(product, chromium):
    """A new person at the first question of their attempt. A script error on the page fails the test."""
    product.revive("web")
    context = chromium.new_context(viewport={"width": 360, "height": 760})
    browser = AnsweringBrowser(product, context, product.candidates.pop(), ITEMS)
    browser.open(1)
    yield browser
    context.close()
    assert browser.broken == []


@pytest.fixture
def dice():
    return random.Random(SEED)


def strike(product: Product, dice: random.Random) -> None:
    """Kill one of the two web processes, or the whole server."""
    web = product.processes["web"].pid
    children = Path(f"/proc/{web}/task/{web}/children").read_text().split()
    if children and dice.random() < 0.7:
        os.kill(int(dice.choice(children)), signal.SIGKILL)
        return
    product.kill("web")
    time.sleep(dice.uniform(0, 0.5))
    product.start("web")


def keep_striking(product: Product, report: Report) -> threading.Thread:
    def run() -> None:
        dice = random.Random(SEED + 1)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.1, 0.7))
            strike(product, dice)
            report.faults += 1

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def one_step(browser: AnsweringBrowser, dice: random.Random, report: Report) -> int:
    """Choose an option, or go to another question. Return the number of answers."""
    position, die = browser.position(), dice.random()
    if position and die < 0.8:
        browser.choose(dice)
        browser.compare(report)
        return 1
    if position and die < 0.9:
        with suppress(Error), browser.page.expect_navigation(timeout=8000):  # the server may be down
            browser.page.get_by_role("button", name="Save answer").click()
    if not browser.position() or die >= 0.9:
        browser.open(dice.choice([at for at in range(1, ITEMS + 1) if at != position]))
    report.wrong += not browser.shows_last_choice()
    return 0


def test_no_answer_shown_as_saved_is_lost_while_the_server_is_killed(product, amina, dice):
    report = Report("R7 answered while killed", note=f"{ANSWERS} answers")
    striking, answers = keep_striking(product, report), 0
    while answers < ANSWERS or striking.is_alive():
        try:
            answers += one_step(amina, dice, report)
        except Error:  # the page was loading another question
            amina.open(dice.randint(1, ITEMS))
        amina.page.wait_for_timeout(dice.randint(0, 150))
    striking.join()
    assert report.faults == KILLS
    amina.open(dice.randint(1, ITEMS))
    report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    report.lost += len(amina.acknowledged - set(amina.rows()))
    report.acknowledged = len(amina.acknowledged)
    assert report.holds(), (amina.chosen, amina.newest())


def test_an_answer_without_a_server_is_shown_and_sent_after_a_reload(product, amina, dice):
    report = Report("R7 reloaded, not touched again", faults=1)
    product.kill("web")
    value = amina.choose(dice)
    assert amina.saved_counts() == (0, 1)
    with pytest.raises(Error):
        amina.page.reload()
    product.start("web")
    amina.open(1)
    assert amina.shown() == value
    report.recovery.append(amina.wait_until_saved())
    amina.page.get_by_role("button", name="Save answer").click()  # sends what the form shows
    amina.page.wait_for_url("**/2/")
    amina.compare(report)
    assert report.holds()


def test_offline_answers_to_several_questions_are_sent_when_online_again(product, amina, dice):
    report = Report("R7 off line", faults=2)
    for position in (1, 2):
        amina.open(position)
        amina.context.set_offline(True)
        amina.choose(dice)
        amina.compare(report)
        with pytest.raises(Error):
            amina.page.reload()
        amina.context.set_offline(False)
        amina.open(position)  # Chromium may not have reloaded the page by itself
        report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    assert report.holds()


@pytest.mark.parametrize("items", [(1, 1), (1, 2)], ids=["the same item", "two items"])
def test_two_tabs_lose_nothing_and_agree(product, amina, dice, items):
    report = Report(f"R7 two tabs, {'one item' if items == (1, 1) else 'two items'}")
    tabs = [amina.open(items[0]), amina.open(items[1], amina.tab())]
    for number in range(10):
        if number == 4:
            product.kill("web")
            report.faults += 1
        amina.choose(dice, tabs[number % 2])
        amina.compare(report, tabs[number % 2])
        if number == 6:
            product.start("web")
    for tab in tabs:
        report.recovery.append(amina.wait_until_saved(page=tab))
    amina.compare(report)
    assert report.holds()
    for tab, position in zip(tabs, items, strict=True):
        assert amina.shown(amina.open(position, tab)) == amina.chosen[position]


def test_an_older_unchanged_tab_overwrites_no_answer(product, amina, dice):
    stale = amina.open(1, amina.tab())
    value = amina.choose(dice)
    amina.wait_until_saved()
    stale.get_by_role("button", name="Save answer").click()
    stale.wait_for_url("**/2/")
    assert amina.newest() == {1: value}


def test_a_tab_that_sends_the_answer_of_another_tab_does_not_overwrite_it(product, amina, dice):
    """Both tabs show the same question. The other was closed offline, so this one sends its answer while showing none."""
    stale = amina.page
    amina.page = amina.tab()
    amina.open(1)
    amina.context.set_offline(True)
    value = amina.choose(dice)
    amina.page.close()
    amina.context.set_offline(False)
    amina.page = stale
    amina.wait_until_saved()
    assert amina.shown() is None
    amina.page.get_by_role("button", name="Save answer").click()
    amina.page.wait_for_url("**/2/")
    assert amina.newest() == {1: value}


FREEZE_STORAGE_EVENTS = """() => {
    const send = fetch;
    globalThis.fetch = async (...request) => {
        if (!globalThis.backOnline) throw new TypeError("no line");
        const reply = await send(...request);
        const heading = await reply.json();
        const wait = new XMLHttpRequest();
        wait.open("GET", "/stands-still", false);  // nothing of this tab goes on meanwhile
        wait.send();
        reply.json = async () => heading;
        return reply;
    };
    // The other tab comes to send when it can see that this one has cleared away, which it sees a little late.
    const lock = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = (name, send) => lock(name, async () => {
        await send();
        await new Promise((done) => setTimeout(done, 500));
    });
}"""
BACK_ONLINE = "() => { globalThis.backOnline = true; setTimeout(() => dispatchEvent(new Event('online'))); }"


def choose_while_the_other_tab_is_frozen(amina: AnsweringBrowser, dice: random.Random) -> str:
    """Choose in a second tab after the first got its acknowledgement, and before the first notices the new answer."""
    other, held = amina.open(1, amina.tab()), []

    def hold(route) -> None:
        held.append(route)

    amina.context.route("**/stands-still", hold)
    amina.page.evaluate(FREEZE_STORAGE_EVENTS)
    first = amina.choose(dice)
    amina.page.evaluate(BACK_ONLINE)
    clock = Clock()
    while not held:
        other.wait_for_timeout(50)
        assert clock() < TIMEOUT
    value = amina.choose(dice, other, but=first)
    held.pop().fulfill(body="")
    amina.wait_until_saved(page=other)
    return value


def test_an_acknowledgement_in_one_tab_does_not_remove_the_answer_of_another(product, amina, dice):
    """A tab notices the stored answer of another tab later, and removes only what it has sent."""
    value = choose_while_the_other_tab_is_frozen(amina, dice)
    assert amina.newest() == {1: value}


def test_control_with_one_key_for_both_tabs_it_is_removed(product, amina, dice):
    with_own_key = "write(`${slot}:${time}:${tab}`, entry);\n      remove(older);"
    replace_in_script(amina, "unsent", with_own_key, "write(`${slot}:0`, entry);")
    value = choose_while_the_other_tab_is_frozen(amina, dice)
    assert amina.newest()[1] != value


def test_without_browser_storage_the_answer_is_sent_too(product, amina, dice):
    amina.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError') } })"
    )
    amina.open(1)
    product.kill("web")
    value = amina.choose(dice)
    assert amina.saved_counts() == (0, 1)
    product.start("web")
    amina.wait_until_saved()
    assert (amina.saved_counts(), amina.newest()) == ((1, 0), {1: value})
    amina.page.goto(f"{product.url}/en/quiz/{amina.candidate['attempt']}/hand-in/")
    amina.page.get_by_role("button", name="Hand in").click()
    amina.page.wait_for_url("**/result/**")


def test_a_page_rendered_before_an_answer_was_stored_does_not_show_the_old_answer(product, amina, dice):
    """The page is rendered before the answer is stored, and arrives after its acknowledgement."""
    url = f"{product.url}/en/quiz/{amina.candidate['attempt']}/1/"
    product.kill("web")
    value = amina.choose(dice)
    amina.page.close()
    product.start("web")
    amina.page = amina.tab()
    held: list = []

    def hold(route) -> None:
        held.append(route)

    amina.page.route("**/1/save/", hold)
    amina.open(2)  # the answer is sent from here
    made, clock = amina.context.request.get(url), Clock()
    while not held:
        amina.page.wait_for_timeout(50)
        assert clock() < TIMEOUT
    for save in held:
        save.continue_()
    amina.page.unroute("**/1/save/")
    amina.wait_until_saved()
    amina.page.route(url, lambda route: route.fulfill(response=made), times=1)
    amina.open(1)
    expect(amina.page.locator(f"form#item input[value='{value}']")).to_be_checked()
    amina.compare(report := Report("R7 page made before"))
    assert report.holds()


@pytest.mark.skipif(not FULL, reason="waits until the page gives the dead line up")
def test_a_request_without_a_reply_times_out(product, amina, dice):
    report = Report("R7 hung line", faults=1)
    amina.page.route("**/save/", lambda route: None, times=1)
    amina.choose(dice)
    report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    assert report.holds()


@pytest.mark.parametrize("way", ["closed", "crashed"])
def test_a_tab_that_crashes_right_after_a_choice_has_stored_it(product, amina, dice, way):
    report = Report(f"R7 tab {way}", faults=1)
    product.kill("web")
    value = amina.choose(dice)
    if way == "crashed":
        crash(amina)
    else:
        amina.page.close()
    product.start("web")
    amina.page = amina.tab()
    amina.open(2)
    report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    assert (amina.shown(amina.open(1)), report.holds()) == (value, True)


def crash(browser: AnsweringBrowser) -> None:
    """End the process of the page at once."""
    with browser.page.expect_event("crash"), pytest.raises(Error):
        browser.page.goto("chrome://crash", timeout=3000)


def sign_out(product: Product, browser: AnsweringBrowser) -> None:
    """Delete the session without the page noticing."""
    with closing(sqlite3.connect(product.folder / "db.sqlite3", timeout=20)) as database:
        database.execute("DELETE FROM accounts_session WHERE session_key = ?", [browser.candidate["session"]])
        database.commit()


def sign_in(page, email: str) -> None:
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")


@pytest.mark.parametrize("where", ["here", "in another tab"])
def test_after_the_session_ends_answers_are_kept_and_sent_after_signing_in(product, amina, dice, where):
    report = Report(f"R7 signed out, in again {where}", faults=1)
    value = amina.choose(dice)
    amina.wait_until_saved()
    sign_out(product, amina)
    value = amina.choose(dice)
    expect(amina.page.locator("#signed-out")).to_be_visible()
    amina.compare(report)
    assert amina.saved_counts()[1] == 1
    page = amina.page if where == "here" else amina.tab()
    if where == "here":
        page.locator("#signed-out a").click()
    else:
        page.goto(f"{product.url}/en/accounts/login/")
    sign_in(page, amina.candidate["email"])
    page.wait_for_url("**/quiz/**/1/" if where == "here" else "**/learning/**")
    report.recovery.append(amina.wait_until_saved())
    expect(amina.page.locator("#signed-out")).to_be_hidden()
    amina.compare(report)
    assert (amina.newest(), report.holds()) == ({1: value}, True)


def test_the_later_choice_on_another_device_counts(product, amina, dice, chromium):
    report = Report("R7 two devices", faults=2)
    laptop = AnsweringBrowser(product, chromium.new_context(), amina.candidate, ITEMS)
    laptop.open(1)
    for device, other in ((amina, laptop), (laptop, amina)):
        product.kill("web")
        value = device.choose(dice)
        product.start("web")
        report.recovery.append(device.wait_until_saved())
        device.compare(report)
        other.chosen[1] = value
    laptop.context.close()
    assert (amina.shown(amina.open(1)), report.holds()) == (value, True)


# Negative controls: the same comparison with a weaker script.


def replace_in_script(browser: AnsweringBrowser, module: str, was: str, instead: str) -> None:
    """Serve another version of this script from now on."""

    def answer(route) -> None:
        reply = route.fetch()
        assert was in reply.text()
        route.fulfill(response=reply, body=reply.text().replace(was, instead))

    browser.context.route(f"**/static/{module}*.js", answer)
    browser.page.close()
    browser.page = browser.tab()
    browser.open(1)


def test_control_a_script_that_stores_nothing_loses_the_answer(product, amina, dice):
    replace_in_script(amina, "unsent", "storage().setItem(prefix + key, JSON.stringify(entry))", "memory[key] = entry")
    product.kill("web")
    amina.choose(dice)
    amina.page.close()
    product.start("web")
    amina.page = amina.tab()
    amina.open(1)
    amina.compare(report := Report("control"))
    assert report.lost == 1


def test_control_a_page_that_counts_before_the_reply_is_noticed(product, amina, dice):
    replace_in_script(amina, "quiz/sender", "op += 1;", "op += 1; saved.add(position);")
    product.kill("web")
    amina.choose(dice)
    amina.compare(report := Report("control"))
    assert report.wrong == 1
