"""What visitors' pages tell search engines and previews of links."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Operator
from accounts.site_settings import current_operator
from elearning import search_engines
from elearning.templatetags import head
from tests.access.people import ANONYMOUS, Rule
from tests.access.policy import RULES
from tests.access.url_patterns import url_patterns
from tests.quizzes.factories import statement
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = settings.BASE_URL


@pytest.fixture
def care():
    course = factories.course()
    course.lede = "How to <b>greet</b> & listen."
    course.save_revision().publish()
    return course


def properties(client, path: str) -> dict[str, str]:
    html = client.get(path).content.decode()
    found = dict(re.findall(r'<meta (?:name|property)="([\w:-]+)" content="([^"]*)">', html))
    return found | dict(re.findall(r'<link rel="(canonical)" href="([^"]*)">', html))


def alternates(client, path: str) -> dict[str, str]:
    return dict(re.findall(r'hreflang="([\w-]+)" href="(http[^"]*)"', client.get(path).content.decode()))


def test_a_course_says_what_it_is_and_where(client, care):
    told = properties(client, "/en/care/?from=mail")
    assert told["description"] == told["og:description"] == "How to &lt;b&gt;greet&lt;/b&gt; &amp; listen."
    assert (told["og:title"], told["og:site_name"], told["og:locale"]) == ("Care", "Plumbline", "en")
    assert told["canonical"] == told["og:url"] == f"{BASE}/en/care/"
    assert properties(client, "/ar/care/")["canonical"] == f"{BASE}/en/care/", "the course is in English"
    assert alternates(client, "/en/care/") == {}


def test_a_page_names_its_translations(client, care, monkeypatch):
    factories.translate(care, "ar", "رعاية")
    both = {"en": f"{BASE}/en/care/", "ar": f"{BASE}/ar/care-ar/"}
    assert alternates(client, "/en/care/") == alternates(client, "/en/care-ar/") == both
    assert properties(client, "/en/care-ar/")["canonical"] == both["ar"]
    monkeypatch.setattr(head, "TRANSLATED", ["en", "ar"])
    assert alternates(client, "/ar/courses/") == {code: f"{BASE}/{code}/courses/" for code in ("en", "ar")}
    assert properties(client, "/ar/courses/")["canonical"] == f"{BASE}/ar/courses/"
    monkeypatch.setattr(head, "TRANSLATED", ["en"])
    assert properties(client, "/ar/courses/")["canonical"] == f"{BASE}/en/courses/", "its words are English"


def test_the_logo_is_the_picture_of_a_preview(client, care):
    assert "og:image" not in properties(client, "/en/")
    operator = Operator.objects.get_or_create(site=current_operator().site)[0]
    operator.logo = factories.image("logo.png", 200, 72)
    operator.save()
    image = properties(client, "/en/")["og:image"]
    assert image.startswith(f"{BASE}/media/images/logo.")
    assert client.get(image.removeprefix(BASE))["Content-Type"] == "image/png"


def test_learners_are_not_sent_what_only_search_engines_read(client, amina, care):
    client.force_login(amina)
    assert properties(client, "/en/care/").keys() == {"viewport", "color-scheme"}


@pytest.mark.parametrize("path", ["/en/", "/en/courses/", "/en/care/", "/en/certificates/", "/en/accounts/signup/"])
def test_public_pages_have_a_description(client, care, path):
    assert 10 < len(properties(client, path)["description"]) <= head.DESCRIPTION_LENGTH


def is_disallowed(route: str) -> bool:
    """Whether robots.txt disallows a route of the resolver, in every language."""

    def matches(rule: str) -> bool:
        pattern = re.escape(rule.removeprefix("/*/").removeprefix("/")).replace(r"\*", "[^/]+")
        return re.match(pattern, route) is not None

    allowed = any(matches(rule) for rule in search_engines.PUBLIC_WITHIN)
    return any(matches(rule) for rule in search_engines.PRIVATE) and not allowed


def is_private(rule) -> bool:
    """Whether only people who are signed in may read the URL. Pages of courses are judged one by one, so they are not."""
    readers = rule.opens.get("GET") if isinstance(rule, Rule) else None
    return readers is not None and not any(ANONYMOUS in readers.of(variant) for variant in rule.variants)


def test_what_is_not_for_visitors_is_disallowed_and_the_rest_is_not(client, care):
    routes = {key: pattern.route for key, pattern in url_patterns().items()}
    assert [key for key, rule in RULES.items() if is_private(rule) and not is_disallowed(routes[key])] == []
    public = ["brand_css", "wagtail_serve", "certificates:show", "standards:statement", *search_engines.PUBLIC_VIEWS]
    assert [key for key in public if is_disallowed(routes[key])] == []
    text = client.get("/robots.txt").content.decode()
    assert f"\nSitemap: {BASE}/sitemap.xml\n" in text
    assert "\nDisallow: /*/quiz/\n" in text


def locations(client) -> list[str]:
    return re.findall(
        r"<loc>(.*?)</loc>", client.get("/sitemap.xml", headers={"Accept-Language": "fr"}).content.decode()
    )


def test_the_sitemap_has_every_public_page_and_no_other(client, care):
    factories.translate(care, "ar", "رعاية")
    factories.course("Draft", released=False)
    statement("1.3.6")
    found = locations(client)
    for path in ("/en/", "/en/care/", "/en/courses/", "/en/standards/test/", "/en/standards/test/1.3.6/"):
        assert f"{BASE}{path}" in found
    first = factories.lessons_of(care)[0]
    assert [url for url in found if "draft" in url or "lesson" in url] == [BASE + first.url]
    assert [url for url in found if client.get(url.removeprefix(BASE)).status_code != 200] == []


def test_the_sitemap_costs_the_same_with_one_course_and_with_three(client):
    costs = []
    for number in range(4):
        factories.course(f"Care {number}")
        statement(f"1.3.{number}")
        with CaptureQueriesContext(connection) as queries:
            locations(client)
        costs.append(len(queries))
    # The first request also fills the caches of the process: content types, the site.
    assert costs[1] == costs[3]


def test_browsers_find_the_icons_at_their_fixed_addresses(client):
    for name, kind in (("favicon.ico", b"\0\0\1\0"), ("apple-touch-icon.png", b"\x89PNG")):
        answer = client.get(f"/{name}")
        assert (answer.status_code, answer.getvalue()[:4]) == (200, kind)
    assert 'type="image/svg+xml"' in client.get(reverse("account_login")).content.decode()
    assert Path(settings.WHITENOISE_ROOT).name == "root"
