"""A trainer sits the test as a learner does, and leaves no record of it."""

import pytest
from django.urls import reverse

from accounts.models import Email
from certificates.models import Certificate
from courses.models.records import Completion, Enrolment
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, AttemptItem, Mark, Response
from tests.quizzes.factories import BY_RULE, ITEMS, course_with_test

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]
RECORDS = (Attempt, AttemptItem, Response, Mark, Enrolment, Completion, Certificate, Email)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def answer(version) -> dict:
    """The key of an item as the form that would post it."""
    question_type, body = version.question_type, version.content["body"]
    return dict(question_type.fields(question_type.key(body)).lists())


@pytest.mark.deep
def test_every_kind_is_tried_from_the_first_item_to_the_result_without_a_record(as_person, kofi):
    test = course_with_test(list(ITEMS), pass_percent=100)
    desk = as_person(kofi)
    page = desk.get(reverse("quizzes:rehearse", args=[test.translation_key]), follow=True)
    for position in range(1, len(ITEMS) + 1):
        shown = desk.get(reverse("quizzes:rehearse_item", args=[test.translation_key, position]))
        assert "Nothing is recorded, and no time runs." in text(shown)
        here = shown.context["item"]
        page = desk.post(shown.wsgi_request.path, answer(here.version) | {"go": "1"})
        while page["Location"] == shown.wsgi_request.path:  # a case, step by step
            here = desk.get(page["Location"]).context["item"]
            page = desk.post(
                shown.wsgi_request.path, answer(here.version) | {"settled": here.payload["settled"], "go": "1"}
            )
    told = text(desk.get(page["Location"]))
    assert "People would mark the rest" in told
    assert f"{len(BY_RULE)} of {len(ITEMS)} points. 1 item is marked by people, and not counted here." in told
    assert [model.objects.count() for model in RECORDS] == [0] * len(RECORDS)


def test_another_paper_begins_anew_and_a_bad_answer_stays_in_the_form(as_person, kofi):
    test = course_with_test(["numeric"])
    desk, item = as_person(kofi), reverse("quizzes:rehearse_item", args=[test.translation_key, 1])
    refused = desk.post(item, {"answer": "many"})
    assert (refused.status_code, 'value="many"' in text(refused)) == (422, True)
    desk.post(item, {"answer": "24.8"})
    assert "A learner would have passed" in text(
        desk.get(reverse("quizzes:rehearse_result", args=[test.translation_key]))
    )
    desk.post(reverse("quizzes:rehearse", args=[test.translation_key]), {"again": "1"})
    assert desk.get(item).context["item"].payload is None
    assert desk.get(item.replace("/1/", "/2/")).status_code == 404


def test_a_draft_is_tried_before_it_is_published_and_a_bank_that_is_too_small_says_so(as_person, kofi):
    test = course_with_test(["single", "single"])
    draft = test.get_latest_revision_as_object()
    draft.draws = QuizPage._meta.get_field("draws").to_python(test.draws.get_prep_value()[:1])
    draft.save_revision()
    desk, door = as_person(kofi), reverse("quizzes:rehearse", args=[test.translation_key])
    assert desk.get(door, follow=True).context["overview"]["count"] == 1
    Question.objects.get(pool="p1").unpublish()
    empty = desk.get(door)
    assert (empty.status_code, "The bank cannot fill this test" in text(empty)) == (409, True)


def test_a_learner_and_a_manager_find_nothing_there(as_person, amina, rosa):
    test = course_with_test(["single"])
    for person in (amina, rosa):
        assert as_person(person).get(reverse("quizzes:rehearse", args=[test.translation_key])).status_code == 404
