"""Nobody but authors sees the right answers before they have answered: planted words are searched for in every response.

By default a visitor and the learner from Kenya also send every form and follow every link. The others only read and
search (FAULTS=full: everybody does everything).
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
from privacy import exports
from privacy.models import DataCopy
from quizzes import attempts, eligibility
from quizzes.admin import records
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptState, Mark, Review
from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.single import SingleChoice
from tests.access import answer_keys
from tests.access.answer_keys import READERS, Reader, leaks, planted_words, read_everything
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.requests import rolled_back
from tests.quizzes.secrets import COMMON_WORD, secrets_in
from tests.support.mutations import Mutation

pytestmark = pytest.mark.once

# Mona and Omar are in another country what Amina and Rosa are here.
FULL = os.environ.get("FAULTS") == "full"
EACH_READER = [
    pytest.param(name, marks=[] if name == "amina" else pytest.mark.deep)
    for name in READERS
    if FULL or name not in ("mona", "omar")
]
THOROUGH = READERS if FULL else ("anonymous", "amina")
NOTHING = "kanaru"  # as long as the common prefix of the secrets, and planted nowhere
CHANGING = r"\b\w{32}\b|\b\w{64}\b|[0-9a-f-]{36}"  # tokens of forms, cookies


@pytest.fixture(scope="module")
def sealed_module(module_matrix):
    answer_keys.plant(module_matrix.world)
    return module_matrix


@pytest.fixture
def sealed_matrix(sealed_module, matrix):  # noqa: F811
    """The matrix in the world with the planted secrets."""
    return sealed_module


@pytest.fixture
def submitted(sealed_matrix):
    """The matrix after Amina has submitted her attempt without an answer. Rolled back afterwards."""
    with rolled_back():
        attempts.submit(running(sealed_matrix))
        yield sealed_matrix


def reader(sealed, name: str) -> Reader:
    return Reader(None if name == "anonymous" else getattr(sealed.world.people, name))


def running(sealed) -> Attempt:
    return sealed.world.records["kenya"].running_attempt


def items(sealed) -> list[str]:
    attempt = running(sealed)
    return [reverse("quizzes:item", args=[attempt.uuid, item.position]) for item in attempt.items.all()]


def result(sealed, name: str = "amina"):
    return reader(sealed, name).read(reverse("quizzes:result", args=[running(sealed).uuid]))


def mark_as_passed(attempt: Attempt) -> None:
    """A later mark that passes, as a regrade makes one."""
    last = attempt.marks.latest("number")
    Mark.objects.create(
        attempt=attempt, number=last.number + 1, score=last.max_score, max_score=last.max_score, passed=True, at=last.at
    )


def pages_of_the_test(sealed) -> list[str]:
    """The start page, every result of Amina's that is over, and a copy of her data that is made now."""
    amina = sealed.world.people.amina
    copy = DataCopy.objects.create(user=amina)
    assert exports.make(copy.pk)
    over = Attempt.objects.of(amina).filter(quiz_key=sealed.world.quiz.translation_key).exclude(state=AttemptState.OPEN)
    results = [reverse("quizzes:result", args=[attempt.uuid]) for attempt in over]
    return [sealed.world.quiz.url, reverse("learning"), *results, reverse("copy_file", args=[copy.uuid])]


def inspected(sealed, name: str):
    return reader(sealed, name).read(reverse("attempts:inspect", args=[running(sealed).pk]))


def test_every_type_is_in_the_running_attempt_with_drafts_and_questions_that_were_not_drawn(sealed_matrix):
    words, paper = sealed_matrix.world.words, planted_words(running(sealed_matrix))
    for kind in QUESTION_TYPES:
        shown = [bool(paper & words.of(f"{kind} {name} now")) for name in ("one", "two")]
        assert sorted(shown) == [False, True], kind
        assert words.of(f"{kind} one draft")
        assert words.of(f"{kind} one before")
    assert secrets_in(str(list(QuestionVersion.objects.values_list("content", flat=True)))) > paper


@pytest.mark.parametrize("name", EACH_READER)
def test_nothing_that_anybody_but_an_author_can_reach_holds_a_secret(sealed_matrix, name, record_property):
    responses = list(read_everything(sealed_matrix, reader(sealed_matrix, name), thorough=name in THOROUGH))
    assert leaks(sealed_matrix, responses) == []
    assert not [response.path for response in responses if response.status == 500]
    record_property("read", f"{len(responses)} answers, {len(sealed_matrix.world.words.places)} words")
    print(f"\n{name}: {len(responses)} answers read for {len(sealed_matrix.world.words.places)} words")


