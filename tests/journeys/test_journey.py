"""From sign-up to a verified certificate, and from an empty course to a released one, in a real browser.

Run on SQLite with the embedded broker and on PostgreSQL with Redis, with web, worker and beat as separate processes.
"""

import io
import re

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect

from elearning.demo_data import PASSWORD
from tests.support.editor import approve_all, begin, release, submit, write_lesson, write_question, write_test
from tests.support.product import ON_BOTH, Product, wait_for

NAME = "Amina Yusuf Hassan"
ANSWERS = """
from quizzes.models.records import Attempt
attempt = Attempt.objects.get(uuid="{uuid}")
answer = [
    dict(item.version.question_type.fields(item.version.question_type.key(item.version.content["body"])).lists())
    for item in attempt.items.select_related("version").order_by("position")
]
"""
STAFF = """
from elearning import demo_data
for person in demo_data.PEOPLE:
    if person.role or person.administrator:
        demo_data.create_account(person)
answer = True
"""
AUTHORS = """
from elearning import demo_data
for person in demo_data.PEOPLE:
    if person.email.split("@")[0] in ("amina", "kofi", "grace"):
        demo_data.create_account(person)
answer = True
"""
EGYPTIAN = """
from accounts.models import User
from courses import enrolment
from courses.models.pages import CoursePage
mona = User.objects.create_user("mona@example.org", name="Mona Adel", country="EG")
enrolment.join(mona, CoursePage.objects.get().translation_key)
answer = True
"""


@pytest.fixture(scope="module", params=ON_BOTH)
def product(request, tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("journey"), services=request.param)
    try:
        product.set_up()
        product.python(STAFF + EGYPTIAN)
        yield product.start()
    finally:
        product.stop()


@pytest.fixture(scope="module", params=ON_BOTH[1:])
def empty_product(request, tmp_path_factory):
    """A product on PostgreSQL without a course, with authors and a learner."""
    product = Product(tmp_path_factory.mktemp("authoring"), services=request.param)
    try:
        product.set_up(course=False)
        product.python(AUTHORS)
        yield product.start("web")
    finally:
        product.stop()


def known_race(page: Page, error: str) -> bool:
    """Return whether this is a known error of Wagtail: its preview may parse an error page as JSON during autosave."""
    return "/admin/pages/" in page.url and error.endswith("is not valid JSON")


@pytest.fixture
def screen(chromium):
    """Return a function that opens a browser for a person. A script error on a page fails the test."""
    contexts, broken = [], []

    def open_browser(product: Product, width: int) -> Page:
        contexts.append(
            chromium.new_context(
                viewport={"width": width, "height": 900},
                base_url=product.url,
                locale="en-GB",
                timezone_id="Africa/Nairobi",
            )
        )
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: known_race(page, str(error)) or broken.append(f"{page.url}: {error}"))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert broken == []


@pytest.fixture
def signed_in_page(screen):
    """Return a function that opens a browser and signs the person in, with a wide screen by default."""

    def signed_in_page(product: Product, name: str, width: int = 1400) -> Page:
        page = screen(product, width)
        sign_in(page, f"{name}@example.org")
        return page

    return signed_in_page


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/en/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def sign_up(page: Page, product: Product) -> None:
    page.goto("/en/")
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Email").fill("amina@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Country").select_option("KE")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    page.goto(product.link_in_email("amina@example.org", "confirm-email"))
    page.get_by_role("button", name="Yes, it is mine").click()
    page.wait_for_url(lambda url: "/confirm-email/" not in url, wait_until="load")
    if "/login/" in page.url:
        sign_in(page, "amina@example.org")


def read_every_lesson(page: Page) -> int:
    """Join the course and complete every lesson. Return the number of lessons."""
    page.goto("/en/courses/")
    page.get_by_role("link", name=re.compile("^Foundations")).click()
    page.get_by_role("button", name="Join this course").click()
    page.get_by_role("link", name=re.compile("^Start:")).click()
    lessons = 0
    done = page.get_by_role("button", name=re.compile("^Mark as done"))
    done.wait_for()
    while done.count():
        press(page, done)
        lessons += 1
    return lessons


def press(page: Page, button) -> None:
    """Press the button and wait for the next page."""
    before = page.url
    button.click()
    page.wait_for_url(lambda url: url != before, wait_until="load")


def answer_item(page: Page, answer: dict[str, list[str]]) -> None:
    for name, values in answer.items():
        for value in values:
            field = page.locator(f'[name="{name}"]')
            if field.first.get_attribute("type") in ("radio", "checkbox"):
                page.locator(f'[name="{name}"][value="{value}"]').check()
            elif field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)


