"""While somebody else has a page, its editor is a read-only page that says who has it and how to go on writing."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import WorkflowState

from accounts import roles
from accounts.models import Role
from courses.admin import locked
from quizzes import bootstrap
from quizzes.models import Question
from tests.courses.test_revisions import JSON, question_form
from tests.journeys.test_authoring import approve, lesson_form, submitted_lesson
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CANCEL = "Cancel the review to go on writing"


@pytest.fixture
def lesson(client, kofi):
    """A lesson that Kofi has sent to review. He is signed in."""
    return submitted_lesson(client, kofi, factories.course())


@pytest.fixture
def question(client, kofi):
    bootstrap.prepare()
    client.force_login(kofi)
    url = reverse("wagtailsnippets_quizzes_question:add")
    client.post(url, question_form("Which of these?", **{"action-submit": "1"}))
    return Question.objects.get()


def editor_of(instance) -> str:
    name = "wagtailsnippets_quizzes_question:edit" if isinstance(instance, Question) else "wagtailadmin_pages:edit"
    return reverse(name, args=[instance.pk])


def shown(client, instance) -> str:
    return client.get(editor_of(instance)).content.decode()


@pytest.mark.parametrize("kind", ["lesson", "question"])
def test_a_review_is_shown_read_only_with_the_way_to_withdraw(client, request, kind):
    instance = request.getfixturevalue(kind)
    html = shown(client, instance)
    assert re.search(rf"<title>\s*{re.escape(str(instance))}", html), "the tab of the browser names it"
    assert "data-edit-form" not in html
    assert f"by: {roles.GROUPS[Role.REVIEWER]}." in html
    assert CANCEL in html
    assert {"lesson": "She comes.", "question": "Which of these?"}[kind] in html


@pytest.mark.parametrize("kind", ["lesson", "question"])
def test_cancelling_the_review_opens_the_editor_with_the_text(client, request, kind):
    instance = request.getfixturevalue(kind)
    answer = client.post(editor_of(instance), {locked.CANCEL: "1"}, follow=True)
    assert "data-edit-form" in answer.content.decode()
    assert "You can go on writing." in answer.content.decode()
    assert [state.status for state in WorkflowState.objects.all()] == [WorkflowState.STATUS_CANCELLED]
    instance.refresh_from_db()
    assert instance.get_latest_revision_as_object().pk == instance.pk


def test_who_reviews_gets_the_editor(client, lesson, grace):
    client.force_login(grace)
    assert "data-edit-form" in shown(client, lesson)


def test_another_author_is_told_whom_to_ask(client, lesson, baraka):

    roles.grant(baraka, Role.TRAINER, "*")
    client.force_login(baraka)
    html = shown(client, lesson)
    assert CANCEL not in html
    assert "ask Kofi Mensah to cancel the review" in html
    client.post(editor_of(lesson), {locked.CANCEL: "1"})
    assert lesson.current_workflow_state is not None


def test_a_review_that_is_over_is_not_cancelled(client, lesson, kofi, grace):
    approve(client, grace, lesson)
    client.force_login(kofi)
    answer = client.post(editor_of(lesson), {locked.CANCEL: "1"}, follow=True)
    assert "The review was not cancelled" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.live


def test_a_form_that_was_open_before_keeps_what_was_typed(client, lesson):
    """Autosave says why it does not save; the button shows the form again."""
    answer = client.post(editor_of(lesson), lesson_form("Typed in another tab"), headers=JSON)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "locked")
    answer = client.post(editor_of(lesson), lesson_form("Typed in another tab"))
    assert "Typed in another tab" in answer.content.decode()
    assert "data-edit-form" in answer.content.decode()


def test_a_page_locked_by_somebody_says_so_and_can_be_unlocked_by_who_may(client, lesson, kofi, grace, administrator):
    approve(client, grace, lesson)
    lesson.locked, lesson.locked_by, lesson.locked_at = True, grace, timezone.now()
    lesson.save()
    client.force_login(kofi)
    html = shown(client, lesson)
    assert ("data-edit-form" in html, "Grace Wanjiru" in html, "Unlock it" in html) == (False, True, False)
    client.force_login(administrator)
    assert "Unlock it to go on writing" in shown(client, lesson)
    client.post(reverse("wagtailadmin_pages:unlock", args=[lesson.pk]), {"next": editor_of(lesson)})
    assert "data-edit-form" in shown(client, lesson)
