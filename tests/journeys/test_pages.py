"""The main pages in Chromium: accessible by axe in every theme and direction, fitting at 360 px, small to transfer,
without violations of their policy and without requests to other hosts."""

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.security.watch import WatchedBrowser, policy_of, watch
from tests.support.product import Product
from tests.support.screens import LESSON, SCENE, addresses

pytestmark = [pytest.mark.deep, pytest.mark.browser]


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("pages"))
    try:
        product.set_up()
        product.scene = product.python(SCENE)  # the data that the pages show
        yield product.start()
    finally:
        product.stop()


def visit(chromium, product, who: str, path: str, language: str = "en", width: int = 360, scheme: str = "light"):
    context = chromium.new_context(viewport={"width": width, "height": 800}, base_url=product.url, color_scheme=scheme)
    if who:
        context.add_cookies([{"name": "sessionid", "value": product.scene[who], "url": product.url}])
    page = context.new_page()
    answer = page.goto(f"/{language}/{path}")
    path_reached = page.url.removeprefix(product.url)
    assert (answer.status, path_reached) == (200, f"/{language}/{path}"), f"{path_reached} answers {answer.status}"
    return page


# By language, so that both directions are tried at both widths and in both themes.
VIEWS = {"en": [(360, "light"), (1280, "dark")], "ar": [(360, "dark"), (1280, "light")]}
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
    "object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip


def faults_of(page: Page, views: list[tuple[int, str]]) -> Iterator[str]:
    """What is wrong with how a page views, at each width and in each theme."""
    if page.locator("h1").count() != 1:
        yield "not exactly one h1"
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"wider than the screen at {width}"
        for violation in Axe().run(page).response["violations"]:
            yield f"{violation['id']} at {width}, {scheme}: {violation['nodes'][0]['html'][:120]}"


def opened(chromium, product, requested_urls: list[str]) -> Callable[[str], tuple[WatchedBrowser, Page]]:
    """Return a function that opens a browser for each person once. `requested_urls` collects the requested URLs."""

    @cache
    def browser(who: str) -> tuple[WatchedBrowser, Page]:
        watched = watch(chromium, product.url, product.scene[who] if who else "")
        page = watched.page()
        page.on("request", lambda request: requested_urls.append(request.url))
        return watched, page

    return browser


@pytest.mark.parametrize("language", VIEWS)
def test_every_page_is_accessible_fits_its_screen_keeps_its_policy_and_asks_no_other_host(chromium, product, language):
    wrong_by_page, requested_urls = {}, []
    browser = opened(chromium, product, requested_urls)
    for name, (who, path) in addresses(product.scene).items():
        watched, page = browser(who)
        answer = page.goto(f"/{language}/{path}")
        policy = policy_of(answer)
        path_reached = page.url.removeprefix(product.url)
        wrong = (
            []
            if (answer.status, path_reached) == (200, f"/{language}/{path}")
            else [f"{path_reached} answers {answer.status}"]
        )
        wrong += [f"{part} {policy[part]}" for part, sources in POLICY.items() if policy[part] != sources]
        wrong += faults_of(page, VIEWS[language])
        wrong += map(str, watched.events)
        watched.events.clear()
        if wrong:
            wrong_by_page[name] = wrong
    assert wrong_by_page == {}
    assert [url for url in requested_urls if not url.startswith((product.url, "data:", "blob:"))] == []
    assert len(requested_urls) > len(addresses(product.scene))


def test_control_axe_finds_a_planted_fault(chromium, product):
    """A field without a label is reported."""
    page = visit(chromium, product, "", "accounts/login/")
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert [v["id"] for v in Axe().run(page).response["violations"]]
    page.context.close()


def test_the_first_lesson_view_transfers_at_most_100_kilobytes(chromium, product):
    context = chromium.new_context(viewport={"width": 360, "height": 800}, base_url=product.url)
    context.add_cookies([{"name": "sessionid", "value": product.scene["amina"], "url": product.url}])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    answer = page.goto(f"/en/{LESSON}", wait_until="networkidle")
    assert (answer.status, page.locator("[data-block]").count() > 10) == (200, True)
    print(f"first lesson view: {sum(sizes) / 1000:.1f} kB in {len(sizes)} requests")
    assert 5_000 < sum(sizes) <= 100_000
    context.close()


def test_an_unsent_answer_stays_on_the_phone_and_is_sent_after_a_reload(chromium, product):
    scene = product.scene
    page = visit(chromium, product, "otieno", f"quiz/{scene['running']}/{scene['kinds']['single']}/")
    status = page.locator("#saved")
    page.context.set_offline(True)
    page.locator("input[type=radio]").first.check()
    expect(status).to_contain_text("1 on this")
    page.context.set_offline(False)
    page.reload()
    expect(status).not_to_contain_text("on this")
    expect(status).to_contain_text(re.compile(r"\d+ answers? saved"))
    page.reload()
    assert page.locator("input[type=radio]").first.is_checked()
    page.context.close()


def test_a_menu_closes_with_escape_and_by_a_click_elsewhere(chromium, product):
    page = visit(chromium, product, "", "courses/")
    menu = page.locator("details.menu")
    summary = menu.locator("summary")
    summary.click()
    expect(menu).to_have_attribute("open", "")
    menu.get_by_role("link").last.focus()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.locator("footer").click(position={"x": 2, "y": 2})  # the open menu covers the title
    expect(menu).not_to_have_attribute("open", "")
    page.context.close()
