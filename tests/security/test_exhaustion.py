"""No single request makes the server work for long or break: each is answered or refused within seconds.

Measured in processor time \(tests/support/effort.py\) with a wide margin: a page costs some hundredths of a second, a
successful attack minutes.
"""

import json
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from wagtail.admin.rich_text import get_rich_text_editor_widget
from wagtail.models import Revision

from accounts import process_cache
from elearning.middleware import limits
from tests.access.forms import LESSON, QUESTION
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.requests import rolled_back
from tests.support.effort import effort
from tests.support.tiers import EVERYTHING

pytestmark = [pytest.mark.deep, pytest.mark.once]

SECONDS = 3
BIG = "9" * 30
TOO_MANY = {f"f{number}": "1" for number in range(10_001)}
FITS = limits.LONGEST_QUERY - 20
# Query parameters for lists and searches: numbers that do not exist, far too many words, and characters that mean something
# to a search language, to LIKE or to a backtracking regular expression.
QUERIES = {
    "a page far away": {"p": BIG, "q": "treatment", "page": BIG},
    "a page before the first": {"p": "-1", "q": "treatment"},
    "a page that is no number": {"p": "1e9", "q": "\u0663"},
    "as long as an address may be": {"q": "a" * FITS},
    "as many words as fit": {"q": "a " * (FITS // 3)},
    "longer than an address may be": {"q": "a" * 100_000},
    "one quotation mark": {"q": 'a 5" tube'},
    "many quotation marks": {"q": '"' * 999},
    "brackets": {"q": "(" * 1_000},
    "stars": {"q": "* " * 500},
    "what LIKE knows": {"q": "%_" * 600},
    "backslashes": {"q": "\\" * 999},
    "what goes back": {"q": "(a+)+$" * 150},
    "almost what matches": {"q": "1." * 700 + "!"},
    "operators": {"q": "NOT a OR NEAR(b c) AND body:x*" * 20},
    "one letter that is eighteen": {"q": "\ufdfa" * 200},
    "a language nobody speaks": {"in": "x" * 900, "locale": "x" * 900, "q": "a"},
    "numbers for things": {"course": BIG, "user": BIG, "facility": BIG, "content_type": BIG, "collection_id": BIG, "id": BIG},
    "dates that are none": {"timestamp_from": "99999-01-01", "timestamp_to": "0000-00-00", "date_from": BIG},
    "an order that is none": {"ordering": "-" * 500, "order": "-" * 500},
    "too many fields": TOO_MANY,
}  # fmt: skip
PUBLIC_PATHS = ["/en/courses/", "/en/standards/test/search/", "/en/", "/en/certificates/", "/en/accounts/login/"]
# One list of each sort. `make faults` tries the others too.
ADMIN_LISTS = ["users/", "pages/{page}/", "pages/search/", "images/chooser/", "snippets/quizzes/question/", "reports/completion/",
                "reports/site-history/", "bulk/wagtailcore/page/delete/"]  # fmt: skip
MORE_ADMIN_LISTS = ["images/", "documents/", "choose-page/search/", "register/", "snippets/choose/standards/statement/", "attempts/", "facilities/", "roles/",
        "reports/audit-trail/", "tag-autocomplete/"]  # fmt: skip
FILTERS = ["width-100000", "height-0", "width--1", f"width-{BIG}", "fill-99999x99999-c100", f"fill-1x1-c{BIG}", "max-99999x99999", "min-99999x99999",
           "scale-99999", "original|" * 400 + "original", "width-100|" * 50 + "width-100", "format-jpeg|jpegquality-9999", "bgcolor-zzz", "a" * 2000]  # fmt: skip
API_QUERIES = {
    "limit": {"limit": BIG}, "a limit above ours": {"limit": "99999"}, "before the first": {"offset": "-1"}, "far away": {"offset": BIG}, "brackets": {"fields": "(" * 1_000},
    "nested fields": {"fields": "a(" * 1_000 + ")" * 1_000}, "stars": {"fields": "*," * 1_000}, "words": {"search": "a " * 1_200},
    "an operator that is none": {"search": "a", "search_operator": "x"}, "ids": {"id": BIG, "child_of": BIG, "descendant_of": BIG},
    "types": {"type": "x." * 1_000}, "an address": {"html_path": "/" * 3_000},
}  # fmt: skip
DEEP = "[" * 100_000 + "]" * 100_000


def measure(access, who: str, method: str, path: str, data, content_type: str = MULTIPART_CONTENT) -> tuple[int, float]:
    """Send the request. Return (status, seconds of processor time)."""
    client = access.visitors[who].client
    if method == "post" and isinstance(data, dict):
        data = encode_multipart(BOUNDARY, data)  # not measured: this is the client's work
    process_cache.forget()
    with rolled_back(), effort() as work:
        if method == "get":
            response = client.get(path, data)
        else:
            response = client.generic(method.upper(), path, data, content_type)
        response.getvalue()
    return response.status_code, work.seconds


def fault_of(access, who: str, method: str, path: str, data, content_type: str = MULTIPART_CONTENT) -> str:
    """Return what is wrong, "" if the request was answered or refused in time."""
    status, seconds = measure(access, who, method, path, data, content_type)
    if status >= 500 or seconds > SECONDS:
        return f"{method} {path[:80]} as {who}: {status} after {seconds:.1f} s"
    return ""


def faults_of(access, who: str, method: str, paths, data) -> list[str]:
    return [fault for path in paths if (fault := fault_of(access, who, method, path, data))]


@pytest.fixture
def product(matrix):  # noqa: F811
    for name, cookie in ((name, visitor.cookie) for name, visitor in matrix.visitors.items()):
        if cookie:
            matrix.visitors[name].client.cookies["sessionid"] = cookie
    return matrix


@pytest.mark.parametrize("query", QUERIES)
def test_any_query_of_a_visitor_or_learner_is_answered_soon(product, query):
    own = [product.world.lesson.url, reverse("learning"), reverse("profile")]
    assert faults_of(product, "anonymous", "get", PUBLIC_PATHS, QUERIES[query]) == []
    assert faults_of(product, "amina", "get", PUBLIC_PATHS[:2] + own, QUERIES[query]) == []


@pytest.mark.parametrize("query", QUERIES)
def test_any_query_of_staff_is_answered_soon(product, query):
    paths = [
        "/admin/" + path.format(page=product.world.course.pk) for path in ADMIN_LISTS + MORE_ADMIN_LISTS * EVERYTHING
    ]
    assert faults_of(product, "administrator", "get", paths, QUERIES[query]) == []


@pytest.mark.parametrize("query", API_QUERIES)
def test_any_query_to_the_admin_api_is_answered_soon(product, query):
    paths = [f"/admin/api/main/{kind}/{more}" for kind in ("pages", "images", "documents") for more in ("", "find/")]
    assert faults_of(product, "administrator", "get", paths, API_QUERIES[query]) == []


@pytest.mark.parametrize("sent", ["null", "3", "[[]]", '"x"', "{", DEEP])
def test_any_body_for_dismissing_a_hint_is_answered_soon(product, sent):
    assert fault_of(product, "kofi", "patch", "/admin/dismissibles/", sent, "application/json") == ""


def test_no_image_filter_takes_long(product):
    paths = [f"/admin/images/{product.world.image.pk}/preview/{spec}/" for spec in FILTERS]
    assert faults_of(product, "kofi", "get", paths, {}) == []
    assert faults_of(product, "amina", "get", paths[:1], {}) == []


# Forms ------------------------------------------------------------------------------------------------


def rich(text: str) -> dict:
    """Return the form of a lesson with one text block, as the editor sends it."""
    return LESSON | {"body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "text", "body-0-id": "x",
                     "body-0-value-heading": "", "body-0-value-text": text, "body-0-value-cites-count": "0"}  # fmt: skip


def draft(**block) -> str:
    block_data = {
        "key": "a",
        "text": "x" * 100,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": [],
    }
    return json.dumps({"blocks": [block_data | block], "entityMap": {}})


def list_fields(name: str, *values: dict) -> dict:
    """Return the form fields of a ListBlock with these values."""
    fields = {f"{name}-count": str(len(values))}
    for index, value in enumerate(values):
        row = {"deleted": "", "order": str(index), "id": ""} | {f"value{suffix}": value[suffix] for suffix in value}
        fields |= {f"{name}-{index}-{field}": text for field, text in row.items()}
    return fields


def question_form(kind: str, fields: dict) -> dict:
    """Return the form of a question of one type."""
    block = {"deleted": "", "order": "0", "type": kind, "id": ""} | {f"value-{name}": fields[name] for name in fields}
    return QUESTION | {"content-count": "1"} | {f"content-0-{name}": value for name, value in block.items()}


def choice(many: int) -> dict:
    first = {"-text": "Yes", "-correct": "on", "-feedback": "So it is."}
    others = [{"-text": f"No, {place}", "-feedback": "It is not."} for place in range(1, many)]
    return question_form("single", list_fields("options", first, *others))


def number(answer: str, tolerance: str = "0") -> dict:
    return question_form("numeric", {"answer": answer, "tolerance": tolerance, "unit": "", "feedback": "That many."})


def gaps(text: str) -> dict:
    gap = {"-name": "a", **list_fields("-answers", {"": "help"}), **list_fields("-wrong")}
    return question_form("cloze", {"text": text, "feedback": "Help.", **list_fields("gaps", gap)})


def words(way: str) -> dict:
    keywords = list_fields("keywords", list_fields("-ways", {"": way}))
    return question_form(
        "short", {"wanted": "1", "model": "", "feedback": "So.", **keywords, **list_fields("unwanted")}
    )


def citing(statement: str) -> dict:
    cites = {"deleted": "", "order": "0", "type": "cites", "id": "", **list_fields("value", {"": statement})}
    return choice(2) | {"cites-count": "1"} | {f"cites-0-{name}": value for name, value in cites.items()}


PUBLISHED = {"action-publish": "action-publish"}  # a draft may be incomplete, so it is validated less
FORMS = {
    "nothing": {},
    "too many fields": TOO_MANY,
    "more words than we hold": {"title": "a" * 3_000_000},
    "deep lists": rich(DEEP),
    "deep objects": rich('{"a":' * 50_000 + "1" + "}" * 50_000),
    "a list": rich("[]"),
    "no JSON": rich(""),
    "a block without anything": rich('{"blocks": [{"text": "x"}]}'),
    "a link to nowhere": rich(draft(entityRanges=[{"offset": 0, "length": 5, "key": 9}])),
    "a depth": rich(draft(type="unordered-list-item", depth=10**9)),
    "a depth that is none": rich(draft(type="unordered-list-item", depth="x")),
    "many styles": rich(draft(inlineStyleRanges=[{"offset": n % 100, "length": 50, "style": "BOLD"} for n in range(5_000)])),
    "a list in a list": rich(json.dumps({"blocks": [json.loads(draft(type="unordered-list-item", depth=n))["blocks"][0] for n in range(1_500)], "entityMap": {}})),
    "a hundred million blocks": LESSON | {"body-count": "100000000"},
    "a number of blocks that is none": LESSON | {"body-count": "x", "objectives-count": BIG},
    "a million columns": rich("{}") | {"body-0-type": "table", "body-0-value-table-caption": "", "body-0-value-table-column-count": "1000000"},
    "a million citations": rich(draft()) | {"body-0-value-cites-count": "1000000"},
    "comments that are no number": LESSON | {"comments-TOTAL_FORMS": "x"},
    "a long number": LESSON | {"minutes": "9" * 5_000, "number": "1." * 5_000, "slug": "a" * 5_000, "go_live_at": BIG},
}  # fmt: skip


QUESTIONS = {
    "nothing": {},
    "too many fields": TOO_MANY,
    "more words than we hold": choice(2) | {"stem": "a" * 3_000_000},
    "a long option": choice(2) | {"content-0-value-options-0-value-text": "a" * 1_000_000},
    "long words": choice(2) | PUBLISHED | dict.fromkeys(("code", "pool", "module", "level", "stem"), "a" * 100000),
    "a hundred million answers": choice(2) | {"content-count": "100000000"},
    "a number of answers that is none": choice(2) | {"content-count": "x", "cites-count": BIG},
    "a kind that is none": choice(2) | PUBLISHED | {"content-0-type": "__class__"},
    "an order that is none": choice(2) | {"content-0-order": "x"},
    "an order far away": choice(2) | PUBLISHED | {"content-0-order": BIG, "content-0-value-options-1-order": "-" + BIG},
    "a hundred million options": choice(2) | {"content-0-value-options-count": "100000000"},
    "as many options as fit": choice(1_900) | PUBLISHED,
    "a long number": number("9" * 100_000, "1." * 5_000),
    "an exponent": number("1e999999999", "1e-999999999") | PUBLISHED,
    "an exponent before it": number("1e5000") | PUBLISHED,
    "a number that is none": number("nan", "-Infinity") | PUBLISHED,
    "as many brackets as fit": gaps("[[a" * 300 + "[[" + "a" * 900) | PUBLISHED,
    "more brackets than fit": gaps("[" * 100_000 + "]" * 100_000) | PUBLISHED,
    "as many stars as fit": words("*a" * 50) | PUBLISHED,
    "more stars than fit": words("*a" * 50_000) | PUBLISHED,
    "a statement nobody has": citing(BIG) | PUBLISHED,
    "a million citations": citing("1") | {"cites-0-value-count": "1000000"},
}  # fmt: skip
HOSTILE = {"lesson": FORMS, "question": QUESTIONS}
# The same forms with the values of a real author.
VALID = {
    "lesson": [rich(draft())],
    "question": [choice(2), number("24.8"), gaps("Call for [[a]]."), words("breath*")],
}


def editor(product, what: str) -> str:
    """Return the URL at which Grace, the reviewer, edits the page or question in review."""
    pages, questions = "/admin/pages/{}/edit/", "/admin/snippets/quizzes/question/edit/{}/"
    world = product.world
    return pages.format(world.draft.pk) if what == "lesson" else questions.format(world.question.pk)


@pytest.mark.parametrize("what", VALID)
@pytest.mark.parametrize("more", [{}, PUBLISHED], ids=["kept", "published"])
def test_control_a_valid_form_of_an_author_is_accepted(product, what, more):
    """Otherwise the hostile values in the same forms could be refused for another reason."""
    client = product.visitors["grace"].client
    cited = [citing(str(product.world.statement.pk))] if what == "question" else []
    for form in VALID[what] + cited:
        process_cache.forget()
        with rolled_back():
            before = Revision.objects.count()
            answer = client.post(editor(product, what), form | more)
            assert (answer.status_code, Revision.objects.count()) == (302, before + 1), form


@pytest.mark.parametrize(("what", "sent"), [(what, sent) for what in HOSTILE for sent in HOSTILE[what]])
def test_any_form_of_an_author_is_answered_soon(product, what, sent):
    assert faults_of(product, "grace", "post", [editor(product, what)], HOSTILE[what][sent]) == []


def test_any_form_of_a_visitor_or_learner_is_answered_soon(product):
    attempt = product.world.records["kenya"].running_attempt
    forms = [TOO_MANY, {"name": "a" * 3_000_000}, {"answer": "9" * 100_000, "note": "a" * 1_000_000, "op": BIG, "email": "a@" * 50_000, "code": "0" * 10_000}]  # fmt: skip
    own = [reverse("profile"), reverse("quizzes:save", args=[attempt.uuid, 1]), reverse("quizzes:item", args=[attempt.uuid, 1]),
           reverse("step_note", args=[product.world.records["kenya"].enrolment.uuid, product.world.lesson.translation_key])]  # fmt: skip
    everybody = [reverse("account_login"), reverse("account_signup"), reverse("account_reset_password")]
    for form in forms:
        assert faults_of(product, "anonymous", "post", everybody, form) == []
        assert faults_of(product, "amina", "post", own, form) == []


@pytest.mark.parametrize(
    "body", [DEEP, '{"a":' * 50_000, "", "[]"], ids=["deep lists", "deep objects", "nothing", "a list"]
)
def test_json_of_any_depth_is_answered_soon(product, body):
    assert not fault_of(product, "kofi", "patch", "/admin/dismissibles/", body, "application/json")


TOO_LARGE = {"login": "x", "pdf": SimpleUploadedFile("large.pdf", bytes(limits.LARGEST_FORM))}


@pytest.mark.parametrize("url_name", ["account_login", "certificates:show", "wagtaildocs:add"])
def test_a_form_above_the_size_limit_is_not_read(product, url_name):
    args = [product.world.records["kenya"].certificate.shown_code] if url_name == "certificates:show" else []
    TOO_LARGE["pdf"].seek(0)
    files = encode_multipart(BOUNDARY, TOO_LARGE)
    client = product.visitors["administrator" if url_name.startswith("wagtail") else "anonymous"].client
    with effort() as work:
        assert client.generic("POST", reverse(url_name, args=args), files, MULTIPART_CONTENT).status_code == 400
    assert work.seconds < SECONDS


# Controls ------------------------------------------------------------------------------------------------


def without(settings, name: str) -> None:
    settings.MIDDLEWARE = [middleware for middleware in settings.MIDDLEWARE if name not in middleware]


def renew_visitor(product, who: str):
    """Give the person a visitor that was created after the settings changed."""
    product.visitors[who] = product.visitor(who)
    return product


@pytest.fixture
def product_with_new_visitors(product):
    yield product
    product.__dict__.pop("visitors")


def test_control_a_page_that_breaks_or_takes_long_is_noticed(product, monkeypatch):
    def busy(request):
        begun = time.process_time()
        while time.process_time() - begun < 0.2:
            pass
        return HttpResponse()

    monkeypatch.setattr("tests.security.test_exhaustion.SECONDS", 0.1)
    monkeypatch.setattr(product.url_patterns["help"].django_pattern, "callback", busy)
    assert "200 after" in fault_of(product, "anonymous", "get", reverse("help"), {})
    monkeypatch.setattr(product.url_patterns["help"].django_pattern, "callback", lambda request: 1 / 0)
    assert ": 500" in fault_of(product, "anonymous", "get", reverse("help"), {})


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        *(("lesson", sent) for sent in ("nothing", "a link to nowhere", "a hundred million blocks")),
        *(("question", sent) for sent in ("an order that is none", "a hundred million options")),
    ],
)
def test_control_without_our_middleware_the_form_breaks_the_page(product_with_new_visitors, settings, what, sent):
    without(settings, "BadRequestMiddleware")
    path = editor(product_with_new_visitors, what)
    assert ": 500" in fault_of(
        renew_visitor(product_with_new_visitors, "grace"), "grace", "post", path, HOSTILE[what][sent]
    )


