"""What is right is nobody's to know before they have answered: planted words are looked for behind every door.

By default a visitor and the learner of Kenya also send every form and follow every link; the others look and
search (FAULTS=full: everybody does all of it).
"""

import os
import re

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from courses.models.pages import LessonPage
from quizzes import attempts
from quizzes.admin import records
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, Review
from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.single import SingleChoice
from tests.access import answer_keys
from tests.access.answer_keys import READERS, Reader, drawn, leaks, readings
from tests.access.matrix import db, in_the_world  # noqa: F401
from tests.access.requests import taken_back
from tests.quizzes.secrets import COMMON_WORD, seen_in

pytestmark = pytest.mark.once

# Whoever is asked for in the first tier; everybody is in `make test-all`.
FIRST_TIER: dict[str, list] = {"amina": []}
THOROUGH = READERS if os.environ.get("FAULTS") == "full" else ("anonymous", "amina")
NOTHING = "kanaru"  # as long as the word that stands before every secret, and planted nowhere
MADE_ANEW = r"\b\w{32}\b|\b\w{64}\b|[0-9a-f-]{36}"  # tokens of forms, cookies


@pytest.fixture(scope="module")
def sealed(walk):
    answer_keys.plant(walk.world)
    return walk


@pytest.fixture
def room(sealed, in_the_world):  # noqa: F811
    """The walk in the planted world."""
    return sealed


@pytest.fixture
def handed_in(room):
    """Amina has handed in, without an answer; taken back afterwards."""
    with taken_back():
        attempts.submit(running(room))
        yield room


def reader(walk, name: str) -> Reader:
    return Reader(None if name == "anonymous" else getattr(walk.world.people, name))


def running(walk) -> Attempt:
    return walk.world.things["kenya"].running


def items(walk) -> list[str]:
    sitting = running(walk)
    return [reverse("quizzes:item", args=[sitting.uuid, item.position]) for item in sitting.items.all()]


def result(walk, name: str = "amina"):
    return reader(walk, name).read(reverse("quizzes:result", args=[running(walk).uuid]))


def inspected(walk, name: str):
    return reader(walk, name).read(reverse("attempts:inspect", args=[running(walk).pk]))


def test_every_kind_is_in_the_running_test_with_drafts_and_questions_that_were_not_drawn(room):
    words, paper = room.world.words, drawn(running(room))
    for kind in QUESTION_TYPES:
        told = [bool(paper & words.of(f"{kind} {name} now")) for name in ("one", "two")]
        assert sorted(told) == [False, True], kind
        assert words.of(f"{kind} one draft")
        assert words.of(f"{kind} one before")
    assert seen_in(str(list(QuestionVersion.objects.values_list("content", flat=True)))) > paper


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=FIRST_TIER.get(name, [pytest.mark.deep])) for name in READERS]
)
def test_nothing_that_anybody_but_an_author_can_reach_holds_a_secret(room, name, record_property):
    found = list(readings(room, reader(room, name), thorough=name in THOROUGH))
    assert leaks(room, found) == []
    assert not [reading.path for reading in found if reading.status == 500]
    record_property("read", f"{len(found)} answers, {len(room.world.words.places)} words")
    print(f"\n{name}: {len(found)} answers read for {len(room.world.words.places)} words")


@pytest.mark.parametrize("name", ["kofi", "grace"])
def test_authors_meet_them_so_the_words_are_there_to_be_found(room, name):
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[room.world.question.pk])
    assert reader(room, name).read(edit).secrets >= room.world.words.of("single one draft rationale")


def test_a_manager_sees_no_key_of_a_test_that_is_running_and_all_of_it_afterwards(room):
    before = inspected(room, "rosa")
    assert (before.status, before.secrets) == (200, set())
    with taken_back():
        attempts.submit(running(room))
        assert inspected(room, "rosa").secrets


def test_with_the_result_the_learner_is_told_about_every_item_of_their_paper(handed_in):
    told, words = result(handed_in).secrets, handed_in.world.words
    paper = drawn(running(handed_in))
    for kind in QUESTION_TYPES:
        mine = paper & words.of(kind)
        about = {word for word in mine if not words.places[word].endswith("rationale")}
        assert mine - about <= told, f"the rationale of {kind}"
        assert about & told, f"what is right of {kind}"


@pytest.mark.parametrize(("review", "round_over", "shows"), [
    (Review.SCORE, False, False), (Review.SCORE, True, False), (Review.MISSED, False, False), (Review.MISSED, True, True),
])  # fmt: skip
def test_a_result_that_keeps_the_key_back_holds_none_of_it(handed_in, review, round_over, shows):
    Attempt.objects.filter(pk=running(handed_in).pk).update(review=review)
    if round_over:
        QuizPage.objects.filter(pk=handed_in.world.quiz.pk).update(attempts_per_round=1)
    assert bool(result(handed_in).secrets) is shows


