"""From an empty catalogue to a released course, in a browser: Kofi writes, Grace approves, Kofi releases, Amina learns."""

import re

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from elearning.sample import PASSWORD
from tests.live import ON_BOTH, Product

PEOPLE = """
from elearning import sample
for person in sample.CAST:
    if person.email.split("@")[0] in ("amina", "kofi", "grace"):
        sample.invite(person)
answer = True
"""
WARM_UP = (
    2600  # milliseconds until Wagtail's editor has taken its first picture of the form, from which it sees changes
)


@pytest.fixture(scope="module", params=ON_BOTH)
def product(request, tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("authoring"), services=request.param)
    try:
        made.set_up(course=False)
        made.python(PEOPLE)
        yield made.start("web")
    finally:
        made.stop()


@pytest.fixture
def enter(product):
    """Sign somebody in, in a browser of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        broken: list[str] = []

        def enter(name: str, width: int = 1400) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 950}, base_url=product.url, locale="en-GB"
            )
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: broken.append(str(error)))
            page.goto("/en/accounts/login/?next=/en/learning/")
            page.get_by_label("E-mail").or_(page.get_by_label("Email")).first.fill(f"{name}@example.org")
            page.locator("input[type=password]").fill(PASSWORD)
            page.get_by_role("main").get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/learning/")
            return page

        yield enter
        browser.close()
        assert broken == []


def type_in(page: Page, selector: str, words: str) -> None:
    page.locator(selector).click()
    page.keyboard.type(words)
    page.keyboard.press("Tab")


def begin(page: Page, address: str, **fields: str) -> str:
    """Open a new page, type, and touch no button: autosave keeps it. Its number in the admin."""
    page.goto(address)
    page.wait_for_timeout(WARM_UP)
    for field, words in fields.items():
        type_in(page, f"#id_{field}", words)
    page.wait_for_url(re.compile(r"/admin/pages/\d+/edit/"))
    return page.url.split("/pages/")[1].split("/")[0]


def save_draft(page: Page) -> None:
    """Autosave would do; the button also says when it has."""
    page.locator("footer").get_by_role("button", name="Save draft").click()
    expect(page.locator(".messages").get_by_text(re.compile("updated|created|saved"))).to_be_visible(timeout=15_000)


def add_block(page: Page, field: str, label: str) -> None:
    page.locator(f"[data-contentpath={field}] > * button.c-sf-add-button").last.click()
    page.get_by_role("option", name=label).first.click()


def write_richly(page: Page, number: int, words: str) -> None:
    """Type into the rich text of the lesson's block of that number."""
    page.locator("[data-contentpath=body] [data-contentpath=text] [contenteditable=true]").nth(number).click()
    page.keyboard.type(words)


def more_actions(page: Page, label: str) -> None:
    page.locator("footer").get_by_role("button", name="More actions").click()
    page.locator("footer").get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()


def submit(page: Page, address: str) -> None:
    page.goto(address)
    more_actions(page, "Submit to Clinical review")
    expect(page.get_by_text("has been submitted for moderation")).to_be_visible()


def approve_all(page: Page) -> None:
    """Everything that waits for this reviewer, from the list on the home of the workroom."""
    while True:
        page.goto("/admin/")
        waiting = page.locator("section").filter(has_text="Awaiting your review").last
        if not waiting.count():
            return
        waiting.locator(".title-wrapper a").first.click()
        page.wait_for_load_state()
        more_actions(page, "Approve and Publish")
        page.wait_for_timeout(500)


def release(page: Page, course: str, number: str) -> None:
    page.goto("/admin/")
    page.locator(f"a[href='/admin/courses/{course}/release/']").click()
    page.get_by_label("Required").check()
    page.get_by_role("button", name=f"Make release {number}").click()
    expect(page.get_by_text(f"Release {number} is open to learners.")).to_be_visible()