def test_control_without_our_widget_a_list_may_have_any_depth(product, monkeypatch):
    """A billion levels would block the machine. Three hundred thousand show that the time grows with the depth."""
    monkeypatch.setattr("elearning.wagtail_patches.rich_text._is_valid", lambda content: True)
    path = f"/admin/pages/{product.world.draft.pk}/edit/"

    def seconds_for(depth: int) -> float:
        return measure(product, "kofi", "post", path, rich(draft(type="unordered-list-item", depth=depth)))[1]

    seconds_for(3)  # the first is the slowest
    assert seconds_for(300_000) > 3 * seconds_for(3)


def test_what_the_editor_sends_is_accepted():
    lists = [json.loads(draft(type="unordered-list-item", depth=depth))["blocks"][0] for depth in range(5)]
    sent = {"text": json.dumps({"blocks": lists, "entityMap": {}}), "empty": "null"}
    editor = get_rich_text_editor_widget("default")
    taken = {name: editor.value_from_datadict(sent, {}, name) or "" for name in (*sent, "not sent")}
    assert {name: html.count("<ul") for name, html in taken.items()} == {
        "text": 5,
        "empty": 0,
        "not sent": 0,
    }


def test_control_without_our_middleware_a_search_breaks(product_with_new_visitors, settings):
    without(settings, "RequestLimitsMiddleware")
    without(settings, "BadRequestMiddleware")
    renew_visitor(product_with_new_visitors, "administrator")
    assert ": 500" in fault_of(
        product_with_new_visitors, "administrator", "get", "/admin/images/", {"q": "a " * 20_000}
    )


