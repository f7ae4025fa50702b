"""A manager of another country meets nobody: every page that leads on from their own, searched, filtered and exported, and every mail."""

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
from elearning import urls as _urls  # noqa: F401 - the doors are known
from tests.access.matrix import db, in_the_world  # noqa: F401
from tests.access.requests import taken_back

pytestmark = [pytest.mark.deep, pytest.mark.once]

BEGINNINGS = (
    "/en/",
    "/en/learning/",
    "/admin/",
    "/admin/reports/",
    "/admin/pages/",
    "/admin/images/",
    "/admin/documents/",
)
ABROAD = {"rosa": "egypt", "omar": "kenya"}
FILES = ("csv", "xlsx")
# Signing out, pages that differ by a number only, and the same pages in the other languages.
NOT_FOLLOWED = re.compile(
    r"/logout|/jsi18n|/static/|/media/|/i18n/|sprite|\?p=\d|ordering=|/en/standards/.+|^/(?:ar|es|fr|ru|zh-hans)/"
)


class Crawl:
    """Everything somebody finds who follows each link, asks each list for a stranger, and takes each list away as a file."""

    def __init__(self, visitor, hidden: tuple[str, ...]):
        self.visitor, self.hidden = visitor, hidden
        self.pages: dict[str, str] = {}
        self.met: list[str] = []

    def run(self, most: int = 600) -> Crawl:
        waiting = deque(BEGINNINGS)
        while waiting and len(self.pages) < most:
            path = waiting.popleft()
            if path in self.pages or NOT_FOLLOWED.search(path):
                continue
            waiting.extend(self.open(path))
        return self

    def open(self, path: str) -> list[str]:
        """Where the page leads on."""
        process_cache.forget()
        with taken_back():
            response = self.visitor.client.get(path, follow=True)
            text = words_of(response)
        self.pages[path] = text
        # What somebody typed stands in the form again, and in the address.
        shown = text.replace(html.escape(urlsplit(path).query), "")
        asked = re.findall(r"q=([^&]*)", urlsplit(path).query)
        self.met += [f"{path}: {word}" for word in self.hidden if word in shown and word not in asked]
        if "html" not in response.headers.get("Content-Type", ""):
            return []
        found = [address for address in (ours(link, path) for link in self.links(text)) if address]
        return [*found, *self.questions(text, path)]

    @staticmethod
    def links(text: str) -> list[str]:
        """Of the page, and of the menu, which the admin's script builds."""
        return re.findall(r'(?<![\w-])(?:href|data-[a-z-]*url|action|src)="([^"]+)"', text) + re.findall(
            r'"url": "(/[^"]+)"', text
        )

    def questions(self, text: str, path: str) -> list[str]:
        """The same list asked for each of the strangers, and as a file."""
        bare = path.partition("?")[0]
        asked = [f"{bare}?export={form}" for form in FILES if "export=" in text]
        if re.search(r'name="q"', text):
            asked += [f"{bare}?q={word.split()[0]}" for word in self.hidden]
        return asked


def ours(link: str, base: str) -> str:
    found = urlsplit(urljoin(f"http://testserver{base}", urldefrag(html.unescape(link)).url))
    return f"{found.path}{'?' + found.query if found.query else ''}" if found.netloc == "testserver" else ""


def words_of(response: HttpResponse) -> str:
    content = response.getvalue()
    if "spreadsheet" in response.headers.get("Content-Type", ""):
        return "\n".join(str(cell.value) for row in load_workbook(io.BytesIO(content)).active for cell in row)
    return content.decode("utf-8", "replace")


@pytest.fixture
def crawl(in_the_world):  # noqa: F811
    def crawl(name: str) -> Crawl:
        return Crawl(in_the_world.visitor(name), in_the_world.world.things[ABROAD[name]].tokens).run()

    return crawl


@pytest.mark.parametrize("name", ABROAD)
def test_whoever_manages_another_country_meets_nobody_wherever_they_go(crawl, in_the_world, name):  # noqa: F811
    seen = crawl(name)
    assert seen.met == []
    own = in_the_world.world.things["kenya" if name == "rosa" else "egypt"].learner
    with_own = [path for path, text in seen.pages.items() if own.name in text]
    # The crawl did come to the lists, their searches and their files.
    for door in ("attempts:index", "register:index", "completion_report"):
        assert any(path.startswith(reverse(door)) for path in with_own), door
    assert {form for form in FILES if any(f"export={form}" in path for path in with_own)} == set(FILES)
    assert any("q=" in path for path in seen.pages)
    print(f"{name}: {len(seen.pages)} pages, {len(with_own)} of them with people of their own, nobody else")


def test_without_the_scope_the_same_crawl_meets_strangers(crawl, monkeypatch):
    """The control: visible_to() shows everybody."""
    monkeypatch.setattr(PersonalQuerySet, "visible_to", lambda self, user, role="": self.everybody("a control"))
    met = crawl("rosa").met
    for place in ("attempts", "register", "completion", "export=csv", "export=xlsx"):
        assert any(place in each for each in met), place


def test_no_mail_tells_a_manager_of_people_of_another_country(in_the_world):  # noqa: F811
    """What happens to Mona of Egypt is told to Mona, whatever letters the product writes about it."""
    world = in_the_world.world
    egypt = world.things["egypt"]
    with taken_back():
        issuing.revoke(egypt.certificate, "A clerical error.", world.people.omar)
        issuing.try_again(egypt.given_up, world.people.omar)
        for email in Email.objects.unfinished():
            assert deliver_email(email.pk)
        assert [message.to for message in mail.outbox] == [[egypt.learner.email]]
        for email in Email.objects.exclude(user=egypt.learner):
            told = f"{email.subject} {email.text} {email.html}"
            assert not [word for word in egypt.tokens if word in told]


def seen_by(visitor, door: str) -> str:
    process_cache.forget()
    return words_of(visitor.client.get(reverse(door)))


@pytest.mark.parametrize("door", ["attempts:index", "register:index", "completion_report"])
def test_whoever_moves_or_gives_up_a_role_is_seen_by_others_from_the_next_request(in_the_world, door):  # noqa: F811
    world = in_the_world.world
    rosa, omar = in_the_world.visitor("rosa"), in_the_world.visitor("omar")
    name = world.people.mona.name
    with taken_back():
        assert (name in seen_by(rosa, door), name in seen_by(omar, door)) == (False, True)
        type(world.people.mona).objects.filter(pk=world.people.mona.pk).update(country="KE")
        assert (name in seen_by(rosa, door), name in seen_by(omar, door)) == (True, False)
        type(world.people.mona).objects.filter(pk=world.people.mona.pk).update(country="")
        assert (name in seen_by(rosa, door), name in seen_by(omar, door)) == (False, False)
        roles.revoke(world.people.rosa, Role.MANAGER, "KE")
        assert world.people.amina.name not in seen_by(rosa, door)