def write_lesson(kofi: Page, module: str) -> str:
    lesson = begin(kofi, f"/admin/pages/add/courses/lessonpage/{module}/", title="Open questions", number="9.1.1")
    kofi.locator("[data-contentpath=body] button.c-sf-add-button").last.click()
    kofi.locator(".w-combobox__option-preview").first.click()
    picture = kofi.frame_locator(".w-combobox-preview__iframe")
    expect(picture.get_by_text("Three things that are easily confused")).to_be_visible()
    kofi.get_by_role("option", name="Text with sources").click()
    kofi.locator("[name=body-0-value-heading]").fill("Ask, then listen")
    write_richly(kofi, 0, "An open question invites a story.")
    kofi.locator("[data-contentpath=cites] button.c-sf-add-button").first.click()
    kofi.get_by_role("button", name="Choose statement").click()
    kofi.locator(".modal-body [name=q]").fill("confidential")
    kofi.locator(".modal-body").get_by_role("link", name=re.compile("2.2.3")).click()
    expect(kofi.locator("[data-contentpath=cites]").get_by_text("2.2.3").first).to_be_visible()
    add_block(kofi, "body", "Case")
    kofi.locator("[name=body-1-value-title]").fill("A case: Leila, 27")
    write_richly(kofi, 1, "She has come for the first time.")
    add_block(kofi, "body", "Knowledge check")
    kofi.locator("[name=body-2-value-stem]").fill("What would you ask first?")
    for number, words in enumerate(("What brings you here?", "Why so late?")):
        kofi.locator(f"[name=body-2-value-options-{number}-value-text]").fill(words)
        kofi.locator(f"[name=body-2-value-options-{number}-value-feedback]").fill(f"About {number}.")
    kofi.locator("[name=body-2-value-options-0-value-correct]").check()
    save_draft(kofi)
    return lesson


def write_question(kofi: Page) -> str:
    kofi.goto("/admin/snippets/quizzes/question/add/")
    kofi.wait_for_timeout(WARM_UP)
    for field, words in {"code": "c9-q1", "pool": "c9", "stem": "Which of these is an open question?"}.items():
        type_in(kofi, f"#id_{field}", words)
    add_block(kofi, "content", "One right answer")
    options = kofi.locator("[data-contentpath=options]")
    while kofi.locator("[name^=content-0-value-options-][name$=-value-text]").count() < 2:
        options.locator("button.c-sf-add-button").last.click()
    for number, words in enumerate(("How was your week?", "Did you drink?")):
        kofi.locator(f"[name=content-0-value-options-{number}-value-text]").fill(words)
        kofi.locator(f"[name=content-0-value-options-{number}-value-feedback]").fill(f"About {number}.")
    kofi.locator("[name=content-0-value-options-0-value-correct]").check()
    save_draft(kofi)
    return kofi.url


def write_test(kofi: Page, course: str) -> str:
    test = begin(kofi, f"/admin/pages/add/quizzes/quizpage/{course}/", title="Final test")
    kofi.locator("[data-contentpath=draws] button.c-sf-add-button").first.click()
    kofi.locator("[name=draws-0-value-pool]").fill("c9")
    kofi.locator("[name=draws-0-value-count]").fill("1")
    save_draft(kofi)
    return test


def test_from_nothing_to_a_learner(enter):
    kofi, grace, amina = enter("kofi"), enter("grace"), enter("amina", width=360)

    kofi.goto("/admin/")
    kofi.get_by_role("link", name="Begin a course").click()
    course = begin(kofi, kofi.url, title="Listening", code="C9", short_title="Listening")
    module = begin(kofi, f"/admin/pages/add/courses/modulepage/{course}/", title="Asking", number="9.1")
    lesson = write_lesson(kofi, module)

    kofi.get_by_role("button", name="Toggle preview").or_(
        kofi.locator("[data-side-panel-toggle=preview]")
    ).first.click()
    frame = kofi.frame_locator("#w-preview-iframe")
    expect(frame.get_by_role("heading", name="A case: Leila, 27")).to_be_visible()
    assert frame.locator("html").evaluate("html => html.clientWidth") < 400
    expect(frame.get_by_text("2.2.3").first).to_be_visible()

    for page in (course, module, lesson):
        submit(kofi, f"/admin/pages/{page}/edit/")
    approve_all(grace)
    release(kofi, course, "1.0")

    amina.goto("/en/listening/")
    amina.get_by_role("button", name="Join this course").click()
    amina.get_by_role("link", name=re.compile("^Begin")).click()
    expect(amina.get_by_text("An open question invites a story.")).to_be_visible()
    amina.get_by_label("What brings you here?").check()
    amina.get_by_role("button", name="Show me").click()
    expect(amina.get_by_text("About 0.")).to_be_visible()

    question = write_question(kofi)
    test = write_test(kofi, course)
    submit(kofi, question)
    submit(kofi, f"/admin/pages/{test}/edit/")
    approve_all(grace)
    amina.goto("/en/listening/")
    expect(amina.get_by_text("Final test")).to_have_count(0)
    release(kofi, course, "1.1")

    amina.goto("/en/listening/asking/open-questions/")
    amina.get_by_role("button", name="Mark as done and go on").click()
    expect(amina.get_by_role("heading", level=1)).to_have_text("Final test")
    amina.get_by_role("main").get_by_role("button").first.click()
    expect(amina.get_by_text("Which of these is an open question?").first).to_be_visible()
