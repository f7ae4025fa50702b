"""Neither the page of a question nor the reply to an answer reveals what is right, for every question type."""

import itertools
import re
from collections import Counter

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from accounts import process_cache
from courses import releases
from courses.models.records import CourseRelease
from quizzes import attempts, views
from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import FIELD
from quizzes.question_types.choice_base import option_ids, right_ids
from quizzes.question_types.multiple import MultipleChoice
from quizzes.question_types.schema import flaws_in
from quizzes.question_types.single import SingleChoice
from tests.access.requests import rolled_back
from tests.quizzes import factories, secrets
from tests.quizzes.secrets import UUID, Words, draw_order, other_body, planted_item, planting, right_and_wrong
from tests.support import factories as course_factories
from tests.support.tokens import without_tokens

pytestmark = pytest.mark.once

EACH_KIND = pytest.mark.parametrize("kind", QUESTION_TYPES)
PAPERS = 2400
CHANCE = 40.0  # a chi-square of this size comes by chance once in a hundred thousand times, or less often
# The right order is never shown, as there would be nothing to do. All other orders are equally likely.
NEVER_SHOWN_RIGHT = {"ordering"}
NEVER_DRAWN = {"truefalse", "numeric", "short", "freetext"}  # nothing to shuffle


@EACH_KIND
def test_a_planting_covers_every_text_and_is_a_question_that_an_author_could_write(kind):
    item = planted_item(kind, Words())
    assert list(secrets.missed_texts(kind, item)) == []
    assert flaws_in(QUESTION_TYPES[kind].schema, item) == []
    assert secrets.secrets_in(str(factories.body(kind, **item)))


@EACH_KIND
def test_the_context_of_a_question_page_holds_nothing_planted(kind):
    assert secrets.secrets_in(secrets.asked_text(kind, planted_item(kind, Words()))) == set()


def page_of(kind: str, item: dict) -> str:
    """The answer part of the page as it is sent, without ids and with its options, rows and list items sorted."""
    question_type, body = QUESTION_TYPES[kind], factories.body(kind, **item)
    asked = question_type.ask(body, draw_order(kind, body), MultiValueDict())
    html = render_to_string(
        question_type.question_template,
        {"asked": asked, "version": {"language": "en"}, "language": "en"},
    )
    html = " ".join(UUID.sub("id", html).split())
    return "\n".join(sorted(re.split(r"(?=<(?:label|li|tr|option)\b)", html)))


@EACH_KIND
def test_with_another_key_the_page_of_an_item_is_the_same_but_for_ids(kind):
    item = planted_item(kind, Words())
    assert page_of(kind, planting(kind).other(item)) == page_of(kind, item)


def groups(kind: str, body: dict) -> list[set[str]]:
    """The groups of ids that are shuffled together: all ids; in a case those of each step."""
    if "steps" in body:
        return [set(option_ids(step)) for step in body["steps"]]
    return [set(draw_order(kind, body))]


def places(kind: str, body: dict, group: set[str]) -> dict[str, Counter]:
    """How often each id of a group was at each place in it, over many papers."""
    counted: dict[str, Counter] = {}
    for seed in range(PAPERS):
        in_group = [name for name in draw_order(kind, body, seed) if name in group]
        for place, name in enumerate(in_group):
            counted.setdefault(name, Counter())[place] += 1
    return counted


def expected(kind: str, body: dict, name: str, ids: list[str]) -> Counter:
    """How often one id would be at each place by chance."""
    orders = list(itertools.permutations(ids))
    if kind in NEVER_SHOWN_RIGHT:
        orders.remove(tuple(QUESTION_TYPES[kind].key(body)))
    times = Counter(order.index(name) for order in orders)
    return Counter({place: PAPERS * count / len(orders) for place, count in times.items()})


def off(kind: str, body: dict) -> dict[str, float]:
    """The ids whose places are not random, with their chi-square."""
    sizes = {}
    for group in groups(kind, body):
        counted = places(kind, body, group)
        for name, counts in counted.items():
            wanted = expected(kind, body, name, list(counted))
            sizes[name] = sum((counts[place] - number) ** 2 / number for place, number in wanted.items())
    return {name: size for name, size in sizes.items() if size > CHANCE}


def is_drawn(kind: str, body: dict) -> bool:
    return len({tuple(draw_order(kind, body, seed)) for seed in range(50)}) > 1


@EACH_KIND
def test_the_place_of_an_option_is_random_or_the_same_for_every_key(kind):
    item = planted_item(kind, Words())
    body = factories.body(kind, **item)
    assert is_drawn(kind, body) == (kind not in NEVER_DRAWN)
    if is_drawn(kind, body):
        assert off(kind, body) == {}
    else:
        other = factories.body(kind, **planting(kind).other(item))
        assert draw_order(kind, body) == draw_order(kind, other)


