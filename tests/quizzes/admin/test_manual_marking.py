"""Manual marking in the admin: take the oldest text of a question, mark it blind, or put it back. No typed text is lost."""

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
QUERIES = 25  # permissions, scope, and the frame of the admin


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
    return dict(zip([row["id"] for row in criteria], points, strict=True))


def test_markers_see_neither_the_author_nor_the_points_of_others(script, as_person, amina, kofi, grace):
    for marker, comment in ((kofi, "Kofi's own words"), (grace, "")):
        client = as_person(marker)
        queue = client.get(QUEUE)
        assert [(row["texts"], row["late"]) for row in queue.context["waiting"]] == [(1, False)]
        page = client.post(reverse("marking:take", args=[script.item.version_id]), follow=True)
        shown = text(page)
        answer = script.item.version.question_type.key(script.item.version.content["body"])
        assert answer in shown
        assert "One point for each right act." in shown
        for hidden in (amina.name, amina.email, str(script.uuid), str(script.item.attempt.uuid), "own words", "Kenya"):
            assert hidden not in shown, hidden
        page = client.post(page.redirect_chain[-1][0], {**form_of(script, 2, 3), "comment": comment}, follow=True)
        assert "Your points are saved." in text(page)
        assert page.context["waiting"] == []
    script.refresh_from_db()
    assert (script.points, script.settled_at is not None) == (5, True)


def test_the_waiting_time_is_shown_in_days_because_minutes_could_reveal_the_author(script, as_person, kofi, grace):
    client = as_person(kofi)
    assert "less than a day" in text(client.get(QUEUE))
    Script.objects.update(handed_in_at=timezone.now() - timedelta(days=3, hours=4, minutes=5))
    manual_marking.take(kofi, script.item.version_id)
    for marker in (kofi, grace):  # the marker who took it, and one for whom it waits
        page = text(as_person(marker).get(QUEUE))
        assert "<td>3 days</td>" in page
        assert not re.search(r"\d[ \xa0](hour|minute)", page)


@pytest.mark.parametrize("wrong", sampled(["", "3", "-1", "1.5", "many", "99999999999999999999"]))
def test_invalid_points_are_refused_and_the_comment_is_kept(script, as_person, kofi, wrong):
    taken = manual_marking.take(kofi, script.item.version_id)
    page = as_person(kofi).post(
        reverse("marking:mark", args=[taken.pk]), {**form_of(script, wrong, 3), "comment": "A long thought."}
    )
    assert page.status_code == 200
    assert page.context["form"].errors
    assert "A long thought." in text(page)
    assert Marking.objects.get().at is None


def test_a_script_that_is_marked_or_put_back_can_no_longer_be_opened(script, as_person, kofi, grace):
    client = as_person(kofi)
    taken = manual_marking.take(kofi, script.item.version_id)
    mark_url = reverse("marking:mark", args=[taken.pk])
    assert "Taken by you" in text(client.get(QUEUE))
    assert as_person(grace).get(mark_url).status_code == 404
    client = as_person(kofi)
    response = client.post(reverse("marking:put_back", args=[taken.pk]), follow=True)
    assert "The text is back in the list" in text(response)
    assert client.get(mark_url).status_code == 404
    second_marking = manual_marking.take(kofi, script.item.version_id)
    client.post(reverse("marking:mark", args=[second_marking.pk]), form_of(script, 2, 3))
    assert client.get(reverse("marking:mark", args=[second_marking.pk])).status_code == 404


def submit_points(client, marking_pk: int, script: Script, *points):
    about = signing.dumps(script.pk, salt=marking_admin.SCRIPT_SALT)
    form = {**form_of(script, *points), "about": about, "comment": "A long thought."}
    return client.post(reverse("marking:mark", args=[marking_pk]), form, follow=True)


