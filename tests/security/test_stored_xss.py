"""Text from people with a lower role never becomes markup for a higher role: every payload, every field, every role."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import reverse

from tests.access import policy
from tests.access import world as worlds
from tests.access.addresses import address, query_for
from tests.access.matrix import variants_of
from tests.access.requests import BACKEND, Visitor, rolled_back
from tests.access.url_patterns import url_patterns
from tests.faults.experiment import FULL, Report
from tests.security import markup, planting
from tests.security.payloads import XSS
from tests.support.apps import APPS

pytestmark = [pytest.mark.deep, pytest.mark.once, pytest.mark.django_db]
SOME = XSS if FULL else XSS[::16]
STAFF = ("kofi", "grace", "rosa", "administrator")
AT_LEAST = {"kofi": 150, "grace": 150, "rosa": 90, "administrator": 230}  # pages that they may open
# Harmless as they are; dangerous only after a filter that removes a part of them.
CUT = ("<scr<script>", "<img/src=x/onerror", "<noscript>")
TAGS = [payload for payload in XSS if payload.startswith("<") and not payload.startswith(CUT)]


@pytest.fixture
def world(db):
    made = worlds.build()
    return made


def readers(world) -> dict[str, list[str]]:
    """Return which person opens which URLs. The staff pages show the learner; the administrator opens all of them."""
    kenya, quiz = world.records["kenya"], world.quiz
    attempt = kenya.running_attempt
    learner = [
        "/en/", reverse("catalogue"), reverse("learning"), world.course.url, world.lesson.url, quiz.url, reverse("profile"),
        reverse("certificates:mine"), f"/en/quiz/{attempt.uuid}/1/", f"/en/quiz/{kenya.finished_attempt.uuid}/result/",
        f"/en/certificates/{kenya.certificate.shown_code}/", f"/en/standards/{world.statement.section.edition.slug}/",
        f"/en/standards/{world.statement.section.edition.slug}/{world.statement.code}/", "/ar" + world.lesson.url[3:],
        reverse("my_reports"),
    ]  # fmt: skip
    author = [
        "/admin/", f"/admin/pages/{world.course.pk}/", f"/admin/pages/{world.lesson.pk}/edit/", f"/admin/pages/{world.lesson.pk}/history/",
        f"/admin/pages/{world.lesson.pk}/view_draft/", f"/admin/pages/{world.draft.pk}/edit/", "/admin/snippets/quizzes/question/",
        f"/admin/snippets/quizzes/question/edit/{world.question.pk}/", "/admin/images/", f"/admin/images/{world.image.pk}/", "/admin/documents/",
        f"/admin/documents/edit/{world.document.pk}/", "/admin/images/chooser/", "/admin/documents/chooser/", "/admin/choose-page/",
    ]  # fmt: skip
    marker = [reverse("marking:queue"), reverse("marking:mark", args=[world.marking.pk])]
    marker += [reverse("problems:index"), reverse("problems:answer", args=[kenya.problem.pk])]
    manager = [
        "/admin/", "/admin/reports/completion/", "/admin/register/", reverse("register:inspect", args=[kenya.certificate.pk]),
        reverse("attempts:inspect", args=[kenya.finished_attempt.pk]), reverse("accommodations:index"),
    ]  # fmt: skip
    everything = [
        "/admin/users/", f"/admin/users/edit/{kenya.learner.pk}/", "/admin/facilities/", "/admin/roles/", "/admin/reports/site-history/",
        "/admin/reports/workflow/", "/admin/reports/workflow_tasks/", "/admin/collections/",
        "/admin/reports/aging-pages/", "/admin/reports/completion/", reverse("regrades:index"), reverse("regrades:inspect", args=[world.regrade.pk]),
    ]  # fmt: skip
    return {
        "amina": learner,
        "kofi": marker,
        "grace": author,
        "rosa": manager,
        "administrator": [*learner[:7], *author, *manager, *everything],
    }


def as_html(answer) -> str:
    """Return the HTML of a page, or of the JSON of a chooser, which a script inserts into the page."""
    if answer["Content-Type"].startswith("application/json"):
        data = answer.json()
        return data.get("html", "") if isinstance(data, dict) else ""
    return answer.content.decode()


def look(world, wrong: list, payload: str) -> int:
    looked = 0
    for name, paths in readers(world).items():
        visitor = Visitor(getattr(world.people, name))
        for path in paths:
            visitor.reset()
            answer = visitor.client.get(path, follow=True)
            if answer.status_code != 200:
                wrong.append((payload, name, path, answer.status_code))
                continue
            looked += 1
            html = as_html(answer)
            if markup.MARK not in html:
                wrong.append((payload, name, path, "the words are not there"))
            for place in markup.live_markup(html):
                wrong.append((payload, name, path, place))
    return looked


def test_no_field_of_a_lower_role_becomes_markup_for_a_higher_one(world):
    wrong, looked, held = [], 0, set()
    for payload in SOME:
        held |= planting.plant(payload)
        looked += look(world, wrong, payload)
    record_report("S13 main pages", SOME, held, looked, wrong)
    assert [leak[1:] for leak in wrong[:200]] == []
    assert held >= {"User.name", "Note.text", "Page.title", "LessonPage.body", "Facility.name", "Certificate.standing_reason",
                    "Image.title", "Document.title", "Response.payload", "QuestionVersion.content", "CourseRelease.note",
                    "Revision.content", "Marking.comment"}  # fmt: skip
    assert looked == len(SOME) * sum(len(paths) for paths in readers(world).values())


def record_report(name: str, payloads: list[str], held: set[str], looked: int, wrong: list) -> None:
    note = f"{len(payloads)} payloads x {len(held)} fields, {looked} pages read"
    Report(name, faults=len(payloads) * len(held), acknowledged=looked, wrong=len(wrong), note=note).keep()


def pages_of_url_patterns(world) -> Iterator[tuple[str, dict]]:
    """Yield every URL that may be read, in each variant."""
    for key, pattern in url_patterns().items():
        for case in variants_of(policy.RULES[key]):
            yield address(pattern, world, case), query_for(key, world)


def look_everywhere(world, name: str, payload: str, wrong: list) -> int:
    """Yield the HTML of every page that this person may open."""
    looked = 0
    visitor = Visitor(getattr(world.people, name))
    for path, data in pages_of_url_patterns(world):
        visitor.reset()
        with rolled_back():
            answer = visitor.client.get(path, data)
            content = answer.getvalue()
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status_code >= 500:
            wrong.append((payload, name, path, answer.status_code))
        if answer.status_code != 200 or kind not in ("text/html", "application/json"):
            continue
        looked += 1
        html = as_html(answer) if kind == "application/json" else content.decode()
        wrong += [(payload, name, path, place) for place in markup.live_markup(html)]
    return looked


def test_no_field_becomes_markup_on_any_other_page_for_staff(world):
    wrong, looked, held = [], Counter(), set()
    payloads = XSS if FULL else ["<img src=x onerror=pwn()>"]  # all of them take half an hour
    for number, payload in enumerate(payloads):
        held |= planting.plant(payload)
        # The administrator reads everything; the others see less on the same pages, so one payload each is enough.
        for name in sorted({"administrator", STAFF[number % len(STAFF)] if FULL else "administrator"}):
            count = look_everywhere(world, name, payload, wrong)
            assert count >= AT_LEAST[name], name
            looked[name] += count
    record_report("S13 every pattern", payloads, held, looked.total(), wrong)
    assert [leak[1:] for leak in wrong[:200]] == []


def test_control_unescaped_text_is_noticed_even_after_a_sign_out(world, monkeypatch):
    pattern, name = url_patterns()["marking:mark"], "<img src=x onerror=pwn()>"
    monkeypatch.setattr(
        pattern.django_pattern, "callback", login_required(lambda request, pk: HttpResponse(f"<p>{name}"))
    )
    ways_out = [(reverse("wagtailadmin_logout"), {}), (reverse("marking:mark", args=[world.marking.pk]), {})]
    monkeypatch.setattr("tests.security.test_stored_xss.pages_of_url_patterns", lambda world: ways_out)
    look_everywhere(world, "kofi", name, wrong := [])
    assert [leak[2] for leak in wrong] == [ways_out[1][0]]


def test_typed_text_is_repeated_as_text(client, world):
    """Reflected text: invalid forms, searches, URLs that do not exist."""
    wrong = []
    admin = Client()
    admin.force_login(world.people.administrator, backend=BACKEND)
    for payload in XSS:
        edition = world.statement.section.edition.slug
        for _who, answer in (
            (client, client.post(reverse("account_signup"), {"name": payload, "email": payload})),
            (client, client.post(reverse("account_reset_password"), {"email": payload})),
            (client, client.get(reverse("account_login"), {"next": payload})),
            (client, client.get(f"/en/standards/{edition}/search/", {"q": payload})),
            (client, client.get(reverse("certificates:check"), {"code": payload})),
            (client, client.get("/en/" + payload.replace("/", "_").replace("?", "").replace("#", ""))),
            (admin, admin.get("/admin/users/", {"q": payload})),
            (admin, admin.get("/admin/reports/completion/", {"q": payload, "course": payload})),
        ):
            assert answer.status_code < 500
            wrong += [(payload, place) for place in markup.live_markup(answer.content.decode(errors="replace"))]
    assert wrong == []


# Controls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", TAGS)
def test_control_the_parser_notices_unescaped_payloads(payload):
    assert markup.live_markup(f"<!DOCTYPE html><title>x</title><p>{payload}</p><p title='x'>end")


def test_control_a_planted_safe_filter_is_noticed(world):
    page = engines["django"].from_string("<h1>{{ user.name|safe }}</h1>")
    planting.plant("<img src=x onerror=pwn()>")
    user = world.people.amina
    user.refresh_from_db()
    assert markup.live_markup(page.render({"user": user}))


# Places that write without escaping, and why ------------------------------------------------------

ROOT = Path(settings.BASE_DIR)
ALLOWED = {
    "courses/rendering.py": "the page our own templates rendered, and a constant that stands for the form's token",
    "courses/figure_block.py": "a figure's drawing: passed through the allow-list of courses/figures.py, its words escaped",
}
UNSAFE_CALLS = {"mark_safe", "SafeString", "SafeText", "RawHTMLBlock", "safestring"}
UNSAFE_TEMPLATE = re.compile(r"\|\s*safe(?:seq)?\b|{%\s*autoescape\s+off")


def unsafe_calls(source: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and not all(isinstance(argument, ast.Constant) for argument in node.args)  # a text of our own
        and (getattr(node.func, "id", "") in UNSAFE_CALLS or getattr(node.func, "attr", "") in UNSAFE_CALLS)
    ]


def test_only_declared_strings_are_marked_safe():
    files = {
        str(path.relative_to(ROOT))
        for app_name in APPS
        for path in (ROOT / app_name).rglob("*.py")
        if unsafe_calls(path.read_text())
    }
    assert files == set(ALLOWED)


def test_no_html_template_turns_escaping_off():
    """Only plain-text templates may turn escaping off."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if UNSAFE_TEMPLATE.search(path.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source", ["mark_safe(name)", "safestring.mark_safe(x)", "SafeString(x)", "blocks.RawHTMLBlock(x)"]
)
def test_control_a_planted_call_is_noticed(source):
    assert unsafe_calls(f"def f(name, x):\n    return {source}") == [2]


@pytest.mark.parametrize(
    "source", ["{{ name|safe }}", "{{ name | safe }}", "{% autoescape off %}", "{{ names|safeseq }}"]
)
def test_control_a_planted_filter_is_noticed(source):
    assert UNSAFE_TEMPLATE.search(source)
