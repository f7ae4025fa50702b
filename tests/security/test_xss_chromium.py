"""The XSS payloads in Chromium: none runs on the main pages of learners and staff."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from tests.faults.experiment import Clock
from tests.security.payloads import XSS
from tests.security.watch import WatchedBrowser, watch
from tests.support.product import TIMEOUT, Product
from tests.support.screens import SCENE, STAFF, addresses

pytestmark = [pytest.mark.deep, pytest.mark.browser]
WORDS = " ".join(XSS[14:24])
# First plant payloads in every text field, then create rows that each hold another payload. In the other order, all rows
# would hold the same one.
PLANT = """
from accounts.models import Facility, User
from tests.security import planting
from tests.security.payloads import XSS
planting.plant(WORDS)
for number, payload in enumerate(XSS):
    Facility.objects.create(name=payload, country="KE", region=str(number))
    User.objects.create_user(f"p{number}@example.org", "x", name=payload, country="KE", licence_number=payload[:60])
answer = 1
"""
# Lists that show each payload, and pages without text of people.
LISTS = ("/admin/facilities/", "/admin/users/", "/en/accounts/details/")
SILENT = {"/en/standards/2020/", "/en/accounts/login/", "/en/accounts/signup/", "/en/accounts/privacy/", "/en/accounts/your-data/",
          "/en/accounts/your-data/erase/", "/en/accounts/your-data/erased/", "/admin/images/"}  # fmt: skip


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("planted"))
    try:
        made.set_up()
        made.scene = made.python(SCENE + STAFF)
        made.python(f"WORDS = {WORDS!r}\n{PLANT}")
        yield made.start("web")
    finally:
        made.stop()


def pages_of(scene: dict) -> list[tuple[str, str]]:
    """Return which person opens which pages; all pages of the lists of people, so that every payload is shown."""
    staff = ["", "pages/{course}/", "pages/{lesson}/edit/", "pages/{lesson}/history/", "reports/completion/", "reports/site-history/",
             "snippets/quizzes/question/", "facilities/", "facilities/?p=2", "facilities/?p=3", "facilities/?p=4", "facilities/?p=5", "users/", "users/?p=2", "users/?p=3",
             "users/?p=4", "users/?p=5", "users/edit/{person}/", "roles/", "register/", "images/"]  # fmt: skip
    return [
        *[(who, f"/en/{path}") for who, path in addresses(scene).values()],
        *[("admin", "/admin/" + path.format(**scene)) for path in staff],
        ("rosa", "/admin/reports/completion/"),
        ("rosa", "/admin/register/"),
    ]


LISTEN = "window.pwn = () => window.report(JSON.stringify({kind: 'executed', page: location.pathname, what: 'pwn'}))"


def without_policy(chromium, product, who: str = "") -> tuple[WatchedBrowser, Page]:
    watched = watch(chromium, product.url, product.scene[who] if who else "", bypass_csp=True)
    watched.context.add_init_script(LISTEN)
    return watched, watched.page()


# The texts of a page, and the attributes that hold text, such as those of form fields.
READ = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode())
    if (node.nodeType === Node.ELEMENT_NODE) texts.push(...[...node.attributes].map(attribute => attribute.value));
    else if (!node.parentNode.closest('script, style, template')) texts.push(node.data);
  return texts;
}"""


@dataclass
class Look:
    path: str
    status: int
    url: str
    texts: list[str]

    @property
    def shown(self) -> set[str]:
        """Return the payloads that appear on the page as a complete text."""
        texts = {text.strip() for text in self.texts}
        return {payload for payload in XSS if payload.strip() in texts}

    @property
    def silent(self) -> bool:
        planted = WORDS[:28]  # the length of the shortest field
        return not self.shown and not any(planted in text for text in self.texts)


def look_at(page: Page, path: str) -> Look:
    answer = page.goto(path)
    page.wait_for_timeout(150)
    return Look(path, answer.status, page.url, page.evaluate(READ))


def test_nothing_runs_even_without_the_policy(product, chromium):
    """Escaping alone must be enough; the policy is a second protection."""
    browsers, looks = {}, []
    for who, path in pages_of(product.scene):
        if who not in browsers:
            browsers[who] = without_policy(chromium, product, who)
        looks.append(look_at(browsers[who][1], path))
    assert [watched.of("executed") for watched, _page in browsers.values()] == [[] for _who in browsers]
    assert [(look.status, look.url) for look in looks] == [(200, product.url + look.path) for look in looks]
    for rows in LISTS:
        shown = [look.shown for look in looks if look.path.partition("?")[0] == rows]
        assert set(XSS) - set().union(*shown) == set(), f"on the pages of {rows}"
    assert {look.path for look in looks if look.silent} <= SILENT


def test_control_a_script_that_runs_is_noticed(product, chromium):
    watched, page = without_policy(chromium, product)
    page.goto("/en/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=pwn()>')")
    clock = Clock()  # the image fails when the product answers 404
    while not watched.of("executed") and clock() < TIMEOUT:
        page.wait_for_timeout(50)
    assert watched.of("executed")
