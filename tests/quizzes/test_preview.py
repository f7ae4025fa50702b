"""Trainers preview a test as a learner would take it, and nothing is recorded."""

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
def test_every_question_type_is_previewed_up_to_the_result_without_a_record(as_person, kofi):
    test = course_with_test(list(ITEMS), pass_percent=100)
    admin = as_person(kofi)
    page = admin.get(reverse("quizzes:rehearse", args=[test.translation_key]), follow=True)
    for position in range(1, len(ITEMS) + 1):
        shown = admin.get(reverse("quizzes:rehearse_item", args=[test.translation_key, position]))
        assert "Nothing is recorded, and there is no time limit." in text(shown)
        item_shown = shown.context["item"]
        page = admin.post(shown.wsgi_request.path, answer(item_shown.version) | {"go": "1"})
        while page["Location"] == shown.wsgi_request.path:  # a case, step by step
            item_shown = admin.get(page["Location"]).context["item"]
            page = admin.post(
                shown.wsgi_request.path,
                answer(item_shown.version) | {"settled": item_shown.payload["settled"], "go": "1"},
            )
    result_page = text(admin.get(page["Location"]))
    assert "People would mark the rest" in result_page
    assert f"{len(BY_RULE)} of {len(ITEMS)} points. 1 question is marked by people and not counted here." in result_page
    assert [model.objects.count() for model in RECORDS] == [0] * len(RECORDS)


def test_another_paper_starts_afresh_and_a_bad_answer_stays_in_the_form(as_person, kofi):
    test = course_with_test(["numeric"])
    admin, item_url = as_person(kofi), reverse("quizzes:rehearse_item", args=[test.translation_key, 1])
    refused = admin.post(item_url, {"answer": "many"})
    assert (refused.status_code, 'value="many"' in text(refused)) == (422, True)
    admin.post(item_url, {"answer": "24.8"})
    assert "A learner would have passed" in text(
        admin.get(reverse("quizzes:rehearse_result", args=[test.translation_key]))
    )
    admin.post(reverse("quizzes:rehearse", args=[test.translation_key]), {"again": "1"})
    assert admin.get(item_url).context["item"].payload is None
    assert admin.get(item_url.replace("/1/", "/2/")).status_code == 404


def test_the_draft_is_previewed_and_a_bank_that_is_too_small_is_reported(as_person, kofi):
    test = course_with_test(["single", "single"])
    draft = test.get_latest_revision_as_object()
    draft.draws = QuizPage._meta.get_field("draws").to_python(test.draws.get_prep_value()[:1])
    draft.save_revision()
    admin, url = as_person(kofi), reverse("quizzes:rehearse", args=[test.translation_key])
    assert admin.get(url, follow=True).context["overview"]["count"] == 1
    Question.objects.get(pool="p1").unpublish()
    empty = admin.get(url)
    assert (empty.status_code, "The bank cannot fill this test" in text(empty)) == (409, True)


def test_an_answer_belongs_to_its_question_when_the_draft_puts_another_one_in_its_place(as_person, kofi):
    test = course_with_test(["numeric", "single"])
    admin, url = as_person(kofi), reverse("quizzes:rehearse_item", args=[test.translation_key, 1])
    admin.post(url, {"answer": "24.8"})
    draft = test.get_latest_revision_as_object()
    draft.draws = QuizPage._meta.get_field("draws").to_python(test.draws.get_prep_value()[::-1])
    draft.save_revision()
    assert [admin.get(url.replace("/1/", f"/{at}/")).context["item"].payload for at in (1, 2)] == [None, "24.8"]


def test_a_learner_and_a_manager_get_not_found(as_person, amina, rosa):
    test = course_with_test(["single"])
    for person in (amina, rosa):
        assert as_person(person).get(reverse("quizzes:rehearse", args=[test.translation_key])).status_code == 404
