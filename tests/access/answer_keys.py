"""The world with a test whose secrets are planted words, and readers who search every response for them."""

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
from tests.access.addresses import address, query_for
from tests.access.forms import form_data
from tests.access.matrix import Matrix, variants_of
from tests.access.requests import Visitor, rolled_back
from tests.quizzes import factories as tests_of
from tests.quizzes.secrets import COMMON_WORD, Words, plant_question, secrets_in
from tests.support import canary, factories

READERS = ("anonymous", "amina", "mona", "rosa", "omar", "guest")  # everybody who writes no questions
LINK = re.compile(r"""(?:href|src|action|data-(?:save|result|url))="([^"#]+)""")
ANSWERED = {"single", "multiple", "weighted", "truefalse", "reasoned", "kprim"}  # in the running attempt
# The search parameters of our lists, of Wagtail's and of its API.
SEARCH_QUERY = {"q": COMMON_WORD, "query": COMMON_WORD, "search": COMMON_WORD}
# Paths where other products expose such data.
OTHER_PATHS = (
    *("/sitemap.xml", "/robots.txt", "/api/", "/api/v2/pages/", "/sw.js", "/manifest.json"),
    *("/static/quiz.js", "/static/quiz/store.js", "/static/quiz/sender.js", "/static/quiz/clock.js"),
    *("/static/forms.js", "/static/forms/sender.js", "/static/unsent.js", "/static/connection.js"),
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
class ReadResponse:
    """One response with its whole text."""

    path: str
    status: int
    text: str

    @property
    def secrets(self) -> set[str]:
        return secrets_in(self.text)


class Reader(Visitor):
    """A visitor who reads headers, cookies and bodies, including the files packed in the bodies."""

    def read(self, path: str, data: dict | None = None, method: str = "GET") -> ReadResponse:
        self.reset()
        with rolled_back():
            response = self.request(method, path, data or {})
            content = response.getvalue()
        return ReadResponse(path, response.status_code, "\n".join([*self._around(response), *canary.texts(content)]))

    def _around(self, response: HttpResponse) -> Iterator[str]:
        yield str(dict(response.headers))
        yield response.cookies.output()


def plant(world) -> SimpleNamespace:
    """Create a course with a knowledge check and a test with every question type, and give the world records of it."""
    words = Words()
    course = factories.course("Keys", lessons=0, released=False)
    world.course, world.module = course, factories.module(course, "Sealed")
    factories.lesson(world.module, "Opening")  # the first lesson is open to everybody
    world.lesson = factories.lesson(world.module, "Sealed lesson", check(words, "check"))
    world.bank = {
        kind: [plant_question(kind, f"k-{kind}", words, f"{kind} {name}") for name in ("one", "two")]
        for kind in QUESTION_TYPES
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
        start_attempt(world, world.records[country], getattr(world.people, name))
    add_drafts(world)
    return world


def check(words: Words, where: str) -> dict:
    """Return a knowledge check with planted feedback."""
    block = factories.check_block("What now?", "This", "That")
    for option in block["value"]["options"]:
        option["value"]["feedback"] = words.word(f"{where} feedback")
    return block


def start_attempt(world, records, learner) -> None:
    """Start an attempt, answer some questions and make a data copy. No result has shown any key yet."""
    records.enrolment = tests_of.enrol(learner, world.quiz)
    records.finished_attempt = records.running_attempt = attempts.start(records.enrolment, world.quiz)
    for item in records.running_attempt.items.select_related("version"):
        answer = item.version.question_type.key(item.version.content["body"])
        # Free text of the learner is not secret, and a result does not repeat what was put in its right place.
        if item.version.question_type.name in ANSWERED:
            attempts.save(records.running_attempt, item, 1, answer, False)
    assert records.running_attempt.items.exclude(responses=None).count() == len(ANSWERED)
    records.copy = DataCopy.objects.create(user=learner)
    assert exports.make(records.copy.pk)


def add_drafts(world) -> None:
    """Create drafts: one in review, a scheduled one, an alias."""
    kofi, tomorrow = world.people.kofi, timezone.now() + datetime.timedelta(days=1)
    world.lesson.body = world.lesson._meta.get_field("body").to_python([check(world.words, "drafted check")])
    world.scheduled_revision = worlds.schedule(world.lesson, tomorrow)
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
    world.scheduled_question_revision = worlds.schedule(
        world.bank["numeric"][1].get_latest_revision_as_object(), tomorrow
    )


def requests_of(matrix: Matrix) -> Iterator[tuple[str, str, dict]]:
    """Yield (name, path, query) for every variant of every URL pattern and every question of the running attempts."""
    for key, declared in policy.RULES.items():
        for case in variants_of(declared):
            yield key, address(matrix.url_patterns[key], matrix.world, case), query_for(key, matrix.world)
    for records in matrix.world.records.values():
        for position in range(1, records.running_attempt.items.count() + 1):
            for name in ("item", "save"):
                yield name, reverse(f"quizzes:{name}", args=[records.running_attempt.uuid, position]), {}
    for path in OTHER_PATHS:
        yield "other", path, {}


def read_everything(matrix: Matrix, reader: Reader, thorough: bool = True) -> Iterator[ReadResponse]:
    """Read and search every URL. If `thorough`, also send every form and follow every link once."""
    known, responses = set(), []
    for key, path, query in requests_of(matrix):
        known.add(path)
        response = reader.read(path, query)
        yield response
        if thorough:
            yield reader.read(path, {"op": "1", **form_data(key, matrix.world)}, "POST")
        if response.status == 200:
            responses.append(response)
            yield reader.read(path, {**query, **SEARCH_QUERY})
    for path in sorted({link for response in responses for link in links(response)} - known) if thorough else ():
        yield reader.read(path)


def links(response: ReadResponse) -> Iterator[str]:
    """Yield the links to pages of this site, except sign-out."""
    for link in LINK.findall(response.text):
        path = urljoin(response.path, unescape(link))
        if path.startswith("/") and "logout" not in path:
            yield path


def leaks(matrix: Matrix, responses: Iterable[ReadResponse], known: Iterable[str] = ()) -> list[str]:
    """Return which secrets appear in which response, except those of `known`."""
    places = matrix.world.words.places
    return [
        f"{response.path} ({response.status}): {', '.join(sorted(places[word] for word in secrets))}"
        for response in responses
        if (secrets := response.secrets - set(known))
    ]


def planted_words(attempt: Attempt) -> set[str]:
    """Return the planted words in the questions of an attempt."""
    return secrets_in(str([item.version.content for item in attempt.items.select_related("version")]))
