"""The bank: publishing freezes a version, and nothing else does."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import ReferenceIndex

from quizzes.models.questions import Question, QuestionVersion
from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from tests.quizzes.factories import question, statement, versions

pytestmark = pytest.mark.django_db


def edit(made: Question, stem: str, publish: bool = True) -> None:
    draft = made.get_latest_revision_as_object()
    draft.stem = stem
    revision = draft.save_revision()
    if publish:
        revision.publish()


def test_a_draft_makes_no_version():
    made = question(publish=False)
    edit(made, "Another way to ask?", publish=False)
    assert versions() == []


def test_publishing_makes_one_version_and_publishing_the_same_again_none():
    made = question()
    made.save_revision().publish()
    assert versions() == [1]


def test_new_words_make_the_next_version_and_leave_the_old_one_as_it_was():
    made = question()
    edit(made, "Another way to ask?")
    assert [(found.number, found.content["stem"]) for found in QuestionVersion.objects.order_by("number")] == [
        (1, "Question p1-q01?"),
        (2, "Another way to ask?"),
    ]


def test_a_draft_on_top_of_a_published_question_changes_no_version():
    made = question()
    edit(made, "Half written", publish=False)
    made.get_latest_revision_as_object()
    assert [found.content["stem"] for found in QuestionVersion.objects.all()] == ["Question p1-q01?"]


def test_what_is_published_later_is_frozen_later():
    made = question(publish=False)
    draft = made.get_latest_revision_as_object()
    draft.go_live_at = timezone.now() + timedelta(days=1)
    draft.save_revision().publish()
    assert versions() == []
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        call_command("publish_scheduled")
    assert versions() == [1]


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_a_version_holds_all_that_is_needed_to_show_and_grade_it(kind):
    made = question(kind, cites=[statement("1.3.6")])
    Question.objects.all().delete()
    version = QuestionVersion.objects.get(key=made.translation_key)
    body = version.content["body"]
    marked = version.question_type.grade(body, version.question_type.key(body))
    assert (marked.earned, marked.pending) == ((0, True) if kind in MARKED_BY_PEOPLE else (1, False))
    assert [found["code"] for found in version.content["statements"]] == ["1.3.6"]


def test_the_newest_version_is_the_one_that_is_drawn():
    made = question()
    edit(made, "Another way to ask?")
    newest = QuestionVersion.objects.latest_of([made.translation_key], "en")
    assert [found.number for found in newest] == [2]


def test_the_standards_know_which_questions_rest_on_them():
    found = statement("1.3.6")
    made = question(cites=[found])
    citing = ReferenceIndex.get_references_to(found).values_list("object_id", flat=True)
    assert list(citing) == [str(made.pk)]
