"""A test that the bank cannot fill is not published: the editor names what is lacking, and nothing typed is lost."""

import pytest
from django.urls import reverse

from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from tests.quizzes.factories import course_with_test, question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("prepared")]


def form(page, count: int) -> dict:
    return {
        "title": page.title, "slug": page.slug, "number": "", "minutes": "45", "intro": "Read slowly.", "pass_percent": "80",
        "attempts_per_round": "3", "pause_hours": "24", "review": "all", "draws-count": "1", "draws-0-deleted": "",
        "draws-0-order": "0", "draws-0-type": "draw", "draws-0-id": "", "draws-0-value-pool": "p1", "draws-0-value-module": "",
        "draws-0-value-level": "", "draws-0-value-count": str(count), "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "", "comment_notifications": "",
    }  # fmt: skip


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_is_refused_with_the_missing_cells_and_published_once_the_bank_can_fill_it(as_person, administrator):
    page = course_with_test(["single"])
    desk, edit = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    refused = text(desk.post(edit, form(page, 3) | {"action-publish": "action-publish"}))
    assert "p1: 2 published questions are lacking." in refused
    assert "Read slowly." in refused
    page.refresh_from_db()
    assert page.item_count == 1
    desk.post(edit, form(page, 1) | {"action-publish": "action-publish"})
    page.refresh_from_db()
    assert (page.item_count, page.intro) == (1, "Read slowly.")


def test_the_editor_says_what_is_lacking_and_how_many_papers_there_are(as_person, administrator):
    page = course_with_test(["single", "single"])
    desk, edit = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "As it was saved last, the bank allows one paper" in text(desk.get(edit))
    desk.post(edit, form(page, 3))  # a draft may be unfinished
    Question.objects.get(pool="p1").unpublish()
    assert "the bank cannot fill this test" in text(desk.get(edit))


@pytest.fixture
def reviewed(kofi):
    """A test whose newest draft asks for two questions more than there are, sent to review."""
    page = course_with_test(["single"])
    draws = page.draws.get_prep_value()
    draws[0]["value"]["count"] = 3
    page.draws = QuizPage._meta.get_field("draws").to_python(draws)
    page.save_revision(user=kofi)
    page.get_workflow().start(page, kofi)
    return page


def approve(page):
    """The address where its step of the review is approved."""
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", page.current_workflow_task_state.pk])


@pytest.mark.parametrize("asked", [{}, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}])
def test_approving_a_review_is_refused_as_publishing_is(as_person, grace, reviewed, asked):
    desk, edit = as_person(grace), reverse("wagtailadmin_pages:edit", args=[reviewed.pk])
    reply = desk.post(approve(reviewed), {"comment": "Fine."}, **asked)
    assert edit in (reply["Location"] if reply.status_code == 302 else reply.content.decode())
    shown = text(desk.get(edit))
    assert "This was not approved, for it cannot be published yet. p1: 2 published questions are lacking." in shown
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (1, True)
    for number in (2, 3):
        question("single", pool="p1", code=f"more-{number}")
    desk.post(approve(reviewed), {"comment": "Fine."}, **asked)
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (3, False)


def test_approving_with_an_edit_is_refused_too_and_who_may_not_approve_is_told_that(as_person, grace, kofi, reviewed):
    edit = reverse("wagtailadmin_pages:edit", args=[reviewed.pk])
    approved = {"action-workflow-action": "true", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    shown = text(as_person(grace).post(edit, form(reviewed, 3) | approved))
    assert "p1: 2 published questions are lacking." in shown
    refused = as_person(kofi).post(approve(reviewed), {"comment": "Fine."}, follow=True)
    assert "This was not approved" not in text(refused)
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (1, True)
