"""The editor in a browser: nothing that an author types is lost, and what the editor offers works under its policy."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_journey import sign_in
from tests.security.watch import WatchedBrowser, watch
from tests.support.editor import add_block, save_draft, type_in
from tests.support.product import Product, wait_for
from tests.support.screens import SCENE, STAFF

pytestmark = [pytest.mark.deep, pytest.mark.browser]
LAST_REVISION = (
    "SELECT revision.content FROM wagtailcore_revision revision"
    " JOIN django_content_type type ON type.id = revision.base_content_type_id"
    " WHERE type.app_label = 'wagtailcore' AND type.model = 'page' AND object_id = %s"
    " ORDER BY revision.id DESC LIMIT 1"
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 50"><rect fill="#1f77b4" width="40" height="20"/></svg>'
)


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("editor"))
    try:
        made.set_up()
        made.scene = made.python(SCENE + STAFF)
        yield made.start("web")
    finally:
        made.stop()


@pytest.fixture
def browse(chromium, product):
    """Return a function that opens a watched browser for a person. All are closed afterwards."""
    opened = []

    def of(who: str) -> WatchedBrowser:
        opened.append(watch(chromium, product.url, product.scene[who]))
        return opened[-1]

    yield of
    for watched in opened:
        watched.context.close()


def editor_of(product: Product) -> str:
    return f"/admin/pages/{product.scene['lesson']}/edit/"


def is_autosave(message) -> bool:
    return message.method == "POST" and "/edit/" in message.url and message.headers.get("accept") == "application/json"


def saved_title(product: Product) -> str:
    content = product.rows(LAST_REVISION, str(product.scene["lesson"]))[0][0]
    return (content if isinstance(content, dict) else json.loads(content))["title"]


def append_to_title(page: Page, words: str) -> None:
    page.locator("#id_title").click()
    page.keyboard.press("End")
    page.keyboard.type(words)


def test_what_is_typed_at_once_is_saved(browse, product):
    page = browse("kofi").page()
    page.goto(editor_of(product), wait_until="domcontentloaded")
    append_to_title(page, " at once")
    wait_for(lambda: page.wait_for_timeout(200) or saved_title(product).endswith(" at once"), seconds=30)


def test_what_is_typed_while_autosave_is_on_its_way_is_saved_too(browse, product):
    page, held = browse("kofi").page(), []

    def hold_the_first(route):
        if is_autosave(route.request) and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/edit/", hold_the_first)
    page.goto(editor_of(product))
    append_to_title(page, " one")
    wait_for(lambda: page.wait_for_timeout(50) or held)
    page.keyboard.type(" two")
    held[0].continue_()
    wait_for(lambda: page.wait_for_timeout(200) or saved_title(product).endswith(" one two"), seconds=30)


def test_an_editor_that_nobody_touches_saves_nothing(browse, product):
    page, sent = browse("kofi").page(), []
    page.on("request", lambda request: is_autosave(request) and sent.append(request.url))
    page.goto(editor_of(product))
    page.locator("body").click(position={"x": 5, "y": 5})  # an early click makes the record early
    page.wait_for_timeout(5000)
    assert sent == []


def test_a_session_that_ends_takes_nothing_along(browse, product):
    page = browse("kofi").page()
    page.goto(editor_of(product))
    key = product.scene["kofi"]
    product.python(f"""
from accounts.models import Session
answer = Session.objects.filter(session_key={key!r}).delete()[0]
""")
    append_to_title(page, " afterwards")
    expect(page.locator("footer").get_by_text("You are signed out.")).to_be_visible()
    page.locator("footer").get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="1. Sign in").click()
    sign_in(opened.value, "kofi@example.org")
    page.get_by_role("button", name="2. Save what I typed").click()
    page.get_by_role("button", name="Send it now").click()  # the token is older than the new sign-in
    page.wait_for_url("**/edit/")
    assert saved_title(product).endswith(" afterwards")
    product.scene["kofi"] = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")


def test_the_checks_panel_counts_words_and_finds_issues(browse, product):
    watched = browse("admin")
    page = watched.page()
    page.goto(editor_of(product), wait_until="networkidle")
    page.get_by_role("button", name="Toggle checks").click()
    words = page.locator("[data-content-word-count]")
    expect(words).not_to_have_text("-")
    assert int(words.inner_text()) > 100
    issues = page.locator("[data-side-panel=checks] [data-content-checker-count]")
    assert (issues.inner_text(), page.locator("[data-checks-panel] .w-content-checker__name").all_inner_texts()) == (
        "0",
        [],
    )
    assert watched.events == []


def test_a_new_question_opens_without_an_error_and_with_its_rows(browse):
    page = browse("kofi").page()
    page.goto("/admin/snippets/quizzes/question/add/", wait_until="networkidle")
    add_block(page, "content", "Four true-or-false statements")
    expect(page.locator("[name^=content-0-value-statements_to_judge-][name$=-value-text]")).to_have_count(4)
    ids = page.locator("[name^=content-0-value-statements_to_judge-][name$=-id]").evaluate_all(
        "inputs => new Set(inputs.map(input => input.value)).size"
    )
    assert ids == 4
    expect(page.locator("#id_content-root, [data-contentpath=content]").first.locator(".help-critical")).to_have_count(
        0
    )


def test_an_author_draws_a_figure_from_a_file(browse, product):
    watched = browse("kofi")
    page = watched.page()
    page.goto(f"/admin/pages/add/courses/lessonpage/{product.scene['module']}/", wait_until="networkidle")
    add_block(page, "body", "Drawn figure")
    page.locator("[data-controller=drawing] input[type=file]").set_input_files(
        {"name": "box.svg", "mimeType": "image/svg+xml", "buffer": DRAWING.encode()}
    )
    expect(page.locator("[name=body-0-value-drawing]")).to_have_value(DRAWING)
    type_in(page, "[name=body-0-value-title]", "A box")
    page.locator("#id_title").fill("With a drawing")
    save_draft(page)
    page.get_by_role("button", name="Toggle preview").click()
    expect(page.frame_locator("iframe[title=Preview]").first.locator(".own-colours rect")).to_be_visible()
    assert watched.events == []