@pytest.mark.parametrize("name", ["kofi", "grace"])
def test_control_authors_see_the_planted_words(sealed_matrix, name):
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[sealed_matrix.world.question.pk])
    assert reader(sealed_matrix, name).read(edit).secrets >= sealed_matrix.world.words.of("single one draft rationale")


def test_a_manager_sees_what_was_right_and_never_the_key(sealed_matrix):
    before = inspected(sealed_matrix, "rosa")
    assert (before.status, before.secrets) == (200, set())
    with rolled_back():
        attempts.submit(running(sealed_matrix))
        after = inspected(sealed_matrix, "rosa")
        assert (after.status, after.secrets, "no answer" in after.text) == (200, set(), True)
        assert inspected(sealed_matrix, "grace").secrets, "who may open the bank sees the key"


def test_a_result_shows_who_has_passed_the_key_of_every_question_of_their_paper(submitted):
    mark_as_passed(running(submitted))
    shown, words = result(submitted).secrets, submitted.world.words
    paper = planted_words(running(submitted))
    for kind in QUESTION_TYPES:
        of_type = paper & words.of(kind)
        about = {word for word in of_type if not words.places[word].endswith("rationale")}
        assert of_type - about <= shown, f"the rationale of {kind}"
        assert about & shown, f"what is right of {kind}"


def fail(sealed, times: int) -> None:
    """Hand in so many attempts of Amina's without an answer."""
    for _ in range(times):
        attempts.submit(attempts.start(running(sealed).enrolment, sealed.world.quiz))


def after_a_failed_attempt(sealed) -> None:
    assert not running(sealed).marks.get().passed


def when_the_round_is_used_up(sealed) -> None:
    fail(sealed, 2)
    assert eligibility.check(running(sealed).enrolment, sealed.world.quiz).opens_at


def when_the_test_is_offline(sealed) -> None:
    QuizPage.objects.filter(pk=sealed.world.quiz.pk).update(live=False)


def when_only_the_score_is_shown(sealed) -> None:
    Attempt.objects.filter(pk=running(sealed).pk).update(review=Review.SCORE)
    mark_as_passed(running(sealed))


def while_an_attempt_runs_and_another_one_passes(sealed) -> None:
    """A regrade may pass an earlier attempt while the person takes the test again."""
    attempts.start(running(sealed).enrolment, sealed.world.quiz)
    mark_as_passed(running(sealed))


NOT_YET = (
    after_a_failed_attempt,
    when_the_round_is_used_up,
    when_the_test_is_offline,
    when_only_the_score_is_shown,
    while_an_attempt_runs_and_another_one_passes,
)


@pytest.mark.parametrize("story", NOT_YET)
def test_no_page_of_the_test_and_no_copy_of_ones_data_shows_a_key(submitted, story):
    story(submitted)
    pages = [reader(submitted, "amina").read(path) for path in pages_of_the_test(submitted)]
    assert [page.status for page in pages[1:]] == [200] * (len(pages) - 1)
    assert leaks(submitted, pages) == []


@pytest.mark.deep
def test_with_a_used_up_round_nothing_that_the_learner_can_reach_holds_a_secret(submitted):
    when_the_round_is_used_up(submitted)
    assert leaks(submitted, read_everything(submitted, reader(submitted, "amina"), thorough=FULL)) == []


@pytest.mark.deep
def test_a_result_shows_nobody_questions_that_were_not_drawn(submitted):
    mark_as_passed(running(submitted))
    paper = planted_words(running(submitted))
    assert leaks(submitted, read_everything(submitted, reader(submitted, "amina"), thorough=False), paper) == []
    assert leaks(submitted, [result(submitted, name) for name in ("mona", "rosa", "anonymous")]) == []


def test_control_without_the_check_the_key_of_a_failed_attempt_is_noticed(submitted):
    with Mutation(
        "quizzes.result_page:context", "results.context(attempt, withheld)", "results.context(attempt)"
    ).made():
        assert leaks(submitted, [result(submitted)])


@pytest.mark.deep
def test_a_manager_reads_no_key_anywhere_after_their_people_have_handed_in(submitted):
    assert leaks(submitted, read_everything(submitted, reader(submitted, "rosa"), thorough=False)) == []


