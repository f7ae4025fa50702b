"""The same words in Chromium: nothing runs, on the main pages of learners and of staff."""

import pytest
from playwright.sync_api import Page

from tests.faults.experiment import Clock
from tests.live import PATIENCE, Product
from tests.screens import SCENE, STAFF, addresses
from tests.security.payloads import XSS
from tests.security.watch import Watched, watch

pytestmark = pytest.mark.browser
# Every row of a kind holds another payload; what has fewer rows than there are payloads holds several, one after another.
PLANT = """
from tests.security import planting
from tests.security.payloads import XSS
from accounts.models import Facility
for number, payload in enumerate(XSS):
    Facility.objects.create(name=payload[:190], country="KE", region=str(number))
    User.objects.create_user(f"p{number}@example.org", "x", name=payload[:140], country="KE", licence_number=payload[:60])
planting.plant(" ".join(XSS[14:24]))
for number, user in enumerate(User.objects.filter(email__startswith="p")[:len(XSS)]):
    User.objects.filter(pk=user.pk).update(name=XSS[number % len(XSS)][:140])
answer = 1
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("planted"))
    try:
        made.set_up()
        made.scene = made.python(SCENE + STAFF)
        made.python("from accounts.models import User\n" + PLANT)
        yield made.start("web")
    finally:
        made.stop()


def pages_of(scene: dict) -> list[tuple[str, str]]:
    """Who looks at what; the lists of people by page, until every payload has been on the screen."""
    staff = ["", "pages/{course}/", "pages/{lesson}/edit/", "pages/{lesson}/history/", "reports/completion/", "reports/site-history/",
             "snippets/quizzes/question/", "facilities/", "facilities/?p=2", "facilities/?p=3", "facilities/?p=4", "facilities/?p=5", "users/", "users/?p=2", "users/?p=3",
             "users/?p=4", "users/?p=5", "users/edit/{person}/", "roles/", "register/", "images/"]  # fmt: skip
    return [
        *[(who, f"/en/{path}") for who, path in addresses(scene).values()],
        *[("admin", "/admin/" + path.format(**scene)) for path in staff],
        ("rosa", "/admin/reports/completion/"),
        ("rosa", "/admin/register/"),
    ]


LISTEN = "window.pwn = () => window.tell(JSON.stringify({kind: 'executed', page: location.pathname, what: 'pwn'}))"


def without_policy(chromium, product, who: str = "") -> tuple[Watched, Page]:
    watched = watch(chromium, product.url, product.scene[who] if who else "", bypass_csp=True)
    watched.context.add_init_script(LISTEN)
    return watched, watched.page()


def test_nothing_runs_even_without_the_policy(product, chromium):
    """Escaping alone must do; the policy is the second wall."""
    browsers, seen = {}, 0
    for who, path in pages_of(product.scene):
        if who not in browsers:
            browsers[who] = without_policy(chromium, product, who)
        page = browsers[who][1]
        page.goto(path)
        page.wait_for_timeout(150)
        seen += page.content().count("pwn()")
    assert [watched.of("executed") for watched, _page in browsers.values()] == [[] for _who in browsers]
    assert seen >= len(XSS), "the words were on the screen"


def test_control_what_runs_is_seen(product, chromium):
    watched, page = without_policy(chromium, product)
    page.goto("/en/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=pwn()>')")
    clock = Clock()  # the picture fails when the product has answered that there is none
    while not watched.of("executed") and clock() < PATIENCE:
        page.wait_for_timeout(50)
    assert watched.of("executed")
