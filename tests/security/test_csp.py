"""The content security policy allows what our pages need and nothing else, checked in Chromium on every kind of page."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.security.watch import WatchedBrowser, policy_of, watch
from tests.support.editor import open_editor, save_draft, write_richly
from tests.support.product import Product
from tests.support.screens import SCENE, STAFF

pytestmark = [pytest.mark.deep, pytest.mark.browser]

SCREENS = [
    "", "pages/{course}/", "pages/{lesson}/edit/", "pages/{quiz}/edit/", "pages/{lesson}/history/",
    "pages/{lesson}/usage/", "pages/add/courses/lessonpage/{module}/", "pages/{module}/move/", "users/",
    "users/new/", "users/edit/{person}/", "groups/", "groups/new/", "account/", "reports/completion/",
    "reports/site-history/", "reports/workflow/", "reports/workflow_tasks/", "reports/locked/", "reports/aging-pages/",
    "workflows/list/", "workflows/add/", "workflows/tasks/index/", "images/", "images/add/", "images/multiple/add/",
    "documents/", "documents/multiple/add/", "sites/", "collections/", "settings/accounts/operator/1/", "snippets/",
    "snippets/quizzes/question/", "snippets/quizzes/question/add/", "facilities/", "facilities/new/", "roles/", "roles/new/",
    "courses/{course}/release/", "pages/{course}/delete/",
]  # fmt: skip


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("policy"))
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

    def of(who: str = "") -> WatchedBrowser:
        opened.append(watch(chromium, product.url, product.scene[who] if who else ""))
        return opened[-1]

    yield of
    for watched in opened:
        watched.context.close()


@pytest.mark.parametrize("path", ["nowhere/", "accounts/details/?next=//x", "certificates/0000-0000-0000-0000/"])
def test_no_error_page_breaks_its_policy(browse, path):
    watched = browse()
    answer = watched.page().goto(f"/en/{path}")
    assert policy_of(answer)["script-src"] == "'self'"
    assert watched.events == []


def test_no_screen_of_the_admin_breaks_its_policy(browse, product):
    watched = browse("admin")
    page, wrong = watched.page(), []
    for screen in SCREENS:
        path = "/admin/" + screen.format(**product.scene)
        answer = page.goto(path, wait_until="networkidle")
        policy = policy_of(answer)
        if answer.status != 200 or (policy["script-src"], policy["style-src-attr"]) != ("'self'", "'none'"):
            wrong.append((path, answer.status, policy))
    assert (wrong, watched.events) == ([], [])


def picture() -> dict:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    return {"name": "teal.png", "mimeType": "image/png", "buffer": file.getvalue()}


def insert_blocks(page: Page, scene: dict) -> None:
    """Insert a block, use the Draftail toolbar and a statement chooser, open the preview, save a draft."""
    open_editor(page, f"/admin/pages/add/courses/lessonpage/{scene['module']}/")
    page.locator("#id_title").fill("Under the policy")
    page.locator("[data-contentpath=body] button.c-sf-add-button").last.click()
    page.get_by_role("option", name="Text with sources").click()
    write_richly(page, 0, "An open question invites a story.")
    page.keyboard.press("Control+b")
    page.keyboard.type(" Bold.")
    page.keyboard.press("Control+a")
    page.locator("button[name=ITALIC]:visible").first.click()
    page.keyboard.press("ArrowRight")
    page.locator("[data-contentpath=cites] button.c-sf-add-button").first.click()
    page.get_by_role("button", name="Choose statement").click()
    page.locator(".modal-body [name=q]").fill("confidential")
    page.locator(".modal-body").get_by_role("link", name=re.compile("2.2.3")).click()
    expect(page.locator("[data-contentpath=cites]").get_by_text("2.2.3").first).to_be_visible()
    for label in ("Case", "Knowledge check", "Callout", "Table"):
        if page.locator("[data-contentpath=body] > * button.c-sf-add-button").count():
            page.locator("[data-contentpath=body] > * button.c-sf-add-button").last.click()
            option = page.get_by_role("option", name=label)
            if option.count():
                option.first.click()
            else:
                page.keyboard.press("Escape")
    save_draft(page)


def pick_a_date(page: Page, scene: dict) -> None:
    """Open the calendar of Wagtail, whose inline script is replaced by a controller."""
    open_editor(page, f"/admin/pages/{scene['course']}/edit/")
    field = page.locator("#id_next_review")
    field.scroll_into_view_if_needed()
    field.click()
    calendar = page.locator(".xdsoft_datetimepicker:visible")
    expect(calendar).to_be_visible()
    calendar.locator("td.xdsoft_date:not(.xdsoft_disabled)").first.click()
    expect(field).not_to_have_value("")


def open_the_preview(page: Page, scene: dict) -> None:
    page.goto(f"/admin/pages/{scene['lesson']}/edit/")
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("iframe[title=Preview]").first
    expect(frame.locator("h1")).to_be_visible()


def add_a_task(page: Page, _scene: dict) -> None:
    """Add a child form to an InlinePanel by script, and open its chooser."""
    page.goto("/admin/workflows/add/", wait_until="networkidle")
    forms = page.locator("#id_workflow_tasks-FORMS > *")
    before = forms.count()
    page.get_by_role("button", name=re.compile("^Add")).first.click()
    expect(forms).to_have_count(before + 1)
    page.get_by_role("button", name="Choose a task").last.click()
    expect(page.locator(".modal-body")).to_be_visible()


def give_a_group_a_page(page: Page, _scene: dict) -> None:
    page.goto("/admin/groups/new/", wait_until="networkidle")
    page.get_by_role("button", name=re.compile("Add a page permission")).click()
    page.get_by_role("button", name="Choose a page").last.click()
    expect(page.locator(".modal-body")).to_be_visible()


def upload_and_choose_a_picture(page: Page, _scene: dict) -> None:
    page.goto("/admin/images/multiple/add/", wait_until="networkidle")
    page.locator("input[type=file]").first.set_input_files(picture())
    expect(page.get_by_text(re.compile("Upload successful|Update"), exact=False).first).to_be_visible()
    page.goto("/admin/settings/accounts/operator/1/", wait_until="networkidle")
    page.get_by_role("button", name="Choose an image").click()
    page.locator(".modal-body [data-chooser-modal-choice]").first.click()
    expect(page.locator("#id_logo")).not_to_have_value("")


def filter_lists(page: Page, _scene: dict) -> None:
    page.goto("/admin/reports/completion/", wait_until="networkidle")
    page.get_by_role("button", name=re.compile("filter", re.I)).first.click()
    page.wait_for_timeout(500)
    page.goto("/admin/reports/site-history/", wait_until="networkidle")
    page.get_by_role("button", name=re.compile("filter", re.I)).first.click()
    page.wait_for_timeout(500)
    page.goto("/admin/users/", wait_until="networkidle")
    page.locator("input[name=q]").last.fill("amina")
    expect(page.get_by_text("Amina Yusuf Hassan").first).to_be_visible()


def open_side_panels(page: Page, scene: dict) -> None:
    page.goto(f"/admin/pages/{scene['lesson']}/edit/", wait_until="networkidle")
    for name in ("Toggle status", "Toggle comments", "Toggle checks"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
            page.wait_for_timeout(700)


WORK = [insert_blocks, pick_a_date, open_the_preview, add_a_task, give_a_group_a_page, upload_and_choose_a_picture,
        filter_lists, open_side_panels]  # fmt: skip


@pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)
def test_the_admin_works_under_its_policy(browse, product, work):
    watched = browse("admin")
    work(watched.page(), product.scene)
    assert watched.events == []


# Controls -----------------------------------------------------------------------------------------

PLANTED = {
    "an inline script": "const s = document.createElement('script'); s.textContent = 'window.planted = 1'; document.body.append(s)",
    "a handler": "document.body.insertAdjacentHTML('beforeend', '<img src=/x onerror=\"window.planted = 1\">')",
    "eval": "setTimeout('window.planted = 1')",
    "an inline style": "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')",
    "a foreign script": "const s = document.createElement('script'); s.src = 'https://192.0.2.1/x.js'; document.body.append(s)",
    "a foreign picture": "const i = new Image(); i.src = 'https://192.0.2.1/x.png'; document.body.append(i)",
    "a frame": "const f = document.createElement('iframe'); f.src = 'https://192.0.2.1/'; document.body.append(f)",
    "a base": "const b = document.createElement('base'); b.href = 'https://192.0.2.1/'; document.head.append(b)",
}


@pytest.mark.parametrize("place", ["/en/", "/admin/"])
@pytest.mark.parametrize("name", PLANTED)
def test_control_a_planted_script_is_refused_and_noticed(browse, name, place):
    watched = browse("admin")
    page = watched.page()
    page.goto(place, wait_until="networkidle")
    # Through the parser: code from the debugger is not bound by any policy.
    page.evaluate(
        "code => { const run = new Promise(done => setTimeout(done, 50)); (0, Function)(code); return run }", ""
    )
    page.evaluate(PLANTED[name])
    page.wait_for_timeout(300)
    assert page.evaluate("window.planted") is None
    assert watched.of("refused"), name


def plant(guarded: bool):
    def answer(route) -> None:
        page = route.fetch()
        headers = {name: value for name, value in page.headers.items() if guarded or "policy" not in name}
        body = page.text().replace("</body>", "<script>alert('planted')</script></body>")
        route.fulfill(response=page, headers=headers, body=body)

    return answer


def test_control_only_the_policy_stops_an_inline_script(browse):
    """Load the same page with and without the header: without it the script runs."""
    results = {}
    for guarded in (True, False):
        watched = browse()
        page = watched.page()

        page.route("**/en/", plant(guarded))
        page.goto("/en/")
        page.wait_for_timeout(200)
        results[guarded] = (len(watched.of("executed")), bool(watched.of("refused")))
    assert results == {True: (0, True), False: (1, False)}