def answer_in_steps(page: Page, answer: dict[str, list[str]]) -> None:
    """Answer step by step: a case shows the next step after the last one. Any other question has one step."""
    is_case = any(name.startswith("step-") for name in answer)
    *before, last = [{name: values} for name, values in answer.items() if name != "settled"] if is_case else [answer]
    for step in before:
        answer_item(page, step)
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile("^Save answer")).click()
    answer_item(page, last)


def pass_the_test(page: Page, product: Product) -> None:
    press(page, page.get_by_role("button", name="Start the test"))
    uuid = re.search(r"/quiz/([0-9a-f-]{36})/", page.url)[1]
    for answer in product.python(ANSWERS.format(uuid=uuid)):
        answer_in_steps(page, answer)
        press(page, page.get_by_role("button", name=re.compile("^Save answer")))
    expect(page.get_by_role("heading", name="Every question has an answer")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result/")


def certificate_code(page: Page) -> str:
    """Wait on the certificates page until the PDF is there. Return the code."""
    page.goto("/en/certificates/mine/")
    expect(page.get_by_role("link", name=re.compile("^PDF"))).to_be_visible(timeout=90_000)
    return page.locator(".code").first.inner_text().strip()


def test_from_sign_up_to_a_certificate_that_verifies_and_is_revoked(screen, signed_in_page, product):
    phone = screen(product, 360)
    sign_up(phone, product)
    assert read_every_lesson(phone) == 8
    pass_the_test(phone, product)
    expect(phone.get_by_role("heading", level=1)).to_contain_text(re.compile("passed", re.I))

    code = certificate_code(phone)
    link = product.link_in_email("amina@example.org", "certificates")
    assert link.startswith("http://127.0.0.1")
    with phone.expect_download() as download:
        phone.get_by_role("link", name=re.compile("^PDF")).click()
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(download.value.path()).pages)
    assert (NAME in " ".join(text.split()), code in text) == (True, True)

    stranger = screen(product, 1280)
    stranger.goto(f"/en/certificates/{code}/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Valid")
    expect(stranger.locator("dl.facts").first).to_contain_text(NAME)
    unknown = stranger.goto("/en/certificates/0000-0000-0000-0000/")
    assert unknown.status == 404

    rosa = signed_in_page(product, "rosa")
    rosa.goto("/admin/reports/completion/")
    row = rosa.get_by_role("row", name=NAME)
    expect(row).to_contain_text("24/24")
    on_screen = [" ".join(cell.split()) for cell in row.get_by_role("cell").all_inner_texts()]
    with rosa.expect_download() as sheet:
        rosa.evaluate("location.search = '?export=xlsx'")
    book = openpyxl.load_workbook(io.BytesIO(sheet.value.path().read_bytes()))
    lines = [[str(cell or "") for cell in line] for line in book.active.iter_rows(min_row=2, values_only=True)]
    assert [line[0] for line in lines] == [NAME], "Kenya's people, and nobody else's"
    shown = " ".join(on_screen)
    assert [cell for at, cell in enumerate(lines[0]) if at in (1, 2, 3, 4, 5, 9, 14) and cell not in shown] == []

    omar = signed_in_page(product, "omar")
    omar.goto("/admin/reports/completion/")
    expect(omar.get_by_role("row", name="Mona Adel")).to_be_visible()
    assert NAME not in omar.content()

    rosa.goto("/admin/register/")
    rosa.get_by_role("row", name=NAME).get_by_role("link").first.click()
    rosa.get_by_role("link", name="Revoke").first.click()
    rosa.get_by_label(re.compile("reason", re.I)).fill("Issued to the wrong person")
    rosa.get_by_role("button", name=re.compile("revoke", re.I)).click()
    stranger.goto(f"/en/certificates/{code}/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Revoked")
    expect(stranger.locator("main")).to_contain_text("Issued to the wrong person")
    wait_for(lambda: [email for email in product.emails() if "revoked" in email["Subject"]])


@pytest.mark.deep
def test_from_an_empty_course_to_a_learner(signed_in_page, empty_product):
    kofi, grace = signed_in_page(empty_product, "kofi"), signed_in_page(empty_product, "grace")
    amina = signed_in_page(empty_product, "amina", width=360)

    kofi.goto("/admin/")
    kofi.get_by_role("link", name="Create a course").click()
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
    release(grace, course, "1.0", without_test=True)

    amina.goto("/en/listening/")
    amina.get_by_role("button", name="Join this course").click()
    amina.get_by_role("link", name=re.compile("^Start:")).click()
    expect(amina.get_by_text("An open question invites a story.")).to_be_visible()
    amina.get_by_label("What brings you here?").check()
    amina.get_by_role("button", name="Check my answer").click()
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
    amina.get_by_role("button", name="Mark as done and continue").click()
    expect(amina.get_by_role("heading", level=1)).to_have_text("Final test")
    amina.get_by_role("main").get_by_role("button").first.click()
    expect(amina.get_by_text("Which of these is an open question?").first).to_be_visible()
