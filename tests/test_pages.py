"""The ten pages people meet: accessible by axe in every theme and direction, light on the line, at home at 360 px."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.live import Product

pytestmark = pytest.mark.browser

SCENE = """
import time
from django.db import transaction
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
from certificates.models import Certificate
from courses import enrolment, progress
from courses.models.pages import CoursePage
from elearning import sample
from programmes import asking, privacy
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt

def session(email):
    user = User.objects.get(email=email)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    # The password was given once more, as the page before an erasure asks.
    store["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    store["account_authentication_methods_user"] = str(user.pk)
    store.save()
    return store.session_key

sample.people()
course = CoursePage.objects.get()
quiz = QuizPage.objects.child_of(course).get()
waiting = User.objects.get(email="otieno@example.org")
mine = enrolment.join(waiting, course.translation_key)
failed = attempts.start(mine, quiz)
for item in failed.items.select_related("version")[:12]:
    attempts.save(failed, item, 1, item.version.kind.key(item.version.content["body"]), False)
attempts.submit(failed)
running = attempts.start(mine, quiz)
kinds = {item.version.kind.NAME: item.position for item in running.items.select_related("version")}
passed = Attempt.objects.get(enrolment__learner__email="baraka@example.org")
certificate = Certificate.objects.get(learner__email="baraka@example.org")
gone = Certificate.objects.get(learner__email="mona@example.org")
asking.for_copy(User.objects.get(email="amina@example.org"))
with transaction.atomic():
    privacy.erase(User.objects.get(email="mona@example.org"))
answer = {
    "amina": session("amina@example.org"), "baraka": session("baraka@example.org"), "otieno": session("otieno@example.org"),
    "running": str(running.uuid), "failed": str(failed.uuid), "passed": str(passed.uuid), "kinds": kinds,
    "code": certificate.shown_code, "gone": gone.shown_code,
}
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    made = Product(tmp_path_factory.mktemp("pages"))
    try:
        made.set_up()
        made.scene = made.python(SCENE)  # what the pages are about
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


LESSON = "foundations/health-conditions/diagnosis-and-treatment-goals/"


def addresses(scene: dict) -> dict[str, tuple[str, str]]:
    """(who looks, address) of each page; "" for a visitor."""
    return {
        "home": ("", ""),
        "catalogue": ("", "courses/"),
        "course": ("amina", "foundations/"),
        "lesson": ("amina", LESSON),
        "learning": ("amina", "learning/"),
        **{f"quiz-{kind}": ("otieno", f"quiz/{scene['running']}/{at}/") for kind, at in scene["kinds"].items()},
        "hand-in": ("otieno", f"quiz/{scene['running']}/hand-in/"),
        "result": ("otieno", f"quiz/{scene['failed']}/result/"),
        "result-passed": ("baraka", f"quiz/{scene['passed']}/result/"),
        "certificates": ("baraka", "certificates/mine/"),
        "verification": ("", f"certificates/{scene['code']}/"),
        "statement": ("", "standards/2020/1.3.6/"),
        "edition": ("", "standards/2020/"),
        "sign-in": ("", "accounts/login/"),
        "sign-up": ("", "accounts/signup/"),
        "details": ("amina", "accounts/details/"),
        "privacy": ("", "accounts/privacy/"),
        "your-data": ("amina", "accounts/your-data/"),
        "erase": ("baraka", "accounts/your-data/erase/"),
        "erased": ("", "accounts/your-data/erased/"),
        "verification-erased": ("", f"certificates/{scene['gone']}/"),
    }


def visit(chromium, product, who: str, path: str, language: str = "en", width: int = 360, scheme: str = "light"):
    context = chromium.new_context(viewport={"width": width, "height": 800}, base_url=product.url, color_scheme=scheme)
    if who:
        context.add_cookies([{"name": "sessionid", "value": product.scene[who], "url": product.url}])
    page = context.new_page()
    answer = page.goto(f"/{language}/{path}")
    assert answer.status == 200, f"/{language}/{path} answers {answer.status}"
    return page


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 360, "light"), ("en", 1280, "dark"), ("ar", 360, "dark"), ("ar", 1280, "light")],
)
def test_axe_finds_nothing_and_nothing_hangs_over_the_edge(chromium, product, language, width, scheme):
    found = {}
    for name, (who, path) in addresses(product.scene).items():
        page = visit(chromium, product, who, path, language, width, scheme)
        problems = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append("wider than the screen")
        if page.locator("h1").count() != 1:
            problems.append("not exactly one h1")
        if problems:
            found[name] = problems
        page.context.close()
    assert found == {}


def test_axe_does_find_a_fault_that_is_put_in(chromium, product):
    """The negative control: a field without a label is reported."""
    page = visit(chromium, product, "", "accounts/login/")
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert [v["id"] for v in Axe().run(page).response["violations"]]
    page.context.close()


def test_the_first_lesson_view_transfers_at_most_100_kilobytes(chromium, product):
    context = chromium.new_context(viewport={"width": 360, "height": 800}, base_url=product.url)
    context.add_cookies([{"name": "sessionid", "value": product.scene["amina"], "url": product.url}])
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    answer = page.goto(f"/en/{LESSON}", wait_until="networkidle")
    assert (answer.status, page.locator("[data-block]").count() > 10) == (200, True)
    print(f"first lesson view: {sum(sizes) / 1000:.1f} kB in {len(sizes)} requests")
    assert 5_000 < sum(sizes) <= 100_000
    context.close()


def test_every_page_is_asked_of_our_own_host_only(chromium, product):
    foreign = []
    for who, path in addresses(product.scene).values():
        context = chromium.new_context(base_url=product.url)
        if who:
            context.add_cookies([{"name": "sessionid", "value": product.scene[who], "url": product.url}])
        page = context.new_page()
        page.on(
            "request", lambda request: foreign.append(request.url) if not request.url.startswith(product.url) else None
        )
        page.goto(f"/en/{path}")
        context.close()
    assert foreign == []


def test_an_answer_that_could_not_be_sent_stays_on_the_phone_and_is_sent_on_return(chromium, product):
    scene = product.scene
    page = visit(chromium, product, "otieno", f"quiz/{scene['running']}/{scene['kinds']['single']}/")
    told = page.locator("#saved")
    page.context.set_offline(True)
    page.locator("input[type=radio]").first.check()
    expect(told).to_contain_text("1 on this")
    page.context.set_offline(False)
    page.reload()
    expect(told).not_to_contain_text("on this", timeout=15_000)
    expect(told).to_contain_text(re.compile(r"\d+ answers? saved"))
    page.reload()
    assert page.locator("input[type=radio]").first.is_checked()
    page.context.close()
