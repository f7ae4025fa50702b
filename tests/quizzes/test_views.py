"""The pages of an attempt as a browser without JavaScript uses them."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from quizzes import answers, attempts
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptState, Mark, Response
from quizzes.question_types import MARKED_BY_PEOPLE
from tests.quizzes.factories import BY_RULE, ITEMS, answer_all, course_with_test, enrol
from tests.quizzes.requests import posted
from tests.support.tiers import sampled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
KINDS = list(ITEMS)


@pytest.fixture
def start_attempt(as_person):
    """Start an attempt of a signed-in person. Return (client, attempt)."""

    def begin(user, kinds=("single", "single"), **fields):
        page = course_with_test(kinds, **fields)
        enrolment = enrol(user, page)
        return as_person(user), attempts.start(enrolment, page)

    return begin


def url(name: str, attempt: Attempt, *args) -> str:
    return reverse(f"quizzes:{name}", args=[attempt.uuid, *args])


def key_form(item) -> dict:
    question_type, body = item.version.question_type, item.version.content["body"]
    return dict(question_type.fields(question_type.key(body)).lists())


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_from_the_start_page_to_the_result_with_plain_forms(as_person, amina):
    page = course_with_test(BY_RULE)
    enrolment = enrol(amina, page)
    client = as_person(amina)
    start_page = client.get(page.get_url())
    assert "Start the test" in text(start_page)
    reply = client.post(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key]), follow=True)
    attempt = Attempt.objects.get()
    assert reply.redirect_chain[-1] == (url("item", attempt, 1), 302)
    for item in attempt.items.select_related("version"):
        shown = client.get(url("item", attempt, item.position))
        assert f"Question {item.position} of {len(BY_RULE)}." in text(shown)
        reply = client.post(url("item", attempt, item.position), key_form(item))
    assert reply["Location"] == url("hand_in", attempt)
    assert "Every question has an answer" in text(client.get(url("hand_in", attempt)))
    reply = client.post(url("hand_in", attempt), follow=True)
    assert "Passed" in text(reply)
    assert "See your certificate" in text(reply)
    assert Mark.objects.get().passed


@pytest.mark.parametrize("kind", sampled(KINDS))
def test_a_saved_answer_is_in_the_form_again(start_attempt, amina, kind):
    client, attempt = start_attempt(amina, [kind])
    item = attempt.items.get()
    question_type, body = item.version.question_type, item.version.content["body"]
    plain = client.get(url("item", attempt, 1)).content.decode()
    client.post(url("item", attempt, 1), key_form(item))
    again = client.get(url("item", attempt, 1)).content.decode()
    assert question_type.parse(MultiValueDict(posted(plain)), body) is None
    # Of a case only the first step is on the page, whatever was posted for those that come later.
    shown = {name: values for name, values in key_form(item).items() if name in plain}
    assert shown
    assert question_type.parse(MultiValueDict(posted(again)), body) == question_type.parse(MultiValueDict(shown), body)


@pytest.mark.parametrize("kind", sampled(KINDS))
def test_neither_key_nor_feedback_nor_rationale_reaches_the_browser_before_passing(start_attempt, amina, kind):
    client, attempt = start_attempt(amina, [kind, kind])
    version = attempt.items.first().version
    version.content["rationale"] = "CANARY rationale"
    body = version.content["body"]
    body["feedback"] = "CANARY feedback"
    rows = [row for name in ("options", "pairs", "statements", "things") for row in body.get(name, [])]
    for row in rows + [option for step in body.get("steps", []) for option in step["options"]]:
        row["feedback"] = "CANARY feedback"
    version.save()
    item = attempt.items.first()
    client.post(url("item", attempt, 1), key_form(item))
    pages = [
        client.get(url("item", attempt, 1)),
        client.get(url("hand_in", attempt)),
        client.post(url("save", attempt, 1), {"op": 2, **key_form(item)}),
        client.get(url("result", attempt), follow=True),
        client.get("/en/care/final-test/"),
    ]
    shown = b"".join(page.content for page in pages).decode()
    assert [word for word in ("CANARY", 'class="right"', "correct", "tolerance") if word in shown] == []
    client.post(url("hand_in", attempt))
    assert "CANARY" not in client.get(url("result", attempt)).content.decode()
    if kind not in MARKED_BY_PEOPLE:
        Mark.objects.create(attempt=attempt, number=2, score=2, max_score=2, passed=True, at=timezone.now())
        assert "CANARY" in client.get(url("result", attempt)).content.decode()


@time_machine.travel("2026-11-27T11:39:00Z", tick=False)  # each reply says when it expires
def test_a_save_is_acknowledged_the_same_way_for_right_and_wrong(start_attempt, amina):
    client, attempt = start_attempt(amina)
    ids = [option["id"] for option in attempt.items.first().version.content["body"]["options"]]
    replies = [client.post(url("save", attempt, 1), {"op": op, "answer": name}) for op, name in enumerate(ids, 1)]
    assert [reply.json() for reply in replies] == [{"latest": op, "state": "answered"} for op in (1, 2, 3)]
    assert len({tuple(sorted(reply.headers.items())) for reply in replies}) == 1


def test_a_save_under_a_number_that_is_taken_is_a_conflict_that_names_the_latest(start_attempt, amina):
    client, attempt = start_attempt(amina)
    a, b, _c = (option["id"] for option in attempt.items.first().version.content["body"]["options"])
    first, again, other = (client.post(url("save", attempt, 1), {"op": 1, "answer": name}) for name in (a, a, b))
    assert [first.status_code, again.status_code, other.status_code] == [200, 200, 409]
    assert other.json() == {"latest": 1}
    assert Response.objects.count() == 1


@pytest.mark.parametrize("op", sampled(["", "0", "-1", "x", "1.5", "1001", "9" * 40, "000000001" + "9" * 30, "²", "१"]))
def test_a_save_without_a_usable_number_is_refused(start_attempt, amina, op):
    client, attempt = start_attempt(amina)
    assert client.post(url("save", attempt, 1), {"op": op}).status_code == 400
    assert Response.objects.count() == 0


JUNK = [{"answer": "x" * 5000}, {"answer": ["a", "b"]}, {"pair-x": "y"}, {"place-x": "y"}, {"answer": "\x00"}]


@pytest.mark.parametrize("kind", sampled(KINDS))
def test_a_malformed_answer_gives_a_message_and_never_an_error_page(start_attempt, amina, kind):
    client, attempt = start_attempt(amina, [kind])
    for junk in JUNK:
        assert client.post(url("item", attempt, 1), junk).status_code in (302, 422)
        assert client.post(url("save", attempt, 1), {"op": 9, **junk}).status_code in (200, 422)
    assert [response.payload for response in Response.objects.exclude(payload=None)] == []


def test_a_form_with_an_error_keeps_what_was_typed(start_attempt, amina):
    client, attempt = start_attempt(amina, ["numeric"])
    reply = client.post(url("item", attempt, 1), {"answer": "a quarter", "flag": "on"})
    html = reply.content.decode()
    assert 'value="a quarter"' in html
    assert "This is not a number." in text(reply)
    assert 'name="flag" checked' in html
    assert Response.objects.count() == 0


def test_an_item_that_does_not_exist_is_not_found(start_attempt, amina):
    client, attempt = start_attempt(amina)
    for position in (0, 3, 99999999999999999999):
        assert client.get(url("item", attempt, position)).status_code == 404
        assert client.post(url("item", attempt, position)).status_code == 404
        assert client.post(url("save", attempt, position), {"op": 1}).status_code == 404


def test_somebody_elses_attempt_is_not_found(start_attempt, amina, baraka, client):
    _client, attempt = start_attempt(amina)
    client.force_login(baraka, backend="allauth.account.auth_backends.AuthenticationBackend")
    replies = [
        client.get(url("attempt", attempt)),
        client.get(url("item", attempt, 1)),
        client.post(url("item", attempt, 1)),
        client.post(url("save", attempt, 1), {"op": 1}),
        client.get(url("hand_in", attempt)),
        client.post(url("hand_in", attempt)),
        client.get(url("result", attempt)),
        client.post(reverse("quizzes:start", args=[attempt.enrolment.uuid, attempt.quiz_key])),
    ]
    assert [reply.status_code for reply in replies] == [404] * 8
    attempt.refresh_from_db()
    assert (attempt.state, attempt.seq) == (AttemptState.OPEN, 0)


def test_visitors_are_asked_to_sign_in(start_attempt, amina, client):
    _client, attempt = start_attempt(amina)
    client.logout()
    for name, args in (("attempt", []), ("item", [1]), ("hand_in", []), ("result", [])):
        assert client.get(url(name, attempt, *args))["Location"].startswith("/en/accounts/login/")


def test_no_page_of_a_test_is_kept_by_the_browser(start_attempt, amina):
    client, attempt = start_attempt(amina)
    pages = [
        client.get(url("item", attempt, 1)),
        client.get(url("hand_in", attempt)),
        client.get("/en/care/final-test/"),
    ]
    client.post(url("hand_in", attempt))
    pages.append(client.get(url("result", attempt)))
    assert ["no-store" in page["Cache-Control"] for page in pages] == [True] * 4


def test_coming_back_after_the_deadline_redirects_to_the_result_with_a_message(start_attempt, amina):
    client, attempt = start_attempt(amina)
    answer_all(attempt, right=1)
    with time_machine.travel(timezone.now() + timedelta(minutes=46), tick=False):
        client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
        reply = client.get(url("item", attempt, 2), follow=True)
    assert reply.redirect_chain == [(url("result", attempt), 302)]
    assert "The time was up at" in text(reply)
    attempt.refresh_from_db()
    assert (attempt.state, Mark.objects.get().score) == (AttemptState.CLOSED, 1)


def test_a_double_click_on_hand_in_gives_one_result(start_attempt, amina):
    client, attempt = start_attempt(amina)
    replies = [client.post(url("hand_in", attempt)) for _ in range(3)]
    assert {reply["Location"] for reply in replies} == {url("result", attempt)}
    assert Mark.objects.count() == 1


def test_an_answer_sent_after_handing_in_changes_nothing_and_says_so(start_attempt, amina):
    client, attempt = start_attempt(amina)
    client.post(url("hand_in", attempt))
    item = attempt.items.first()
    assert client.post(url("save", attempt, 1), {"op": 1, **key_form(item)}).status_code == 410
    reply = client.post(url("item", attempt, 1), key_form(item), follow=True)
    assert "was already handed in" in text(reply)
    assert Response.objects.count() == 0


def test_the_overview_says_the_state_of_every_item_in_words(start_attempt, amina):
    client, attempt = start_attempt(amina, ["single"] * 3)
    client.post(url("item", attempt, 1), {**key_form(attempt.items.first()), "flag": "on"})
    html = client.get(url("item", attempt, 2)).content.decode()
    assert re.findall(r'aria-label="(Question [^"]+)"', html) == [
        "Question 1, answered, flagged",
        "Question 2, you are here",
        "Question 3, no answer yet",
    ]
    assert "1 answered, 2 empty , 1 flagged" in " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_start_page_lists_the_lessons_that_are_left(as_person, amina):
    page = course_with_test(lessons=2)
    enrol(amina, page, lessons_done=False)
    shown = text(as_person(amina).get(page.get_url()))
    assert "Opens when the lessons are done" in shown
    assert "Start the test" not in shown
    assert "Lesson 1" in shown
    assert "Lesson 2" in shown


def test_the_start_page_says_when_the_next_round_opens_in_the_learners_own_time(as_person, amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    with time_machine.travel("2026-11-27T11:39:00Z", tick=False):
        for _ in range(3):
            attempts.submit(attempts.start(enrolment, page))
        client = as_person(amina)
        shown = text(client.get(page.get_url()))
        reply = client.post(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key]), follow=True)
    assert "Saturday 28 November, 14:39 , your time" in shown  # Nairobi is three hours ahead
    assert "The next attempt opens on" in text(reply)
    assert Attempt.objects.count() == 3


def test_the_start_page_says_that_the_bank_is_too_small(as_person, amina):
    page = course_with_test()
    enrol(amina, page)
    page.draws[0].value["count"] = 9
    page.save()
    shown = text(as_person(amina).get(page.get_url()))
    assert "This test is not ready" in shown
    assert "Start the test" not in shown


def test_staff_see_the_start_page_without_a_button(as_person, prepared, kofi):
    page = course_with_test()
    shown = text(as_person(kofi).get(page.get_url()))
    assert "You see this test because you work on content." in shown
    assert "Start the test" not in shown


def test_a_get_request_starts_no_attempt(as_person, amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    assert (
        as_person(amina).get(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key])).status_code == 405
    )
    assert Attempt.objects.count() == 0


def test_the_arabic_page_marks_what_is_english_as_english(start_attempt, mona):
    client, attempt = start_attempt(mona)
    html = client.get(url("item", attempt, 1).replace("/en/", "/ar/")).content.decode()
    assert '<html lang="ar" dir="rtl">' in html
    assert '<h1 class="question" lang="en" dir="ltr">' in html


def test_an_empty_form_takes_back_no_answer_of_another_tab(start_attempt, amina):
    client, attempt = start_attempt(amina)
    item = attempt.items.select_related("version").first()
    client.post(url("save", attempt, 1), {"op": 1, **key_form(item)})
    client.post(url("item", attempt, 1), {"op": 0, "flag": "on"})
    assert answers.grading_input(attempt)[1][1] == Response.objects.get().payload


def test_a_form_with_an_answer_and_no_number_is_saved(start_attempt, amina):
    client, attempt = start_attempt(amina)
    item = attempt.items.select_related("version").first()
    client.post(url("item", attempt, 1), {"op": 0, **key_form(item)})
    assert Response.objects.get().op == 1


BEGIN = 18


@pytest.mark.parametrize("count", [10, 30])
def test_the_number_of_queries_does_not_grow_with_the_paper(as_person, amina, django_assert_num_queries, count):
    page = course_with_test(["single"] * count)
    enrolment, client = enrol(amina, page), as_person(amina)
    client.get(page.get_url())
    with django_assert_num_queries(BEGIN):
        client.post(reverse("quizzes:start", args=[enrolment.uuid, page.translation_key]))
    attempt = Attempt.objects.get()
    item = attempt.items.select_related("version").first()
    form = key_form(item)
    client.get(url("item", attempt, 1))
    with django_assert_num_queries(4):
        client.get(url("item", attempt, 1))
    with django_assert_num_queries(8):
        client.post(url("save", attempt, 1), {"op": 1, **form})
    with django_assert_num_queries(7):  # the process cache holds the item and its version
        client.post(url("save", attempt, 1), {"op": 2, **form})
    with django_assert_num_queries(10):
        client.post(url("item", attempt, 1), form)
    with django_assert_num_queries(5):
        client.get(url("hand_in", attempt))
    answer_all(attempt, right=2)
    with django_assert_num_queries(9):
        client.post(url("hand_in", attempt))


def test_the_button_says_what_it_does_in_a_test_and_in_a_preview(start_attempt, as_person, prepared, amina, kofi):
    client, attempt = start_attempt(amina, ["case", "single", "single"])

    def buttons(name, key) -> list[str]:
        pages = [client.get(reverse(name, args=[key, position])).content.decode() for position in (1, 2, 3)]
        return [re.search(r"Save answer and ([^<]+?)\s*</button>", page)[1] for page in pages]

    assert buttons("quizzes:item", attempt.uuid) == ["show the next step", "go to question 3", "review"]
    as_person(kofi)
    assert buttons("quizzes:rehearse_item", attempt.quiz_key) == [
        "show the next step",
        "go to question 3",
        "see the result",
    ]


def test_versions_are_shown_as_they_were_published(start_attempt, amina):
    client, attempt = start_attempt(amina)
    QuestionVersion.objects.update(
        content={**attempt.items.first().version.content, "stem": "<script>alert(1)</script>"}
    )
    html = client.get(url("item", attempt, 1)).content.decode()
    assert "<script>alert(1)" not in html
