"""A manager sees nobody from another country: on no linked page, in no search, filter, export or email."""

from __future__ import annotations

import html
import io
import re
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.core import mail
from django.http import HttpResponse
from django.urls import reverse
from openpyxl import load_workbook

from accounts import process_cache, roles
from accounts.emails.delivery import deliver_email
from accounts.models import Email, Role
from accounts.scoping import PersonalQuerySet
from certificates import issuing
from elearning import urls as _urls  # noqa: F401 - loads the URLconf
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.requests import rolled_back

pytestmark = [pytest.mark.deep, pytest.mark.once]

START_PATHS = (
    "/en/",
    "/en/learning/",
    "/admin/",
    "/admin/reports/",
    "/admin/pages/",
    "/admin/images/",
    "/admin/documents/",
)
OTHER_COUNTRY = {"rosa": "egypt", "omar": "kenya"}
FILES = ("csv", "xlsx")
# Signing out, pages that differ by a number only, and the same pages in the other languages.
NOT_FOLLOWED = re.compile(
    r"/logout|/jsi18n|/static/|/media/|/i18n/|sprite|\?p=\d|ordering=|/en/standards/.+|^/(?:ar|es|fr|ru|zh-hans)/"
)


class Crawl:
    """Follow every link, search every list for the hidden people, and export every list."""

    def __init__(self, visitor, hidden: tuple[str, ...]):
        self.visitor, self.hidden = visitor, hidden
        self.pages: dict[str, str] = {}
        self.leaks: list[str] = []

    def run(self, max_pages: int = 600) -> Crawl:
        paths = deque(START_PATHS)
        while paths and len(self.pages) < max_pages:
            path = paths.popleft()
            if path in self.pages or NOT_FOLLOWED.search(path):
                continue
            paths.extend(self.open(path))
        return self

    def open(self, path: str) -> list[str]:
        """Read the page. Return the links on it."""
        process_cache.forget()
        with rolled_back():
            response = self.visitor.client.get(path, follow=True)
            text = text_of(response)
        self.pages[path] = text
        # The search words are repeated in the form and in the URL.
        shown = text.replace(html.escape(urlsplit(path).query), "")
        asked = re.findall(r"q=([^&]*)", urlsplit(path).query)
        self.leaks += [f"{path}: {word}" for word in self.hidden if word in shown and word not in asked]
        if "html" not in response.headers.get("Content-Type", ""):
            return []
        links = [link for link in (internal(link, path) for link in self.links(text)) if link]
        return [*links, *self.searches(text, path)]

    @staticmethod
    def links(text: str) -> list[str]:
        """Return the links of the page and of the menu that the admin's script builds."""
        return re.findall(r'(?<![\w-])(?:href|data-[a-z-]*url|action|src)="([^"]+)"', text) + re.findall(
            r'"url": "(/[^"]+)"', text
        )

    def searches(self, text: str, path: str) -> list[str]:
        """Return the URLs of the same list searched for each hidden person, and exported."""
        bare = path.partition("?")[0]
        asked = [f"{bare}?export={form}" for form in FILES if "export=" in text]
        if re.search(r'name="q"', text):
            asked += [f"{bare}?q={word.split()[0]}" for word in self.hidden]
        return asked


def internal(link: str, base: str) -> str:
    """Return the path of a link of this site, "" for another site."""
    url = urlsplit(urljoin(f"http://testserver{base}", urldefrag(html.unescape(link)).url))
    return f"{url.path}{'?' + url.query if url.query else ''}" if url.netloc == "testserver" else ""


def text_of(response: HttpResponse) -> str:
    content = response.getvalue()
    if "spreadsheet" in response.headers.get("Content-Type", ""):
        return "\n".join(str(cell.value) for row in load_workbook(io.BytesIO(content)).active for cell in row)
    return content.decode("utf-8", "replace")


@pytest.fixture
def crawl(matrix):  # noqa: F811
    def crawl(name: str) -> Crawl:
        return Crawl(matrix.visitor(name), matrix.world.records[OTHER_COUNTRY[name]].tokens).run()

    return crawl


@pytest.mark.parametrize("name", OTHER_COUNTRY)
def test_a_manager_of_another_country_sees_nobody_on_any_page(crawl, matrix, name):  # noqa: F811
    result = crawl(name)
    assert result.leaks == []
    own = matrix.world.records["kenya" if name == "rosa" else "egypt"].learner
    with_own = [path for path, text in result.pages.items() if own.name in text]
    # The crawl reached the lists, their searches and their exports.
    for url_name in ("attempts:index", "register:index", "completion_report"):
        assert any(path.startswith(reverse(url_name)) for path in with_own), url_name
    assert {form for form in FILES if any(f"export={form}" in path for path in with_own)} == set(FILES)
    assert any("q=" in path for path in result.pages)
    print(f"{name}: {len(result.pages)} pages, {len(with_own)} of them with people of their own, nobody else")


def test_control_without_the_scope_the_crawl_finds_other_people(crawl, monkeypatch):
    """visible_to() returns everybody."""
    monkeypatch.setattr(PersonalQuerySet, "visible_to", lambda self, user, role="": self.everybody("a control"))
    leaks = crawl("rosa").leaks
    for place in ("attempts", "register", "completion", "export=csv", "export=xlsx"):
        assert any(place in leak for leak in leaks), place


def test_no_email_tells_a_manager_about_people_of_another_country(matrix):  # noqa: F811
    """Emails about what happens to Mona from Egypt go to Mona only."""
    world = matrix.world
    egypt = world.records["egypt"]
    with rolled_back():
        issuing.revoke(egypt.certificate, "A clerical error.", world.people.omar)
        issuing.try_again(egypt.failed_certificate, world.people.omar)
        for email in Email.objects.unfinished():
            assert deliver_email(email.pk)
        assert [message.to for message in mail.outbox] == [[egypt.learner.email]]
        for email in Email.objects.exclude(user=egypt.learner):
            content = f"{email.subject} {email.text} {email.html}"
            assert not [word for word in egypt.tokens if word in content]


def list_seen_by(visitor, url_name: str) -> str:
    process_cache.forget()
    return text_of(visitor.client.get(reverse(url_name)))


@pytest.mark.parametrize("url_name", ["attempts:index", "register:index", "completion_report"])
def test_a_move_or_a_removed_role_changes_who_is_visible_from_the_next_request(matrix, url_name):  # noqa: F811
    world = matrix.world
    rosa, omar = matrix.visitor("rosa"), matrix.visitor("omar")
    name = world.people.mona.name
    with rolled_back():
        assert (name in list_seen_by(rosa, url_name), name in list_seen_by(omar, url_name)) == (False, True)
        type(world.people.mona).objects.filter(pk=world.people.mona.pk).update(country="KE")
        assert (name in list_seen_by(rosa, url_name), name in list_seen_by(omar, url_name)) == (True, False)
        type(world.people.mona).objects.filter(pk=world.people.mona.pk).update(country="")
        assert (name in list_seen_by(rosa, url_name), name in list_seen_by(omar, url_name)) == (False, False)
        roles.revoke(world.people.rosa, Role.MANAGER, "KE")
        assert world.people.amina.name not in list_seen_by(rosa, url_name)
