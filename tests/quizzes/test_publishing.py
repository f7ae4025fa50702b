"""A test that the bank cannot fill is not published. The editor says what is missing and keeps what was typed."""

import pytest
from django.urls import reverse

from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from tests.quizzes.factories import course_with_test, enrol, question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("prepared")]


def form(page, count: int) -> dict:
    return {
        "title": page.title, "slug": page.slug, "number": "", "minutes": "45", "intro": "Read slowly.", "purpose": "test", "pass_percent": "80",
        "attempts_per_round": "3", "pause_hours": "24", "review": "questions", "draws-count": "1", "draws-0-deleted": "",
        "draws-0-order": "0", "draws-0-type": "draw", "draws-0-id": "", "draws-0-value-pool": "p1", "draws-0-value-module": "",
        "draws-0-value-level": "", "draws-0-value-count": str(count), "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "", "comment_notifications": "",
    }  # fmt: skip


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_publishing_is_refused_until_the_bank_can_fill_the_test(as_person, administrator):
    page = course_with_test(["single"])
    admin, edit_url = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    refused = text(admin.post(edit_url, form(page, 3) | {"action-publish": "action-publish"}))
    assert "p1: 2 published questions are missing." in refused
    assert "Read slowly." in refused
    page.refresh_from_db()
    assert page.item_count == 1
    admin.post(edit_url, form(page, 1) | {"action-publish": "action-publish"})
    page.refresh_from_db()
    assert (page.item_count, page.intro) == (1, "Read slowly.")


def test_the_editor_says_what_is_lacking_and_how_many_papers_there_are(as_person, administrator):
    page = course_with_test(["single", "single"])
    admin, edit_url = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "As last saved, this test has one paper" in text(admin.get(edit_url))
    admin.post(edit_url, form(page, 3))  # a draft may be unfinished
    Question.objects.get(pool="p1").unpublish()
    assert "The bank has too few questions for this test" in text(admin.get(edit_url))


def test_the_editor_says_which_questions_of_a_test_with_a_pass_are_marked_by_key_words(as_person, administrator):
    page = course_with_test(["single", "short"])
    admin, edit_url = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "use such questions for practice: p2-q02" in text(admin.get(edit_url))
    QuizPage.objects.update(purpose="practice")
    QuizPage.objects.get().save_revision(clean=False)  # a release has it as a test, so a form would refuse this
    assert "marked by key words" not in text(admin.get(edit_url))


@pytest.fixture
def reviewed(kofi):
    """A test in review whose newest draft asks for two questions more than the bank has."""
    page = course_with_test(["single"])
    draws = page.draws.get_prep_value()
    draws[0]["value"]["count"] = 3
    page.draws = QuizPage._meta.get_field("draws").to_python(draws)
    page.save_revision(user=kofi)
    page.get_workflow().start(page, kofi)
    return page


def approve(page):
    """The URL that approves the current task of the review."""
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", page.current_workflow_task_state.pk])


@pytest.mark.parametrize("headers", [{}, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}])
def test_approving_a_review_is_refused_as_publishing_is(as_person, grace, reviewed, headers):
    admin, edit_url = as_person(grace), reverse("wagtailadmin_pages:edit", args=[reviewed.pk])
    reply = admin.post(approve(reviewed), {"comment": "Fine."}, **headers)
    assert edit_url in (reply["Location"] if reply.status_code == 302 else reply.content.decode())
    shown = text(admin.get(edit_url))
    assert "This was not approved, because it cannot be published yet. p1: 2 published questions are missing." in shown
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (1, True)
    for number in (2, 3):
        question("single", pool="p1", code=f"more-{number}")
    admin.post(approve(reviewed), {"comment": "Fine."}, **headers)
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (3, False)


def test_approving_with_an_edit_is_refused_too_and_a_trainer_may_not_approve(as_person, grace, kofi, reviewed):
    edit_url = reverse("wagtailadmin_pages:edit", args=[reviewed.pk])
    approved = {"action-workflow-action": "true", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    shown = text(as_person(grace).post(edit_url, form(reviewed, 3) | approved))
    assert "p1: 2 published questions are missing." in shown
    refused = as_person(kofi).post(approve(reviewed), {"comment": "Fine."}, follow=True)
    assert "This was not approved" not in text(refused)
    reviewed.refresh_from_db()
    assert (reviewed.item_count, reviewed.workflow_in_progress) == (1, True)


def test_publishing_with_an_expiry_says_who_is_under_way(as_person, administrator, amina):
    page = course_with_test(["single"])
    enrol(amina, page)
    admin, edit_url = as_person(administrator), reverse("wagtailadmin_pages:edit", args=[page.pk])
    planned = form(page, 1) | {"expire_at": "2030-01-01 10:00"}
    said = "1 person is in the middle of a course with this page."
    assert said in text(admin.post(edit_url, planned, follow=True)), "whoever opens the draft is told"
    assert said in text(admin.post(edit_url, planned | {"action-publish": "action-publish"}, follow=True))
