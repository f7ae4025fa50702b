"""Actions of an author and a reviewer in the Wagtail admin, by mouse and keyboard."""

import re
import time

from playwright.sync_api import Page, expect

SEES_CHANGES = "() => Boolean(globalThis.wagtail?.app?.queryController('w-unsaved')?.initialFormData)"


def open_editor(page: Page, address: str) -> None:
    """Open the editor and wait until Wagtail has recorded the initial form data: earlier input would not be a change."""
    page.goto(address)
    deadline = time.monotonic() + 30
    while not page.evaluate(SEES_CHANGES):
        assert time.monotonic() < deadline, "Wagtail's editor does not begin to watch the form"
        page.wait_for_timeout(100)


def type_in(page: Page, selector: str, words: str) -> None:
    page.locator(selector).click()
    page.keyboard.type(words)
    page.keyboard.press("Tab")


def begin(page: Page, address: str, **fields: str) -> str:
    """Open a new page, type, and press no button: autosave stores it. Return its primary key.

    The title is filled in last and in one go: without a title nothing is saved, so the first autosave stores the
    whole form.
    """
    open_editor(page, address)
    title = fields.pop("title")
    for field, words in fields.items():
        type_in(page, f"#id_{field}", words)
    page.locator("#id_title").fill(title)
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile(r"/admin/pages/\d+/edit/"))
    return page.url.split("/pages/")[1].split("/")[0]


def save_draft(page: Page) -> None:
    """Press the button instead of waiting for autosave, since it shows when it is done."""
    page.locator("footer").get_by_role("button", name="Save draft").click()
    expect(page.locator(".messages").get_by_text(re.compile("updated|created|saved"))).to_be_visible()


def add_block(page: Page, field: str, label: str) -> None:
    page.locator(f"[data-contentpath={field}] > * button.c-sf-add-button").last.click()
    page.get_by_role("option", name=label).first.click()


def write_richly(page: Page, number: int, words: str) -> None:
    """Type into the rich text of the n-th block of the lesson."""
    editor = page.locator("[data-contentpath=body] [data-contentpath=text] [contenteditable=true]").nth(number)
    editor.click()
    expect(editor).to_be_focused()
    page.keyboard.type(words)
    expect(editor).to_have_text(words)
    # The editor copies the text to the form a moment later.
    field = page.locator("[data-contentpath=body] [data-contentpath=text] input[type=hidden][name$=-value-text]")
    expect(field.nth(number)).to_have_value(re.compile(re.escape(words)))


def more_actions(page: Page, label: str) -> None:
    page.locator("footer").get_by_role("button", name="More actions").click()
    page.locator("footer").get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()


def submit(page: Page, address: str) -> None:
    page.goto(address)
    more_actions(page, "Submit to Clinical review")
    expect(page.get_by_text("has been submitted for moderation")).to_be_visible()


def approve_all(page: Page) -> None:
    """Approve everything that waits for this reviewer, from the list on the home page of the admin.

    What cannot be published yet, such as a test before its questions, is tried again after the others.
    """
    for turn in range(12):
        page.goto("/admin/")
        waiting = page.locator("section").filter(has_text="Awaiting your review").last
        if not waiting.count():
            return
        titles = waiting.locator(".title-wrapper a")
        titles.nth(turn % titles.count()).click()
        page.wait_for_load_state()
        more_actions(page, "Approve and Publish")
        page.wait_for_timeout(500)
    raise AssertionError("something still waits for its review")


def release(page: Page, course: str, number: str, without_test: bool = False) -> None:
    """Make a required release. One without any test is a reviewer's, who says so."""
    page.goto("/admin/")
    page.locator(f"a[href='/admin/courses/{course}/release/']").click()
    page.get_by_role("radio", name="Required").check()
    if without_test:
        page.get_by_label("No test is required").check()
    page.get_by_role("button", name=f"Make release {number}").click()
    expect(page.get_by_text(f"Release {number} is now open to learners.")).to_be_visible()


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
    open_editor(kofi, "/admin/snippets/quizzes/question/add/")
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
    add_block(kofi, "draws", "Draw from the bank")
    kofi.locator("[name=draws-0-value-pool]").fill("c9")
    kofi.locator("[name=draws-0-value-count]").fill("1")
    save_draft(kofi)
    return test