def test_control_an_order_that_favours_the_right_option_is_noticed(monkeypatch):
    def partial(content, draw):
        order = SingleChoice().order(content, draw)
        key = next(iter(right_ids(content)))
        return [key, *(name for name in order if name != key)] if draw.random() < 0.1 else order

    monkeypatch.setattr(QUESTION_TYPES["single"], "order", partial)
    assert off("single", factories.body("single"))


def test_control_a_page_that_marks_the_right_option_is_noticed(monkeypatch):
    def revealing(content, order, data):
        asked = SingleChoice().ask(content, order, data)
        for row in asked["options"]:
            row["chosen"] = row["id"] in right_ids(content)
        return asked

    monkeypatch.setattr(QUESTION_TYPES["single"], "ask", revealing)
    item = planted_item("single", Words())
    assert page_of("single", planting("single").other(item)) != page_of("single", item)


def test_a_stored_answer_does_not_reveal_the_order_in_which_the_author_wrote_the_options():
    """A learner could read the order in a copy of their data during a test, and authors often write the right one first."""
    chosen = factories.body("multiple")["options"][:3]
    kept = []
    for written in itertools.permutations(chosen):
        body = {"options": [*written], "fixed_order": False}
        kept.append(MultipleChoice().parse(MultiValueDict({FIELD: [row["id"] for row in chosen]}), body))
    assert kept == [kept[0]] * 6


@pytest.fixture
def start_attempt(as_person, amina):
    """A running attempt of two questions of a type: (client, attempt, a right form, a wrong form)."""

    def begin(kind):
        item = planted_item(kind, Words())
        course = course_factories.course(lessons=0, released=False)
        for pool in ("p1", "p2"):
            factories.question(kind, pool, code=pool, **item)
        page = factories.quiz(course, [("p1", 1), ("p2", 1)])
        releases.release(course, CourseRelease.Kind.EDITORIAL, None)
        attempt = attempts.start(factories.enrol(amina, page), page)
        version = attempt.items.select_related("version").get(position=1).version
        body = version.content["body"]
        return as_person(amina), attempt, *right_and_wrong(kind, body, other_body(kind, item, "p1", version.key))

    return begin


def measured(client, attempt, name: str, form: dict) -> list:
    """Everything measurable about an answer: the reply, its headers, the queries, and the pages that follow."""
    urls = [reverse("quizzes:item", args=[attempt.uuid, 2]), reverse("quizzes:hand_in", args=[attempt.uuid])]
    with rolled_back():
        process_cache.forget()
        with CaptureQueriesContext(connection) as asked:
            reply = client.post(reverse(f"quizzes:{name}", args=[attempt.uuid, 1]), {"op": "1", **form})
        queries = len(asked)
        pages = [reply, *(client.get(url) for url in urls)]
    return [queries] + [
        (page.status_code, sorted(page.headers.items()), sorted(page.cookies), without_tokens(page)) for page in pages
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", factories.BY_RULE)
@time_machine.travel("2026-11-27T11:39:00Z", tick=False)  # the clock of the pages that follow
def test_right_and_wrong_are_answered_alike_to_the_byte(start_attempt, kind):
    client, attempt, right, wrong = start_attempt(kind)
    for name, status in (("save", 200), ("item", 302)):
        right_reply = measured(client, attempt, name, right)
        assert right_reply[1][0] == status
        assert measured(client, attempt, name, wrong) == right_reply


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["body", "header", "query"])
@time_machine.travel("2026-11-27T11:39:00Z", tick=False)
def test_control_a_reply_that_differs_for_right_and_wrong_is_noticed(start_attempt, where, monkeypatch):
    real = attempts.save

    def revealing(attempt, item, op, payload, flagged):
        latest = real(attempt, item, op, payload, flagged)
        right = item.version.question_type.grade(item.version.content["body"], payload).earned == 1
        if where == "query" and right:
            attempt.items.count()
        reply["X-Right"] = str(right)
        return latest + right * (where == "body")

    reply: dict = {}
    plain = views.JsonResponse
    monkeypatch.setattr(views.attempts, "save", revealing)
    monkeypatch.setattr(
        views,
        "JsonResponse",
        lambda *args, **kwargs: plain(*args, headers=reply if where == "header" else {}, **kwargs),
    )
    client, attempt, right, wrong = start_attempt("single")
    assert measured(client, attempt, "save", right) != measured(client, attempt, "save", wrong)
