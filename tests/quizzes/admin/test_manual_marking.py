"""The marking desk: take the oldest text of a question, mark it blind, or put it back; nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from quizzes import attempts, manual_marking
from quizzes.admin import manual_marking as marking_admin
from quizzes.models.manual_marking import Marking, Script
from quizzes.models.pages import QuizPage
from tests.quizzes.factories import answer_all, course_with_test, enrol
from tests.support.people import person
from tests.support.tiers import sampled

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]
QUEUE = "/admin/marking/"
QUERIES = 23  # who may, whose scope, the frame of the admin


def text(response) -> str:
    return " ".join(response.content.decode().split())


def hand_in(learner, page) -> Script:
    attempt = attempts.start(enrol(learner, page), page)
    answer_all(attempt)
    attempts.submit(attempt)
    return Script.objects.get(item__attempt=attempt)


@pytest.fixture
def script(amina):
    return hand_in(amina, course_with_test(["single", "freetext"], pass_percent=80))


def form_of(script: Script, *points) -> dict:
    criteria = script.item.version.content["body"]["criteria"]
    return dict(zip([found["id"] for found in criteria], points, strict=True))


def test_take_mark_and_the_next_person_sees_neither_whose_it_is_nor_what_was_given(
    script, as_person, amina, kofi, grace
):
    for marker, comment in ((kofi, "Kofi's own words"), (grace, "")):
        desk = as_person(marker)
        queue = desk.get(QUEUE)
        assert [(row["texts"], row["late"]) for row in queue.context["waiting"]] == [(1, False)]
        page = desk.post(reverse("marking:take", args=[script.item.version_id]), follow=True)
        shown = text(page)
        answer = script.item.version.question_type.key(script.item.version.content["body"])
        assert answer in shown
        assert "One point for each right act." in shown
        for hidden in (amina.name, amina.email, str(script.uuid), str(script.item.attempt.uuid), "own words", "Kenya"):
            assert hidden not in shown, hidden
        page = desk.post(page.redirect_chain[-1][0], {**form_of(script, 2, 3), "comment": comment}, follow=True)
        assert "Your points are saved." in text(page)
        assert page.context["waiting"] == []
    script.refresh_from_db()
    assert (script.points, script.settled_at is not None) == (5, True)


def test_how_long_a_text_waits_is_said_in_days_for_the_minute_would_say_whose_it_is(script, as_person, kofi, grace):
    desk = as_person(kofi)
    assert "less than a day" in text(desk.get(QUEUE))
    Script.objects.update(handed_in_at=timezone.now() - timedelta(days=3, hours=4, minutes=5))
    manual_marking.take(kofi, script.item.version_id)
    for marker in (kofi, grace):  # who has taken it, and for whom it waits
        page = text(as_person(marker).get(QUEUE))
        assert "<td>3 days</td>" in page
        assert not re.search(r"\d[ \xa0](hour|minute)", page)


@pytest.mark.parametrize("wrong", sampled(["", "3", "-1", "1.5", "many", "99999999999999999999"]))
def test_points_that_the_rubric_does_not_know_come_back_with_what_was_typed(script, as_person, kofi, wrong):
    taken = manual_marking.take(kofi, script.item.version_id)
    page = as_person(kofi).post(
        reverse("marking:mark", args=[taken.pk]), {**form_of(script, wrong, 3), "comment": "A long thought."}
    )
    assert page.status_code == 200
    assert page.context["form"].errors
    assert "A long thought." in text(page)
    assert Marking.objects.get().at is None


def test_what_is_marked_or_put_back_is_not_there_any_more(script, as_person, kofi, grace):
    desk = as_person(kofi)
    taken = manual_marking.take(kofi, script.item.version_id)
    here = reverse("marking:mark", args=[taken.pk])
    assert "Taken by you" in text(desk.get(QUEUE))
    assert as_person(grace).get(here).status_code == 404
    desk = as_person(kofi)
    back = desk.post(reverse("marking:put_back", args=[taken.pk]), follow=True)
    assert "The text is back in the list" in text(back)
    assert desk.get(here).status_code == 404
    again = manual_marking.take(kofi, script.item.version_id)
    desk.post(reverse("marking:mark", args=[again.pk]), form_of(script, 2, 3))
    assert desk.get(reverse("marking:mark", args=[again.pk])).status_code == 404


def sent(desk, marking_pk: int, script: Script, *points):
    about = signing.dumps(script.pk, salt=marking_admin.SCRIPT_SALT)
    form = {**form_of(script, *points), "about": about, "comment": "A long thought."}
    return desk.post(reverse("marking:mark", args=[marking_pk]), form, follow=True)


def test_pressed_twice_it_is_taken_once_and_saved_once(script, as_person, kofi, amina):
    hand_in(person("Zawadi Maina", "KE"), QuizPage.objects.get())
    desk = as_person(kofi)
    taken = manual_marking.take(kofi, script.item.version_id)
    assert "Your points are saved." in text(sent(desk, taken.pk, script, 2, 3))
    assert "Your points are saved." in text(sent(desk, taken.pk, script, 2, 3))
    assert [found.comment for found in script.markings.all()] == ["A long thought."]


def test_two_requests_that_take_at_once_get_the_same_text(script, kofi, monkeypatch):
    hand_in(person("Zawadi Maina", "KE"), QuizPage.objects.get())
    first = manual_marking.take(kofi, script.item.version_id)
    # What the second request had read before the first one wrote.
    monkeypatch.setattr(type(Script.objects.all()), "waiting_for", lambda rows, marker: Script.objects.all())
    assert manual_marking.take(kofi, script.item.version_id) == first


def test_freed_under_ones_hands_the_points_are_saved_all_the_same_where_nobody_else_marks(script, as_person, kofi):
    taken = manual_marking.take(kofi, script.item.version_id)
    Marking.objects.update(begun_at=timezone.now() - timedelta(hours=25))
    assert manual_marking.put_back_forgotten() == 1
    wrong = sent(as_person(kofi), taken.pk, script, "", 3)
    assert "A long thought." in text(wrong)
    assert "Your points are saved." in text(sent(as_person(kofi), taken.pk, script, 2, 3))
    assert Marking.objects.get().points


def test_freed_and_taken_by_others_the_words_are_given_back(script, as_person, kofi, grace, administrator):
    taken = manual_marking.take(kofi, script.item.version_id)
    Marking.objects.update(begun_at=timezone.now() - timedelta(hours=25))
    manual_marking.put_back_forgotten()
    for marker in (grace, administrator):
        manual_marking.take(marker, script.item.version_id)
    page = text(sent(as_person(kofi), taken.pk, script, 2, 3))
    assert "no longer needed and were not saved" in page
    assert "A long thought." in page


def test_taken_by_others_meanwhile_the_list_says_so(script, as_person, kofi, grace, administrator):
    for marker in (kofi, grace):
        manual_marking.take(marker, script.item.version_id)
    page = as_person(administrator).post(reverse("marking:take", args=[script.item.version_id]), follow=True)
    assert "somebody was faster" in text(page)
    assert "No texts are waiting for you." in text(page)


def test_one_who_waits_longer_than_a_week_is_late(script, as_person, kofi):
    Script.objects.update(handed_in_at=timezone.now() - timedelta(days=8))
    page = as_person(kofi).get(QUEUE)
    assert page.context["waiting"][0]["late"]
    assert "<b>late</b>" in text(page)


@pytest.mark.parametrize("many", [1, 3])
def test_the_queue_costs_the_same_for_one_text_and_for_three(as_person, kofi, django_assert_num_queries, many):
    """Of one question all wait; those of the other are in Kofi's hands."""
    page = course_with_test(["freetext", "freetext"])
    for number in range(many):
        attempt = attempts.start(enrol(person(f"learner{number} of Kenya", "KE"), page), page)
        answer_all(attempt)
        attempts.submit(attempt)
    first, _second = attempt.items.values_list("version", flat=True)
    for _ in range(many):
        assert manual_marking.take(kofi, first)
    desk = as_person(kofi)
    desk.get(QUEUE)
    with django_assert_num_queries(QUERIES):
        shown = desk.get(QUEUE)
    assert ([row["texts"] for row in shown.context["waiting"]], len(shown.context["own_markings"])) == ([many], many)


def test_a_manager_is_not_let_in(as_person, rosa, script):
    assert as_person(rosa).get(QUEUE).status_code == 302
    assert as_person(rosa).post(reverse("marking:take", args=[script.item.version_id])).status_code == 302
    assert not Marking.objects.exists()


def test_whoever_looks_at_an_attempt_that_is_being_marked_sees_no_answer_of_it(script, as_person, kofi):
    page = text(as_person(kofi).get(reverse("attempts:inspect", args=[script.item.attempt_id])))
    assert "People are marking a part of this test." in page
    assert script.item.version.question_type.key(script.item.version.content["body"]) not in page