def test_a_knowledge_check_is_answered_only_for_who_may_read_its_lesson(sealed_matrix):
    lesson = sealed_matrix.world.lesson
    block = LessonPage.objects.get(pk=lesson.pk).body[0]
    form = {"check": block.id, "choice": block.value["options"].bound_blocks[1].id}
    shown = {
        name: bool(reader(sealed_matrix, name).read(lesson.url, form, "POST").secrets)
        for name in ("anonymous", "amina")
    }
    assert shown == {"anonymous": False, "amina": True}


def search(visitor: Reader, path: str, word: str) -> tuple[int, str]:
    """Search a list. Return the status, and the text without the word and without tokens that change with every page."""
    response = visitor.read(path, dict.fromkeys(answer_keys.SEARCH_QUERY, word))
    return response.status, re.sub(rf"{word}|{CHANGING}", "", response.text)


def searched(sealed, name: str) -> list[str]:
    """Return the lists whose answer to a word of the keys differs from the answer to a word that occurs nowhere."""
    visitor = reader(sealed, name)
    paths = [
        path
        for key, path, _query in answer_keys.requests_of(sealed)
        if "search" in key or "list" in key or "index" in key
    ]
    paths += [reverse(name) for name in ("catalogue", "wagtailadmin_choose_page_search", "completion_report")]
    with time_machine.travel(timezone.now(), tick=False):  # lists say how long ago something was changed
        return [path for path in paths if search(visitor, path, COMMON_WORD) != search(visitor, path, NOTHING)]


@pytest.mark.parametrize("name", ["anonymous", "amina", "rosa"])
def test_searching_for_a_secret_is_answered_like_searching_for_nothing(sealed_matrix, name):
    assert searched(sealed_matrix, name) == []


def test_control_a_list_that_searches_the_keys_is_noticed(sealed_matrix, monkeypatch):
    def leaking(request):
        versions = QuestionVersion.objects.filter(content__icontains=request.GET["q"])
        return HttpResponse(f"{versions.count()} found")

    monkeypatch.setattr(sealed_matrix.url_patterns["catalogue"].django_pattern, "callback", leaking)
    assert searched(sealed_matrix, "amina") == [reverse("catalogue")]


def test_control_a_question_page_that_shows_feedback_is_noticed(sealed_matrix, monkeypatch):
    def leaking(content, order, data: MultiValueDict):
        asked = SingleChoice().ask(content, order, data)
        feedback = {option["id"]: option["feedback"] for option in content["options"]}
        for row in asked["options"]:
            row["text"] += f"<!-- {feedback[row['id']]} -->"
        return asked

    monkeypatch.setattr(QUESTION_TYPES["single"], "ask", leaking)
    lines = leaks(sealed_matrix, map(reader(sealed_matrix, "amina").read, items(sealed_matrix)))
    assert [line for line in lines if "single" in line] == lines
    assert len(lines) == 1


@pytest.mark.parametrize("where", ["header", "cookie", "json"])
def test_control_a_save_that_leaks_is_noticed(sealed_matrix, monkeypatch, where):
    secret = next(iter(sealed_matrix.world.words.of("single one now rationale")))

    def leaking(request, attempt, position):
        reply = HttpResponse(f'{{"why": "{secret}"}}' if where == "json" else "{}")
        if where == "header":
            reply["X-Why"] = secret
        if where == "cookie":
            reply.set_cookie("why", secret)
        return reply

    monkeypatch.setattr(sealed_matrix.url_patterns["quizzes:save"].django_pattern, "callback", leaking)
    path = reverse("quizzes:save", args=[running(sealed_matrix).uuid, 1])
    assert leaks(sealed_matrix, [reader(sealed_matrix, "amina").read(path, {"op": "1"}, "POST")])


def test_control_a_manager_page_that_explains_a_running_attempt_is_noticed(sealed_matrix, monkeypatch):
    def leaking(self):
        return str([item.version.content for item in self.object.items.all()])

    monkeypatch.setattr(records.AttemptInspectView, "get_answers_display_value", leaking)
    assert leaks(sealed_matrix, [inspected(sealed_matrix, "rosa")])


def test_a_number_is_recognised_in_every_notation():
    for text in ("739150400012.25", "739,150,400,012.25", "739\u202f150\u202f400\u202f012,25", "0.00371952610007"):
        assert len(secrets_in(text)) == 1, text
    assert secrets_in("739150500012, 0.0037") == set()