def test_points_sent_twice_are_saved_once(script, as_person, kofi, amina):
    hand_in(person("Zawadi Maina", "KE"), QuizPage.objects.get())
    client = as_person(kofi)
    taken = manual_marking.take(kofi, script.item.version_id)
    assert "Your points are saved." in text(submit_points(client, taken.pk, script, 2, 3))
    assert "Your points are saved." in text(submit_points(client, taken.pk, script, 2, 3))
    assert [row.comment for row in script.markings.all()] == ["A long thought."]


def test_two_requests_that_take_at_once_get_the_same_text(script, kofi, monkeypatch):
    hand_in(person("Zawadi Maina", "KE"), QuizPage.objects.get())
    first = manual_marking.take(kofi, script.item.version_id)
    # The second request read the queue before the first one wrote.
    monkeypatch.setattr(type(Script.objects.all()), "waiting_for", lambda rows, marker: Script.objects.all())
    assert manual_marking.take(kofi, script.item.version_id) == first


def test_points_for_a_freed_script_are_saved_if_nobody_else_marks_it(script, as_person, kofi):
    taken = manual_marking.take(kofi, script.item.version_id)
    Marking.objects.update(begun_at=timezone.now() - timedelta(hours=25))
    assert manual_marking.put_back_forgotten() == 1
    wrong = submit_points(as_person(kofi), taken.pk, script, "", 3)
    assert "A long thought." in text(wrong)
    assert "Your points are saved." in text(submit_points(as_person(kofi), taken.pk, script, 2, 3))
    assert Marking.objects.get().points


def test_the_comment_is_shown_again_if_others_took_the_freed_script(script, as_person, kofi, grace, administrator):
    taken = manual_marking.take(kofi, script.item.version_id)
    Marking.objects.update(begun_at=timezone.now() - timedelta(hours=25))
    manual_marking.put_back_forgotten()
    for marker in (grace, administrator):
        manual_marking.take(marker, script.item.version_id)
    page = text(submit_points(as_person(kofi), taken.pk, script, 2, 3))
    assert "no longer needed and were not saved" in page
    assert "A long thought." in page


def test_the_list_says_that_somebody_else_took_the_script(script, as_person, kofi, grace, administrator):
    for marker in (kofi, grace):
        manual_marking.take(marker, script.item.version_id)
    page = as_person(administrator).post(reverse("marking:take", args=[script.item.version_id]), follow=True)
    assert "somebody else was faster" in text(page)
    assert "No texts are waiting for you." in text(page)


def test_a_script_that_waits_longer_than_a_week_is_late(script, as_person, kofi):
    Script.objects.update(handed_in_at=timezone.now() - timedelta(days=8))
    page = as_person(kofi).get(QUEUE)
    assert page.context["waiting"][0]["late"]
    assert "<b>late</b>" in text(page)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_for_one_text_and_for_three(as_person, kofi, django_assert_num_queries, count):
    """All texts of one question wait, and Kofi has taken those of the other."""
    page = course_with_test(["freetext", "freetext"])
    for number in range(count):
        attempt = attempts.start(enrol(person(f"learner{number} of Kenya", "KE"), page), page)
        answer_all(attempt)
        attempts.submit(attempt)
    first, _second = attempt.items.values_list("version", flat=True)
    for _ in range(count):
        assert manual_marking.take(kofi, first)
    client = as_person(kofi)
    client.get(QUEUE)
    with django_assert_num_queries(QUERIES):
        shown = client.get(QUEUE)
    assert ([row["texts"] for row in shown.context["waiting"]], len(shown.context["own_markings"])) == ([count], count)


def test_managers_cannot_mark(as_person, rosa, script):
    assert as_person(rosa).get(QUEUE).status_code == 302
    assert as_person(rosa).post(reverse("marking:take", args=[script.item.version_id])).status_code == 302
    assert not Marking.objects.exists()


def test_an_attempt_that_is_being_marked_shows_no_answers(script, as_person, kofi):
    page = text(as_person(kofi).get(reverse("attempts:inspect", args=[script.item.attempt_id])))
    assert "People are marking a part of this test." in page
    assert script.item.version.question_type.key(script.item.version.content["body"]) not in page
