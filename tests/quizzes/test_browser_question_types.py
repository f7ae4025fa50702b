"""Every question type in a real browser: keyboard only, without accessibility violations, on a phone screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.product import Product

pytestmark = [pytest.mark.deep, pytest.mark.browser]

SCENE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.sessions import SessionStore
from accounts import roles
from accounts.models import Role, User
from quizzes import attempts
from quizzes.question_types import QUESTION_TYPES
from tests.quizzes.factories import course_with_test, enrol

page = course_with_test(list(QUESTION_TYPES), pass_percent=1)  # whoever passes sees every explanation

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
PAYLOADS = """
from quizzes.models.records import Attempt
items = Attempt.objects.everybody("a test").get(uuid="%s").items.with_answer().select_related("version")
answer = {item.version.question_type.name: item.payload for item in items.order_by("position")}
"""
# The focused element, and whether its group has no answer yet.
FOCUSED = """() => {
    const at = document.activeElement;
    const group = [...document.getElementsByName(at.name || "-")];
    const order = at.closest(".ordering"); // there every place depends on the others, and buttons move things
    return {tag: at.tagName, type: at.type, name: at.name, form: at.form?.id, value: at.value,
            empty: order ? !order.querySelector("select").value : group.every((input) => !input.checked), order: Boolean(order)};
}"""
SMALL = """() => [...document.querySelectorAll("main a, main button, main select, main .choice, main textarea, main form input:not([type])")]
    .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
    .filter(([_html, box]) => box.width && (box.height < 44 || box.width < 44)).map(([html]) => html)"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("kinds"))
    try:
        running.set_up()
        running.scene = running.python(SCENE)
        yield running.start("web")
    finally:
        running.stop()


def open_page(chromium, product, language: str, scheme: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 800}, base_url=product.url, color_scheme=scheme)
    cookie = {"name": "sessionid", "value": product.scene[language]["session"], "url": product.url}
    context.add_cookies([cookie])
    return context.new_page()


def act(page) -> bool:
    """Answer the focused field as a person would. Returns whether the form was sent."""
    focused = page.evaluate(FOCUSED)
    if focused["form"] != "item":
        return False
    if focused["type"] in ("radio", "checkbox") and focused["name"] != "flag" and focused["empty"]:
        page.keyboard.press("Space")
    elif focused["order"]:
        if focused["type"] == "button" and focused["empty"]:
            page.keyboard.press("Enter")
    elif focused["tag"] == "SELECT" and not focused["value"]:
        page.keyboard.press("ArrowDown")
    elif focused["tag"] == "TEXTAREA" or focused["type"] == "text":
        page.keyboard.type("24.8" if page.locator("[inputmode=decimal]").count() else "help")
    elif focused["name"] == "go":
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return True
    return False


def by_keyboard(page) -> None:
    """Answer the question and press its button, with the Tab key from the top of the page."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if act(page):
            return
    raise AssertionError(f"no way to the button by keyboard: {page.url}")


def mark_by_keyboard(admin) -> None:
    """Take the waiting text and give points for each criterion and a comment, with the Tab key alone."""
    admin.goto("/admin/marking/")
    assert admin_problems(admin) == []
    admin.locator("button:has-text('Take the oldest')").press("Enter")
    admin.wait_for_url("**/marking/*/")
    assert admin_problems(admin) == []
    admin.locator("main input[type=number]").first.focus()
    while admin.evaluate("document.activeElement.tagName") != "BUTTON":
        number = admin.evaluate("document.activeElement.type") == "number"
        admin.keyboard.type("1" if number else "Read with care.")
        admin.keyboard.press("Tab")
    admin.keyboard.press("Enter")
    admin.wait_for_url("**/admin/marking/")
    assert admin.locator("text=Your points are saved.").count() == 1
    admin.context.close()


def admin_problems(admin) -> list[str]:
    """Accessibility violations in our part of the page; the frame around it is Wagtail's."""
    violations = Axe().run(admin, context="main").response["violations"]
    wide = admin.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in violations] + ["wider than the screen"] * wide


def problems(page) -> list[str]:
    violations = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        violations.append("wider than the screen")
    return violations


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 360), ("ar", "dark", 320)])
def test_every_question_type_is_answered_by_keyboard_alone_and_axe_finds_nothing(
    chromium, product, language, scheme, width
):
    page, scene = open_page(chromium, product, language, scheme, width), product.scene
    script_errors, flaws_by_page = [], {}
    page.on("pageerror", lambda error: script_errors.append(str(error)))
    page.goto(f"/{language}/quiz/{scene[language]['attempt']}/1/")
    for _page in range(len(scene["kinds"]) + 2):  # the case has three steps
        name = page.url.rsplit("/", 2)[1]
        flaws_by_page[f"{name} {page.locator('.settled').count()}"] = problems(page) + page.evaluate(SMALL)
        by_keyboard(page)
    assert page.url.endswith("/hand-in/")
    assert {name: flaws for name, flaws in flaws_by_page.items() if flaws} == {}
    payloads = product.python(PAYLOADS % scene[language]["attempt"])
    assert [kind for kind, payload in payloads.items() if payload is None] == []
    assert (payloads["case"]["settled"], len(payloads["case"]["answers"]), len(payloads["cloze"])) == (2, 3, 3)
    page.locator("main form button").press("Enter")
    page.wait_for_url("**/result/")
    assert problems(page) == []
    for marker in ("kofi", "grace"):
        mark_by_keyboard(open_page(chromium, product, marker, scheme, width))
    page.reload()
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
    assert page.locator("article[aria-labelledby]").count() == len(scene["kinds"])
    assert problems(page) == []
    assert script_errors == []
    page.context.close()
