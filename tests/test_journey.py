"""One clinician, from sign-up to a verified certificate, in a real browser against the real product.

Once on SQLite with the embedded broker, once on PostgreSQL with Redis. Web, worker and beat are processes of their own.
"""

import io
import re

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from elearning.sample import PASSWORD
from tests.live import ON_BOTH, Product, wait_for

NAME = "Amina Yusuf Hassan"
ANSWERS = """
from quizzes.models.records import Attempt
attempt = Attempt.objects.get(uuid="{uuid}")
answer = [
    dict(item.version.kind.fields(item.version.kind.key(item.version.content["body"])).lists())
    for item in attempt.items.select_related("version").order_by("position")
]
"""
STAFF = """
from elearning import sample
for person in sample.CAST:
    if person.role or person.administrator:
        sample.invite(person)
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
    made = Product(tmp_path_factory.mktemp("journey"), services=request.param)
    try:
        made.set_up()
        made.python(STAFF + EGYPTIAN)
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium, product):
    """A page 360 pixels wide, which fails the test on any error in the page's own scripts."""
    context = chromium.new_context(viewport={"width": 360, "height": 760}, base_url=product.url, locale="en-GB")
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert broken == []


def desk(chromium, product, email: str) -> Page:
    """Somebody of the staff, signed in on a wide screen."""
    page = chromium.new_context(
        viewport={"width": 1280, "height": 900}, base_url=product.url, locale="en-GB"
    ).new_page()
    sign_in(page, email)
    return page


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
    page.get_by_label("Time zone").select_option("Africa/Nairobi")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(product.link_in_letter("amina@example.org", "confirm-email"))
    page.get_by_role("button", name="Yes, it is mine").click()
    page.wait_for_url(lambda url: "/confirm-email/" not in url, wait_until="load")
    if "/login/" in page.url:
        sign_in(page, "amina@example.org")


def read_every_lesson(page: Page) -> int:
    """Join the course and mark lesson after lesson as done; how many there were."""
    page.goto("/en/courses/")
    page.get_by_role("link", name=re.compile("^Foundations")).click()
    page.get_by_role("button", name="Join this course").click()
    page.get_by_role("link", name=re.compile("^Begin")).click()
    lessons = 0
    done = page.get_by_role("button", name=re.compile("^Mark as done"))
    done.wait_for()
    while done.count():
        press(page, done)
        lessons += 1
    return lessons


def press(page: Page, button) -> None:
    """Press it and wait for the page it leads to."""
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


def pass_the_test(page: Page, product: Product) -> None:
    press(page, page.get_by_role("button", name="Begin the test"))
    uuid = re.search(r"/quiz/([0-9a-f-]{36})/", page.url)[1]
    for answer in product.python(ANSWERS.format(uuid=uuid)):
        answer_item(page, answer)
        press(page, page.get_by_role("button", name=re.compile("^Save and")))
    expect(page.get_by_role("heading", name="Every item has an answer")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result/")


def printed_code(page: Page) -> str:
    """Wait on the page of certificates, as a learner does, until the PDF is there; its code."""
    page.goto("/en/certificates/mine/")
    expect(page.get_by_role("link", name=re.compile("^PDF"))).to_be_visible(timeout=90_000)
    return page.locator(".code").first.inner_text().strip()


def test_from_sign_up_to_a_certificate_that_verifies_and_is_revoked(phone, chromium, product):
    sign_up(phone, product)
    assert read_every_lesson(phone) == 8
    pass_the_test(phone, product)
    expect(phone.get_by_role("heading", level=1)).to_contain_text(re.compile("passed", re.I))

    code = printed_code(phone)
    link = product.link_in_letter("amina@example.org", "certificates")
    assert link.startswith("http://127.0.0.1")
    with phone.expect_download() as download:
        phone.get_by_role("link", name=re.compile("^PDF")).click()
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(download.value.path()).pages)
    assert (NAME in " ".join(text.split()), code in text) == (True, True)

    stranger = chromium.new_context(base_url=product.url, locale="en-GB").new_page()
    stranger.goto(f"/en/certificates/{code}/")
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Valid")
    expect(stranger.locator("dl.facts").first).to_contain_text(NAME)
    unknown = stranger.goto("/en/certificates/0000-0000-0000-0000/")
    assert unknown.status == 404

    rosa = desk(chromium, product, "rosa@example.org")
    rosa.goto("/admin/reports/completion/")
    row = rosa.get_by_role("row", name=NAME)
    expect(row).to_contain_text("24/24")
    on_screen = [" ".join(cell.split()) for cell in row.get_by_role("cell").all_inner_texts()]
    with rosa.expect_download() as sheet:
        rosa.evaluate("location.search = '?export=xlsx'")
    book = openpyxl.load_workbook(io.BytesIO(sheet.value.path().read_bytes()))
    lines = [[str(cell or "") for cell in line] for line in book.active.iter_rows(min_row=2, values_only=True)]
    assert [line[0] for line in lines] == [NAME], "Kenya's people, and nobody else's"
    text_cells = [0, 1, 2, 3, 4, 5, 7, 8, 9, 11]
    assert [lines[0][at] for at in text_cells] == [on_screen[at] for at in text_cells]

    omar = desk(chromium, product, "omar@example.org")
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
    wait_for(lambda: [letter for letter in product.letters() if "withdrawn" in letter["Subject"]], 90)