def test_control_without_our_middleware_any_form_is_read(product_with_new_visitors, settings):
    without(settings, "RequestLimitsMiddleware")
    TOO_LARGE["pdf"].seek(0)
    body = encode_multipart(BOUNDARY, TOO_LARGE)
    client = renew_visitor(product_with_new_visitors, "anonymous").visitors["anonymous"].client
    assert client.generic("POST", reverse("account_login"), body, MULTIPART_CONTENT).status_code == 200


@pytest.mark.skipif(connection.vendor == "postgresql", reason="only SQLite search")
def test_control_without_our_search_backend_a_quotation_mark_breaks_a_search(product, monkeypatch):
    monkeypatch.setattr("elearning.wagtail_patches.search.CurlyQuotesMixin._search", lambda self, *args, **kwargs: super(type(self).__mro__[1], self)._search(*args, **kwargs))  # fmt: skip
    assert ": 500" in fault_of(product, "administrator", "get", "/admin/images/", {"q": 'a 5" tube'})


def test_an_error_of_ours_is_not_hidden(product, monkeypatch):
    """Only unreadable forms of the admin are answered with 400."""
    monkeypatch.setattr(product.url_patterns["help"].django_pattern, "callback", lambda request: int("x"))
    assert ": 500" in fault_of(product, "anonymous", "get", reverse("help"), {})
    monkeypatch.setattr(product.url_patterns["wagtailadmin_home"].django_pattern, "callback", lambda request: 1 / 0)
    assert ": 500" in fault_of(product, "administrator", "get", "/admin/", {})
