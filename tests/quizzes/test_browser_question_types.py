"""Every kind of question in a real browser: answered by the keyboard alone, read aloud rightly, at home on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.product import Product

pytestmark = [pytest.mark.deep, pytest.mark.browser]

SCENE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts import roles
from accounts.models import Role, User
from quizzes import attempts
from quizzes.question_types import QUESTION_TYPES
from tests.quizzes.factories import course_with_test, enrol

page = course_with_test(list(QUESTION_TYPES))

def session(user):
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store.save()
    return store.session_key

def sitting(name, language):
    user = User.objects.create_user(f"{name}@example.org", "x", name=name.title(), country="KE", language=language)
    return {"session": session(user), "attempt": str(attempts.start(enrol(user, page), page).uuid)}

def marker(name):
    user = User.objects.create_user(f"{name}@example.org", "x", name=name.title(), country="GH")
    roles.grant(user, Role.TRAINER, "*")
    return {"session": session(user)}

answer = {
    "kinds": list(QUESTION_TYPES), "en": sitting("amina", "en"), "ar": sitting("mona", "ar"),
    "kofi": marker("kofi"), "grace": marker("grace"),
}
"""
GIVEN = """
from quizzes.models.records import Attempt
items = Attempt.objects.everybody("a test").get(uuid="%s").items.with_answer().select_related("version")
answer = {item.version.question_type.name: item.payload for item in items.order_by("position")}
"""
# Where the keyboard is: what it would do there, and whether the group it belongs to has an answer already.
HERE = """() => {
    const at = document.activeElement;
    const group = [...document.getElementsByName(at.name || "-")];
    const order = at.closest(".ordering"); // there every place depends on the others, and buttons move things
    return {tag: at.tagName, type: at.type, name: at.name, form: at.form?.id, value: at.value,
            empty: order ? !order.querySelector("select").value : group.every((one) => !one.checked), order: Boolean(order)};
}"""
SMALL = """() => [...document.querySelectorAll("main a, main button, main select, main .choice, main textarea, main form input:not([type])")]
    .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([_html, box]) => box.width && (box.height < 44 || box.width < 44)).map(([html]) => html)"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("kinds"))
    try:
        made.set_up()
        made.scene = made.python(SCENE)
        yield made.start("web")
    finally:
        made.stop()


def opened(chromium, product, language: str, scheme: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 800}, base_url=product.url, color_scheme=scheme)
    cookie = {"name": "sessionid", "value": product.scene[language]["session"], "url": product.url}
    context.add_cookies([cookie])
    return context.new_page()


def act(page) -> bool:
    """Do what a person would with the field that the keyboard is in; whether the form was sent."""
    here = page.evaluate(HERE)
    if here["form"] != "item":
        return False
    if here["type"] in ("radio", "checkbox") and here["name"] != "flag" and here["empty"]:
        page.keyboard.press("Space")
    elif here["order"]:
        if here["type"] == "button" and here["empty"]:
            page.keyboard.press("Enter")
    elif here["tag"] == "SELECT" and not here["value"]:
        page.keyboard.press("ArrowDown")
    elif here["tag"] == "TEXTAREA" or here["type"] == "text":
        page.keyboard.type("24.8" if page.locator("[inputmode=decimal]").count() else "help")
    elif here["name"] == "go":
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return True
    return False


def by_keyboard(page) -> None:
    """From the top of the page to the button, with the Tab key."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if act(page):
            return
    raise AssertionError(f"no way to the button by keyboard: {page.url}")


def mark_by_keyboard(desk) -> None:
    """Take the text that waits, give a point for each criterion and a comment, with the Tab key alone."""
    desk.goto("/admin/marking/")
    assert desk_problems(desk) == []
    desk.locator("button:has-text('Take the oldest')").press("Enter")
    desk.wait_for_url("**/marking/*/")
    assert desk_problems(desk) == []
    desk.locator("main input[type=number]").first.focus()
    while desk.evaluate("document.activeElement.tagName") != "BUTTON":
        number = desk.evaluate("document.activeElement.type") == "number"
        desk.keyboard.type("1" if number else "Read with care.")
        desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/admin/marking/")
    assert desk.locator("text=Your points are saved.").count() == 1
    desk.context.close()


def desk_problems(desk) -> list[str]:
    """Of our part of the page; the frame around it is Wagtail's."""
    found = Axe().run(desk, context="main").response["violations"]
    wide = desk.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found] + ["wider than the screen"] * wide


def problems(page) -> list[str]:
    found = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 360), ("ar", "dark", 320)])
def test_every_kind_is_answered_by_keyboard_alone_and_axe_finds_nothing(chromium, product, language, scheme, width):
    page, scene = opened(chromium, product, language, scheme, width), product.scene
    broken, found = [], {}
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"/{language}/quiz/{scene[language]['attempt']}/1/")
    for _page in range(len(scene["kinds"]) + 2):  # the case has three steps
        name = page.url.rsplit("/", 2)[1]
        found[f"{name} {page.locator('.settled').count()}"] = problems(page) + page.evaluate(SMALL)
        by_keyboard(page)
    assert page.url.endswith("/hand-in/")
    assert {name: flaws for name, flaws in found.items() if flaws} == {}
    given = product.python(GIVEN % scene[language]["attempt"])
    assert [kind for kind, payload in given.items() if payload is None] == []
    assert (given["case"]["settled"], len(given["case"]["answers"]), len(given["cloze"])) == (2, 3, 3)
    page.locator("main form button").press("Enter")
    page.wait_for_url("**/result/")
    assert problems(page) == []
    for marker in ("kofi", "grace"):
        mark_by_keyboard(opened(chromium, product, marker, scheme, width))
    page.reload()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert page.locator("article[aria-labelledby]").count() == len(scene["kinds"])
    assert problems(page) == []
    assert broken == []
    page.context.close()
