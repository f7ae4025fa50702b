"""The walk's world with a test whose every secret is a planted word, and readers who look for these words everywhere."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from types import SimpleNamespace
from urllib.parse import urljoin

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from courses import releases
from courses.models.pages import LessonPage
from courses.models.records import CourseRelease
from privacy import exports
from privacy.models import DataCopy
from quizzes import attempts
from quizzes.models.questions import Question
from quizzes.models.records import Attempt
from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from tests.access import policy
from tests.access import world as worlds
from tests.access.addresses import address, asked
from tests.access.forms import filled_in
from tests.access.matrix import Walk, cases_of
from tests.access.requests import Visitor, taken_back
from tests.quizzes import factories as tests_of
from tests.quizzes.secrets import COMMON_WORD, Words, seen_in, sow
from tests.support import canary, factories

READERS = ("anonymous", "amina", "mona", "rosa", "omar", "guest")  # whoever writes no questions
LINK = re.compile(r"""(?:href|src|action|data-(?:save|result|url))="([^"#]+)""")
ANSWERED = {"single", "multiple", "weighted", "truefalse", "reasoned", "kprim"}  # in the running test
# What is asked of whatever opens: a search in the words of our lists, of Wagtail's and of its API.
QUESTION = {"q": COMMON_WORD, "query": COMMON_WORD, "search": COMMON_WORD}
# Where others have kept such things.
ELSEWHERE = (
    *("/sitemap.xml", "/robots.txt", "/api/", "/api/v2/pages/", "/sw.js", "/manifest.json"),
    *("/static/quiz.js", "/static/quiz/store.js", "/static/quiz/sender.js", "/static/quiz/clock.js"),
    *("/en/quiz/", "/media/", "/courses/library/foundations/", "/admin/api/main/pages/?fields=*&type=quizzes.QuizPage"),
    *(
        "/admin/choose-page/?page_type=quizzes.QuizPage",
        "/admin/choose-page/search/?q=kanari",
        "/admin/pages/search/?q=kanari",
    ),
    *("/admin/snippets/quizzes/question/?q=kanari&export=csv", "/admin/snippets/choose/quizzes/question/?q=kanari"),
    *(
        "/admin/reports/site-history/?export=csv",
        "/admin/reports/workflow/?export=csv",
        "/admin/reports/workflow_tasks/?export=csv",
    ),
    *(
        "/admin/reports/locked/?export=csv",
        "/admin/reports/aging-pages/?export=csv",
        "/admin/reports/page-types-usage/",
    ),
)


@dataclass(frozen=True)
class Reading:
    """One answer, read to its end."""

    path: str
    status: int
    text: str

    @property
    def secrets(self) -> set[str]:
        return seen_in(self.text)


class Reader(Visitor):
    """Somebody who reads whatever comes: bodies with what is packed in them, headers, cookies."""

    def read(self, path: str, data: dict | None = None, method: str = "GET") -> Reading:
        self.begin()
        with taken_back():
            response = self.request(method, path, data or {})
            content = response.getvalue()
        return Reading(path, response.status_code, "\n".join([*self._around(response), *canary.texts(content)]))

    def _around(self, response: HttpResponse) -> Iterator[str]:
        yield str(dict(response.headers))
        yield response.cookies.output()


def plant(world) -> SimpleNamespace:
    """A course with a check in its lesson and a test of every kind; the world's records and drafts become those of it."""
    words = Words()
    course = factories.course("Keys", lessons=0, released=False)
    world.course, world.module = course, factories.module(course, "Sealed")
    world.lesson = factories.lesson(world.module, "Sealed lesson", check(words, "check"))
    world.bank = {
        kind: [sow(kind, f"k-{kind}", words, f"{kind} {name}") for name in ("one", "two")] for kind in QUESTION_TYPES
    }
    tests_of.question("single", pool="k-never", publish=False)
    world.quiz = tests_of.quiz(
        course,
        [(f"k-{kind}", 1) for kind in tests_of.BY_RULE],
        title="Sealed test",
        fixed=[world.bank[kind][0] for kind in MARKED_BY_PEOPLE],
    )
    releases.release(course, CourseRelease.Kind.EDITORIAL, None)
    world.words = words
    for country, name in worlds.LEARNERS.items():
        sit(world, world.things[country], getattr(world.people, name))
    draft(world)
    return world


