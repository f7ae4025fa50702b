"""A test answered in Chromium while the web server is killed, the line drops, tabs die and sign-ins end (R7)."""

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

from tests.faults.answers import Answering
from tests.faults.experiment import FULL, SEED, Clock, Report, count
from tests.support.people import PASSWORD
from tests.support.product import PATIENCE, Product

pytestmark = [pytest.mark.browser, pytest.mark.embedded]
ITEMS, ANSWERS, KILLS = 12, count(200, 2000), count(20, 200)
PREPARE = f"""
from tests.faults.traffic import gather
answer = gather(24, ["single"] * {ITEMS}, password="{PASSWORD}")
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("answering"), LOG_LEVEL="ERROR").set_up(course=False)
    made.sittings = made.python(PREPARE)
    yield made.start("web")
    made.stop()


@pytest.fixture
def amina(product, chromium):
    """Somebody new at the first item of their own test; an error in a script of the page fails the test."""
    product.revive("web")
    context = chromium.new_context(viewport={"width": 360, "height": 760})
    sitter = Answering(product, context, product.sittings.pop(), ITEMS)
    sitter.open(1)
    yield sitter
    context.close()
    assert sitter.broken == []


@pytest.fixture
def dice():
    return random.Random(SEED)


def strike(product: Product, dice: random.Random) -> None:
    """One of the two processes that answer, or the whole server."""
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


def one_step(sitter: Answering, dice: random.Random, report: Report) -> int:
    """Choose, or go elsewhere by a link or by the button; how many answers were given."""
    here, die = sitter.position(), dice.random()
    if here and die < 0.8:
        sitter.choose(dice)
        sitter.compare(report)
        return 1
    if here and die < 0.9:
        with suppress(Error), sitter.page.expect_navigation(timeout=8000):  # it may lead nowhere
            sitter.page.get_by_role("button", name="Save and").click()
    if not sitter.position() or die >= 0.9:
        sitter.open(dice.choice([at for at in range(1, ITEMS + 1) if at != here]))
    report.wrong += not sitter.shows_what_was_given()
    return 0


def test_answered_while_the_server_is_killed_nothing_called_saved_is_lost(product, amina, dice):
    report = Report("R7 answered while killed", note=f"{ANSWERS} answers")
    striking, answers = keep_striking(product, report), 0
    while answers < ANSWERS or striking.is_alive():
        try:
            answers += one_step(amina, dice, report)
        except Error:  # the page was on its way elsewhere
            amina.open(dice.randint(1, ITEMS))
        amina.page.wait_for_timeout(dice.randint(0, 150))
    striking.join()
    assert report.faults == KILLS
    amina.open(dice.randint(1, ITEMS))
    report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    report.lost += len(amina.acknowledged - set(amina.rows()))
    report.acknowledged = len(amina.acknowledged)
    assert report.holds(), (amina.given, amina.newest())


def test_given_without_a_server_and_not_touched_again_it_is_shown_and_sent_after_a_reload(product, amina, dice):
    report = Report("R7 reloaded, not touched again", faults=1)
    product.kill("web")
    value = amina.choose(dice)
    assert amina.said() == (0, 1)
    with pytest.raises(Error):
        amina.page.reload()
    product.start("web")
    amina.open(1)
    assert amina.shown() == value
    report.recovery.append(amina.wait_until_saved())
    amina.page.get_by_role("button", name="Save and go on").click()  # which sends what the form shows
    amina.page.wait_for_url("**/2/")
    amina.compare(report)
    assert report.holds()


def test_given_off_line_on_several_items_it_is_all_sent_when_the_line_is_back(product, amina, dice):
    report = Report("R7 off line", faults=2)
    for position in (1, 2):
        amina.open(position)
        amina.context.set_offline(True)
        amina.choose(dice)
        amina.compare(report)
        with pytest.raises(Error):
            amina.page.reload()
        amina.context.set_offline(False)
        amina.open(position)  # where Chromium has not loaded the page again by itself
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
        assert amina.shown(amina.open(position, tab)) == amina.given[position]


def test_a_tab_that_was_opened_before_and_not_touched_takes_no_answer_back(product, amina, dice):
    stale = amina.open(1, amina.tab())
    value = amina.choose(dice)
    amina.wait_until_saved()
    stale.get_by_role("button", name="Save and go on").click()
    stale.wait_for_url("**/2/")
    assert amina.newest() == {1: value}


def test_a_tab_that_sends_what_another_one_kept_does_not_take_it_back(product, amina, dice):
    """Both show the same item; the other was closed off line, so this one delivers, and still shows nothing chosen."""
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
    amina.page.get_by_role("button", name="Save and go on").click()
    amina.page.wait_for_url("**/2/")
    assert amina.newest() == {1: value}


STANDS_STILL = """() => {
    const send = fetch;
    globalThis.fetch = async (...request) => {
        if (!globalThis.lineIsBack) throw new TypeError("no line");
        const reply = await send(...request);
        const told = await reply.json();
        const wait = new XMLHttpRequest();
        wait.open("GET", "/stands-still", false);  // nothing of this tab goes on meanwhile
        wait.send();
        reply.json = async () => told;
        return reply;
    };
    // The other tab comes to send when it can see that this one has cleared away, which it sees a little late.
    const lock = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = (name, send) => lock(name, async () => {
        await send();
        await new Promise((done) => setTimeout(done, 500));
    });
}"""
LINE_IS_BACK = "() => { globalThis.lineIsBack = true; setTimeout(() => dispatchEvent(new Event('online'))); }"


def choose_while_the_other_tab_stands_still(amina: Answering, dice: random.Random) -> str:
    """Choose in a second tab after the first was told that its answer is saved, and before it can see anything else."""
    other, held = amina.open(1, amina.tab()), []

    def hold(route) -> None:
        held.append(route)

    amina.context.route("**/stands-still", hold)
    amina.page.evaluate(STANDS_STILL)
    first = amina.choose(dice)
    amina.page.evaluate(LINE_IS_BACK)
    clock = Clock()
    while not held:
        other.wait_for_timeout(50)
        assert clock() < PATIENCE
    value = amina.choose(dice, other, but=first)
    held.pop().fulfill(body="")
    amina.wait_until_saved(page=other)
    return value


def test_what_is_chosen_in_one_tab_while_another_is_told_of_its_own_is_not_cleared_away(product, amina, dice):
    """A tab sees what another one put away some time later, and clears away only what was sent."""
    value = choose_while_the_other_tab_stands_still(amina, dice)
    assert amina.newest() == {1: value}


def test_with_one_key_for_both_tabs_it_would_be_removed(product, amina, dice):
    with_own_key = "write(`${position}:${time}:${tab}`, answer);\n      remove(older);"
    served(amina, "store", with_own_key, "write(`${position}:0`, answer);")
    value = choose_while_the_other_tab_stands_still(amina, dice)
    assert amina.newest()[1] != value


def test_where_the_browser_keeps_nothing_for_pages_the_answer_is_sent_all_the_same(product, amina, dice):
    amina.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError') } })"
    )
    amina.open(1)
    product.kill("web")
    value = amina.choose(dice)
    assert amina.said() == (0, 1)
    product.start("web")
    amina.wait_until_saved()
    assert (amina.said(), amina.newest()) == ((1, 0), {1: value})
    amina.page.goto(f"{product.url}/en/quiz/{amina.sitting['attempt']}/hand-in/")
    amina.page.get_by_role("button", name="Hand in").click()
    amina.page.wait_for_url("**/result/**")


def test_a_page_made_before_an_answer_was_stored_does_not_show_the_one_before(product, amina, dice):
    """The page is on its way while the answer is, and arrives after it was acknowledged."""
    url = f"{product.url}/en/quiz/{amina.sitting['attempt']}/1/"
    product.kill("web")
    value = amina.choose(dice)
    amina.page.close()
    product.start("web")
    amina.page = amina.tab()
    held: list = []

    def hold(route) -> None:
        held.append(route)

    amina.page.route("**/1/save/", hold)
    amina.open(2)  # from where the answer is sent
    made, clock = amina.context.request.get(url), Clock()
    while not held:
        amina.page.wait_for_timeout(50)
        assert clock() < PATIENCE
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
def test_a_line_that_is_dead_and_does_not_say_so_is_given_up(product, amina, dice):
    report = Report("R7 hung line", faults=1)
    amina.page.route("**/save/", lambda route: None, times=1)
    amina.choose(dice)
    report.recovery.append(amina.wait_until_saved())
    amina.compare(report)
    assert report.holds()


@pytest.mark.parametrize("way", ["closed", "crashed"])
def test_a_tab_that_dies_right_after_a_choice_has_kept_it(product, amina, dice, way):
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


def crash(sitter: Answering) -> None:
    """The process of the page ends at once."""
    with sitter.page.expect_event("crash"), pytest.raises(Error):
        sitter.page.goto("chrome://crash", timeout=3000)


def sign_out(product: Product, sitter: Answering) -> None:
    """The session is gone, and the page does not know."""
    with closing(sqlite3.connect(product.folder / "db.sqlite3", timeout=20)) as database:
        database.execute("DELETE FROM django_session WHERE session_key = ?", [sitter.sitting["session"]])
        database.commit()


def sign_in(page, email: str) -> None:
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")


@pytest.mark.parametrize("where", ["here", "in another tab"])
def test_signed_out_the_page_says_so_keeps_the_answers_and_sends_them_after_signing_in(product, amina, dice, where):
    report = Report(f"R7 signed out, in again {where}", faults=1)
    value = amina.choose(dice)
    amina.wait_until_saved()
    sign_out(product, amina)
    value = amina.choose(dice)
    expect(amina.page.locator("#signed-out")).to_be_visible()
    amina.compare(report)
    assert amina.said()[1] == 1
    page = amina.page if where == "here" else amina.tab()
    if where == "here":
        page.locator("#signed-out a").click()
    else:
        page.goto(f"{product.url}/en/accounts/login/")
    sign_in(page, amina.sitting["email"])
    page.wait_for_url("**/quiz/**/1/" if where == "here" else "**/learning/**")
    report.recovery.append(amina.wait_until_saved())
    expect(amina.page.locator("#signed-out")).to_be_hidden()
    amina.compare(report)
    assert (amina.newest(), report.holds()) == ({1: value}, True)


def test_what_was_chosen_later_on_another_device_counts(product, amina, dice, chromium):
    report = Report("R7 two devices", faults=2)
    laptop = Answering(product, chromium.new_context(), amina.sitting, ITEMS)
    laptop.open(1)
    for device, other in ((amina, laptop), (laptop, amina)):
        product.kill("web")
        value = device.choose(dice)
        product.start("web")
        report.recovery.append(device.wait_until_saved())
        device.compare(report)
        other.given[1] = value
    laptop.context.close()
    assert (amina.shown(amina.open(1)), report.holds()) == (value, True)


# The negative controls: the same comparison, with a script that does less.


def served(sitter: Answering, module: str, was: str, instead: str) -> None:
    """From now on the page has another version of this module of static/quiz/."""

    def answer(route) -> None:
        reply = route.fetch()
        assert was in reply.text()
        route.fulfill(response=reply, body=reply.text().replace(was, instead))

    sitter.context.route(f"**/quiz/{module}*.js", answer)
    sitter.page.close()
    sitter.page = sitter.tab()
    sitter.open(1)


def test_a_script_that_keeps_nothing_on_the_phone_would_lose_the_answer(product, amina, dice):
    served(amina, "store", "storage().setItem(prefix + key, JSON.stringify(answer))", "memory[key] = answer")
    product.kill("web")
    amina.choose(dice)
    amina.page.close()
    product.start("web")
    amina.page = amina.tab()
    amina.open(1)
    amina.compare(report := Report("control"))
    assert report.lost == 1


def test_a_page_that_counted_before_the_reply_would_be_caught(product, amina, dice):
    served(amina, "sender", "op += 1;", "op += 1; saved.add(position);")
    product.kill("web")
    amina.choose(dice)
    amina.compare(report := Report("control"))
    assert report.wrong == 1
