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


def edit(bank_question: Question, stem: str, publish: bool = True) -> None:
    draft = bank_question.get_latest_revision_as_object()
    draft.stem = stem
    revision = draft.save_revision()
    if publish:
        revision.publish()


def test_a_draft_makes_no_version():
    bank_question = question(publish=False)
    edit(bank_question, "Another way to ask?", publish=False)
    assert versions() == []


def test_publishing_makes_one_version_and_publishing_the_same_again_none():
    bank_question = question()
    bank_question.save_revision().publish()
    assert versions() == [1]


def test_new_words_make_the_next_version_and_leave_the_old_one_as_it_was():
    bank_question = question()
    edit(bank_question, "Another way to ask?")
    assert [(version.number, version.content["stem"]) for version in QuestionVersion.objects.order_by("number")] == [
        (1, "Question p1-q01?"),
        (2, "Another way to ask?"),
    ]


def test_a_draft_on_top_of_a_published_question_changes_no_version():
    bank_question = question()
    edit(bank_question, "Half written", publish=False)
    bank_question.get_latest_revision_as_object()
    assert [version.content["stem"] for version in QuestionVersion.objects.all()] == ["Question p1-q01?"]


def test_what_is_published_later_is_frozen_later():
    bank_question = question(publish=False)
    draft = bank_question.get_latest_revision_as_object()
    draft.go_live_at = timezone.now() + timedelta(days=1)
    draft.save_revision().publish()
    assert versions() == []
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        call_command("publish_scheduled")
    assert versions() == [1]


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_a_version_holds_all_that_is_needed_to_show_and_grade_it(kind):
    bank_question = question(kind, cites=[statement("1.3.6")])
    Question.objects.all().delete()
    version = QuestionVersion.objects.get(key=bank_question.translation_key)
    body = version.content["body"]
    marked = version.question_type.grade(body, version.question_type.key(body))
    assert (marked.earned, marked.pending) == ((0, True) if kind in MARKED_BY_PEOPLE else (1, False))
    assert [cited["code"] for cited in version.content["statements"]] == ["1.3.6"]


def test_the_newest_version_is_the_one_that_is_drawn():
    bank_question = question()
    edit(bank_question, "Another way to ask?")
    newest = QuestionVersion.objects.latest_of([bank_question.translation_key], "en")
    assert [version.number for version in newest] == [2]


def test_the_standards_know_which_questions_rest_on_them():
    cited = statement("1.3.6")
    bank_question = question(cites=[cited])
    citing = ReferenceIndex.get_references_to(cited).values_list("object_id", flat=True)
    assert list(citing) == [str(bank_question.pk)]