def check(words: Words, where: str) -> dict:
    """A knowledge check whose feedback is planted."""
    block = factories.check_block("What now?", "This", "That")
    for option in block["value"]["options"]:
        option["value"]["feedback"] = words.word(f"{where} feedback")
    return block


def sit(world, thing, learner) -> None:
    """At a running test; a copy of their data was taken meanwhile. No test of theirs has shown any of it yet."""
    thing.enrolment = tests_of.enrol(learner, world.quiz)
    thing.sat = thing.running = attempts.start(thing.enrolment, world.quiz)
    for item in thing.running.items.select_related("version"):
        answer = item.version.question_type.key(item.version.content["body"])
        # What somebody writes themselves is no secret of ours; nor does a result tell again what was put in its right place.
        if item.version.question_type.name in ANSWERED:
            attempts.save(thing.running, item, 1, answer, False)
    assert thing.running.items.exclude(responses=None).count() == len(ANSWERED)
    thing.copy = DataCopy.objects.create(user=learner)
    assert exports.make(thing.copy.pk)


def draft(world) -> None:
    """Authors go on: in drafts that wait for review, that are planned, that are copied."""
    kofi, tomorrow = world.people.kofi, timezone.now() + datetime.timedelta(days=1)
    world.lesson.body = world.lesson._meta.get_field("body").to_python([check(world.words, "drafted check")])
    world.planned = worlds.planned(world.lesson, tomorrow)
    world.alias = world.lesson.create_alias(parent=world.other_lesson.get_parent(), update_slug="sealed-alias")
    world.draft = LessonPage(title="Sealed draft", slug="sealed-draft", number="1", minutes=5, live=False, owner=kofi)
    world.draft.body = world.draft._meta.get_field("body").to_python([check(world.words, "draft check")])
    world.module.add_child(instance=world.draft)
    world.draft_revision = world.draft.save_revision(user=kofi)
    world.draft_review = world.workflow.start(world.draft, kofi)
    world.question = world.bank["single"][0]
    world.question_revision = world.question.latest_revision
    world.question_review = world.workflow.start(world.question, kofi)
    world.locked_question = world.bank["multiple"][1]
    Question.objects.filter(pk=world.locked_question.pk).update(locked=True, locked_by=world.people.administrator)
    world.question_planned = worlds.planned(world.bank["numeric"][1].get_latest_revision_as_object(), tomorrow)


def addresses(walk: Walk) -> Iterator[tuple[str, str, dict]]:
    """(door, path, what its form sends) of every door, in each of its cases, and of every item of the running tests."""
    for key, declared in policy.RULES.items():
        for case in cases_of(declared):
            yield key, address(walk.doors[key], walk.world, case), asked(key, walk.world)
    for thing in walk.world.things.values():
        for position in range(1, thing.running.items.count() + 1):
            for name in ("item", "save"):
                yield name, reverse(f"quizzes:{name}", args=[thing.running.uuid, position]), {}
    for path in ELSEWHERE:
        yield "elsewhere", path, {}


def readings(walk: Walk, reader: Reader, thorough: bool = True) -> Iterator[Reading]:
    """Every address looked at; what opens is searched. Thorough: every form is sent too, and every link followed once."""
    known, found = set(), []
    for key, path, query in addresses(walk):
        known.add(path)
        looked_at = reader.read(path, query)
        yield looked_at
        if thorough:
            yield reader.read(path, {"op": "1", **filled_in(key, walk.world)}, "POST")
        if looked_at.status == 200:
            found.append(looked_at)
            yield reader.read(path, {**query, **QUESTION})
    for path in sorted({link for reading in found for link in links(reading)} - known) if thorough else ():
        yield reader.read(path)


def links(reading: Reading) -> Iterator[str]:
    """Where a page leads within the site, the reader's own sign-out aside."""
    for link in LINK.findall(reading.text):
        path = urljoin(reading.path, unescape(link))
        if path.startswith("/") and "logout" not in path:
            yield path


def leaks(walk: Walk, found: Iterable[Reading], known: Iterable[str] = ()) -> list[str]:
    """What was found out, beside what is known already, and where."""
    places = walk.world.words.places
    return [
        f"{reading.path} ({reading.status}): {', '.join(sorted(places[word] for word in secrets))}"
        for reading in found
        if (secrets := reading.secrets - set(known))
    ]


def drawn(attempt: Attempt) -> set[str]:
    """The planted words of a paper."""
    return seen_in(str([item.version.content for item in attempt.items.select_related("version")]))
