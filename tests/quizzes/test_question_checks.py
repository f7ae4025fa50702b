"""A question that cannot be marked, or that repeats a fault, is not published, whichever way somebody publishes it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision, Task

from elearning import tasks
from quizzes.corrections import Choice
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.regrades import Regrade, Stage
from quizzes.question_types.multiple import MultipleChoice
from tests.quizzes.factories import ITEMS, question, versions
from tests.quizzes.regrades.regrading import option
from tests.quizzes.test_publishing import text
from tests.support.mutations import Mutation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOTHING_RIGHT = "Mark at least one option as right."


def draft(bank_question: Question, right=(), **fields) -> Revision:
    """A newer draft with these fields. `right`, if given, are the texts of the options that are right in it."""
    newer = bank_question.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(newer, name, value)
    for row in newer.content[0].value["options"]:
        row["correct"] = row["text"] in right if right != () else row["correct"]
    return newer.save_revision()


@pytest.fixture
def unmarkable(kofi):
    """A published question in review, whose newest draft has no right option any more."""
    bank_question = question("multiple")
    draft(bank_question, right=[""])
    bank_question.refresh_from_db()
    bank_question.get_workflow().start(bank_question, kofi)
    return bank_question


def approve_url(bank_question) -> str:
    task_state = bank_question.current_workflow_task_state
    return reverse(
        "wagtailsnippets_quizzes_question:workflow_action", args=[bank_question.pk, "approve", task_state.pk]
    )


def test_a_question_without_a_right_option_is_not_approved_from_the_dashboard(prepared, as_person, grace, unmarkable):
    reply = as_person(grace).post(approve_url(unmarkable), {"comment": "Fine."}, follow=True)
    assert reply.redirect_chain[-1][0] == reverse("wagtailsnippets_quizzes_question:edit", args=[unmarkable.pk])
    assert f"it cannot be published yet. {NOTHING_RIGHT}" in text(reply)
    unmarkable.refresh_from_db()
    assert (versions(), unmarkable.workflow_in_progress) == ([1], True)
    draft(unmarkable, right=["Dignity"])
    as_person(grace).post(approve_url(unmarkable), {"comment": "Fine."})
    assert versions() == [1, 2]


def test_control_without_the_check_such_a_version_is_frozen(unmarkable):
    with pytest.raises(ValidationError, match=NOTHING_RIGHT):
        unmarkable.get_latest_revision().publish()
    with Mutation("quizzes.models.questions:Question.publish", "revision.as_object().lacking()", "[]").made():
        unmarkable.get_latest_revision().publish()
    assert versions() == [1, 2]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"stem": ""}, "Question: This field cannot be blank."),
        ({"content": []}, "Answers: This field is required."),
    ],
)
def test_a_draft_may_lack_anything_and_says_what_when_it_is_published(fields, problem):
    newer = question().get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(newer, name, value)
    assert newer.lacking() == [problem]
    with pytest.raises(ValidationError, match=problem):
        newer.save_revision(clean=False).publish()


def test_the_message_names_the_field_in_the_answers():
    newer = question("single").get_latest_revision_as_object()
    newer.content[0].value["options"][0]["feedback"] = ""
    assert newer.lacking() == ["Feedback shown afterwards: This field is required."]


def test_an_answer_key_that_does_not_earn_the_point_is_noticed(monkeypatch):
    bank_question = question("multiple")
    monkeypatch.setattr(MultipleChoice, "key", lambda self, content: [])
    assert bank_question.lacking() == ["The right answer would not get the whole point. Check what counts as right."]


@pytest.mark.parametrize("kind", ITEMS)
def test_a_good_question_of_every_type_lacks_nothing(kind):
    assert question(kind).lacking() == []


def faulty(choice: str, answer: str | None = "Aspirin") -> Question:
    """A published question about which a regrade is in force, for its version 1."""
    bank_question = question("single")
    version = QuestionVersion.objects.get()
    Regrade.objects.create(
        version=version,
        choice=choice,
        answer=answer and option(version, answer),
        reason="It was faulty.",
        stage=Stage.APPLIED,
        applied_at=timezone.now(),
    )
    return bank_question


REPEATED = "and the fault is still here"


def test_a_corrected_comma_does_not_bring_a_faulty_key_back():
    bank_question = faulty(Choice.REKEY)
    with pytest.raises(ValidationError, match=REPEATED):
        draft(bank_question, stem="Question, p1-q01?").publish()
    draft(bank_question, right=["Aspirin"]).publish()
    draft(bank_question, right=["Naloxone"], stem="After a new guideline?").publish()
    assert versions() == [1, 2, 3], "once it is mended, the regrade says nothing about later versions"


def test_a_key_is_mended_too_when_the_answer_can_be_given_no_longer():
    bank_question = faulty(Choice.ACCEPT)
    newer = bank_question.get_latest_revision_as_object()
    assert REPEATED in newer.lacking()[0]
    del newer.content[0].value["options"][1]
    newer.save_revision().publish()
    assert versions() == [1, 2]


@pytest.mark.parametrize("choice", [Choice.FULL, Choice.DROP])
def test_a_question_that_was_taken_out_comes_back_only_changed(choice):
    bank_question = faulty(choice, None)
    with pytest.raises(ValidationError, match=REPEATED):
        draft(bank_question, stem="Question p1-q01 ?", rationale="Other words.").publish()
    draft(bank_question, stem="Another question?").publish()
    assert versions() == [1, 2]


def test_the_editor_refuses_it_in_words(prepared, as_person, grace):
    bank_question = faulty(Choice.REKEY)
    options = bank_question.content[0].value["options"].bound_blocks
    rows = {"count": str(len(options))}
    for number, row in enumerate(options):
        value = {"text": row.value["text"], "feedback": row.value["feedback"]} | (
            {"correct": "on"} if not number else {}
        )
        rows |= {f"{number}-id": row.id, f"{number}-deleted": "", f"{number}-order": str(number)}
        rows |= {f"{number}-value-{name}": text for name, text in value.items()}
    block = {"deleted": "", "order": "0", "type": "single", "id": bank_question.content[0].id}
    form = {"code": "p1-q01", "pool": "p1", "module": "", "level": "apply", "stem": "Which, now?", "rationale": "So."}
    form |= {"content-count": "1", "cites-count": "0", "action-publish": "1"}
    form |= {f"content-0-{name}": value for name, value in block.items()}
    form |= {f"content-0-value-options-{name}": value for name, value in rows.items()}
    url = reverse("wagtailsnippets_quizzes_question:edit", args=[bank_question.pk])
    assert REPEATED in text(as_person(grace).post(url, form))
    assert versions() == [1]


def test_a_schedule_that_may_not_be_published_any_more_becomes_a_draft(capsys):
    bank_question = question("single")
    draft(bank_question, stem="Tomorrow?", go_live_at=timezone.now() + timedelta(hours=1)).publish()
    version = QuestionVersion.objects.get()
    right = option(version, "Aspirin")
    Regrade.objects.create(
        version=version, choice=Choice.REKEY, answer=right, stage=Stage.APPLIED, applied_at=timezone.now()
    )
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        tasks.publish_scheduled()
    assert (versions(), Revision.objects.exclude(approved_go_live_at=None).count()) == ([1], 0)


def test_ending_a_review_step_publishes_no_question_that_lacks_something(as_person, administrator, unmarkable):
    """Wagtail publishes what is in review when the last review step is switched off."""
    step = Task.objects.get()
    reply = as_person(administrator).post(reverse("wagtailadmin_workflows:disable_task", args=[step.pk]), follow=True)
    assert f"Nothing was published. {NOTHING_RIGHT}" in text(reply)
    assert (versions(), Task.objects.get().active) == ([1], True)
