"""The form of a question in the admin: it opens without errors, and blank rows are no error."""

import pytest
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from quizzes import bootstrap
from quizzes.models import Question
from quizzes.question_types import TYPES, authoring_blocks

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BLANK = {"text": "", "feedback": ""}


def options(*values: dict) -> dict:
    rows = {str(n): {"value": value, "deleted": "", "order": str(n)} for n, value in enumerate(values)}
    return {"count": str(len(values)), **rows}


def form(*values: dict, **more) -> dict:
    content = streamfield([("single", {"options": options(*values)})])
    fields = {"code": "p1-q01", "pool": "p1", "module": "", "level": "apply", "stem": "Which?", "rationale": ""}
    return nested_form_data({**fields, "content": content, "cites": streamfield([("cites", {"count": "0"})]), **more})


@pytest.fixture
def author(client, kofi):
    bootstrap.prepare()
    client.force_login(kofi)
    return client


def add(author, *values: dict, **more):
    return author.post(reverse("wagtailsnippets_quizzes_question:add"), form(*values, **more))


def saved() -> Question:
    return Question.objects.get().get_latest_revision_as_object()


RIGHT, WRONG = {"text": "How are you?", "correct": "on", "feedback": "Yes."}, {"text": "Why?", "feedback": "No."}


def test_a_new_question_opens_without_an_error():
    """Wagtail's script shows an error while a list has fewer rows than its smallest number."""
    assert authoring_blocks().meta.min_num is None
    for question_type in TYPES:
        for name, block in question_type.block().child_blocks.items():
            smallest = getattr(block.meta, "min_num", None) or 0
            assert smallest == 0 or len(block.get_default()) == smallest, (question_type.name, name)


def test_a_question_still_needs_a_type(author):
    answer = author.post(
        reverse("wagtailsnippets_quizzes_question:add"),
        {**form(), "content-count": "0", "action-submit": "1"},
    )
    assert (answer.status_code, Question.objects.count()) == (200, 0)


def test_blank_rows_are_dropped_when_the_question_is_saved(author):
    add(author, RIGHT, BLANK, WRONG, BLANK, **{"action-submit": "1"})
    question = saved()
    assert [option["text"] for option in question.content[0].value["options"]] == ["How are you?", "Why?"]
    assert len(question.cites) == 0
    assert question.current_workflow_state is not None


def test_a_row_filled_in_by_half_is_an_error_and_keeps_what_was_typed(author):
    answer = add(author, RIGHT, WRONG, {"text": "", "feedback": "About nothing."}, **{"action-submit": "1"})
    html = answer.content.decode()
    assert (answer.status_code, Question.objects.count()) == (200, 0)
    assert "About nothing." in html
    assert "This field is required." in html


def test_a_draft_keeps_the_rows_that_its_type_needs(author):
    add(author, BLANK, BLANK, BLANK)
    assert len(saved().content[0].value["options"]) == 2