@pytest.mark.deep
def test_with_the_result_nobody_is_told_of_questions_that_were_not_drawn(handed_in):
    paper = drawn(running(handed_in))
    assert leaks(handed_in, readings(handed_in, reader(handed_in, "amina"), thorough=False), paper) == []
    assert leaks(handed_in, [result(handed_in, name) for name in ("mona", "rosa", "anonymous")]) == []


def test_a_knowledge_check_is_answered_only_for_who_may_read_its_lesson(room):
    lesson = room.world.lesson
    block = LessonPage.objects.get(pk=lesson.pk).body[0]
    form = {"check": block.id, "choice": block.value["options"].bound_blocks[1].id}
    told = {name: bool(reader(room, name).read(lesson.url, form, "POST").secrets) for name in ("anonymous", "amina")}
    assert told == {"anonymous": False, "amina": True}


def search(who: Reader, path: str, word: str) -> tuple[int, str]:
    """A list asked for a word, without the word itself and what is made anew for every page."""
    found = who.read(path, dict.fromkeys(answer_keys.QUESTION, word))
    return found.status, re.sub(rf"{word}|{MADE_ANEW}", "", found.text)


def searched(walk, name: str) -> list[str]:
    """The lists that answer a search for what stands in keys otherwise than a search for nothing."""
    who = reader(walk, name)
    paths = [
        path for key, path, _query in answer_keys.addresses(walk) if "search" in key or "list" in key or "index" in key
    ]
    paths += [reverse(door) for door in ("catalogue", "wagtailadmin_choose_page_search", "completion_report")]
    with time_machine.travel(timezone.now(), tick=False):  # lists say how long ago something was changed
        return [path for path in paths if search(who, path, COMMON_WORD) != search(who, path, NOTHING)]


@pytest.mark.parametrize("name", ["anonymous", "amina", "rosa"])
def test_searching_for_a_secret_is_answered_like_searching_for_nothing(room, name):
    assert searched(room, name) == []


def test_a_list_that_finds_what_stands_in_keys_is_seen(room, monkeypatch):
    def telling(request):
        found = QuestionVersion.objects.filter(content__icontains=request.GET["q"])
        return HttpResponse(f"{found.count()} found")

    monkeypatch.setattr(room.doors["catalogue"].pattern, "callback", telling)
    assert searched(room, "amina") == [reverse("catalogue")]


def test_an_item_page_that_shows_what_we_say_about_an_option_is_seen(room, monkeypatch):
    def telling(content, order, data: MultiValueDict):
        asked = SingleChoice().ask(content, order, data)
        feedback = {option["id"]: option["feedback"] for option in content["options"]}
        for row in asked["options"]:
            row["text"] += f"<!-- {feedback[row['id']]} -->"
        return asked

    monkeypatch.setattr(QUESTION_TYPES["single"], "ask", telling)
    found = leaks(room, map(reader(room, "amina").read, items(room)))
    assert [line for line in found if "single" in line] == found
    assert len(found) == 1


@pytest.mark.parametrize("where", ["header", "cookie", "json"])
def test_a_save_that_tells_is_seen(room, monkeypatch, where):
    secret = next(iter(room.world.words.of("single one now rationale")))

    def telling(request, attempt, position):
        reply = HttpResponse(f'{{"why": "{secret}"}}' if where == "json" else "{}")
        if where == "header":
            reply["X-Why"] = secret
        if where == "cookie":
            reply.set_cookie("why", secret)
        return reply

    monkeypatch.setattr(room.doors["quizzes:save"].pattern, "callback", telling)
    path = reverse("quizzes:save", args=[running(room).uuid, 1])
    assert leaks(room, [reader(room, "amina").read(path, {"op": "1"}, "POST")])


def test_a_page_for_managers_that_explains_a_running_test_is_seen(room, monkeypatch):
    def telling(self):
        return str([item.version.content for item in self.object.items.all()])

    monkeypatch.setattr(records.Inspect, "get_answers_display_value", telling)
    assert leaks(room, [inspected(room, "rosa")])


def test_a_number_is_known_again_however_it_is_written():
    for text in ("739150400012.25", "739,150,400,012.25", "739\u202f150\u202f400\u202f012,25", "0.00371952610007"):
        assert len(seen_in(text)) == 1, text
    assert seen_in("739150500012, 0.0037") == set()
