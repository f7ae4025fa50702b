"""Nobody gets around the time limit, the number of attempts or the order of steps: every listed attack fails."""

import pytest
from django.db import transaction

from accounts import process_cache
from quizzes.models.records import Attempt
from tests.access.requests import rolled_back
from tests.security import attacks_on_attempts, attacks_on_steps
from tests.security.bypass import ATTACKS, Scene, everything
from tests.support.mutations import Mutation
from tests.support.people import person
from tests.support.tiers import EVERYTHING

pytestmark = pytest.mark.once

ATTACKS_BY_NAME = {str(attack): attack for attack in ATTACKS}


@pytest.fixture(scope="module")
def scene_of_module(django_db_setup, django_db_blocker):
    """The scene, created once. It is rolled back at the end of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        process_cache.forget()
        yield Scene(person("Amina Yusuf Hassan", "KE"), person("Baraka Otieno", "KE"))
        transaction.set_rollback(True)


@pytest.fixture
def db(scene_of_module) -> None:
    """The database with the scene. The fixture has the name of pytest-django's."""


@pytest.fixture
def scene(db, scene_of_module):
    with rolled_back():
        yield scene_of_module.fresh_copy()


def test_there_are_enough_attacks_and_no_duplicates():
    assert len(ATTACKS_BY_NAME) == len(ATTACKS) >= 30
    assert {attack.run.__module__ for attack in ATTACKS} == {attacks_on_attempts.__name__, attacks_on_steps.__name__}


@pytest.mark.parametrize("name", ATTACKS_BY_NAME)
def test_an_attack_gets_the_expected_answer_and_changes_nothing(scene, name):
    statuses, changed = ATTACKS_BY_NAME[name](scene)
    assert set(statuses) <= set(ATTACKS_BY_NAME[name].statuses), statuses
    assert changed == ATTACKS_BY_NAME[name].changes


def test_a_late_operation_does_not_count(scene):
    assert scene.save({"op": "5"}).json()["latest"] == 5
    assert scene.save({"op": "2", "answer": scene.wrong_option()}).json()["latest"] == 5
    assert [item.payload for item in scene.attempt.items.with_answer()] == [scene.right_answer()["answer"][0], None]


def test_unknown_fields_do_not_change_the_attempt(scene):
    before = Attempt.objects.values().get(pk=scene.attempt.pk)
    assert scene.save(everything()).status_code == 200
    assert Attempt.objects.values().get(pk=scene.attempt.pk) == {**before, "seq": before["seq"] + 1}


# A protection that is cut out, and the attack that must then succeed or get another answer.
CUTS = [
    ("quizzes.attempts:save", ", deadline__gt=now", "", "saving_after_the_deadline"),
    ("quizzes.attempts:save", ".open()", "", "saving_after_submitting"),
    ("quizzes.attempts:start", "if state.passed", "if False", "starting_after_passing"),
    ("quizzes.attempts:start", "if state.opens_at", "if False", "starting_in_the_pause"),
    ("quizzes.attempts:start", "if state.opens_at", "if False", "leaving_the_last_one_open_to_get_another"),
    ("quizzes.attempts:_refuse_unless_open", "enrolment.left_at or", "", "starting_after_leaving"),
    ("quizzes.attempts:_refuse_unless_open", "not listed or", "", "starting_a_test_of_another_course_on_ones_own_enrolment"),
    ("quizzes.attempts:_refuse_unless_open", "raise LessonsNotDone", "pass", "starting_without_the_last_lesson"),
    ("quizzes.attempts:_handle_older_operation", "raise OperationConflict(newest)", "pass", "another_answer_under_an_old_number"),
    ("quizzes.views:save", "if op is None", "if False", "invalid_operation_numbers"),
    ("quizzes.views:_operation_number", " or None", "", "invalid_operation_numbers"),
    ("accounts.text:small_number", "if int(text) <= maximum else None", "", "invalid_operation_numbers"),
    ("quizzes.views:_own_item", "item is None or item.attempt.enrolment.learner_id != request.user.pk", "item is None",
     "another_persons_attempt_that_this_process_has_just_read"),
    ("quizzes.views:result", "if own.state == AttemptState.OPEN", "if False", "the_result_before_the_end"),
    ("quizzes.question_types.choice_base:OneChoiceType.parse", "chosen not in option_ids(content)", "False", "the_option_of_another_question"),
    ("quizzes.question_types.base:single_value", "if len(values) > 1", "if False", "several_options_of_a_single_choice_question"),
    ("courses.views:done", 'if item["kind"] != "lesson"', "if False", "completing_the_test_like_a_lesson"),
    ("courses.views:_own_enrolment", ".active()", "", "completing_lessons_after_leaving"),
    ("courses.enrolment:may_renew", "if enrolment.completed_at is None", "if False", "renewing_the_course_before_completing_it"),
]  # fmt: skip


@pytest.mark.parametrize(
    "cut_and_attack",
    CUTS if EVERYTHING else CUTS[::5],
    ids=lambda cut_and_attack: f"{cut_and_attack[3]} without {cut_and_attack[1]!r}",
)
def test_control_without_a_protection_its_attack_succeeds(scene, cut_and_attack):
    where, cut, put, name = cut_and_attack
    with Mutation(where, cut, put).made():
        statuses, changed = ATTACKS_BY_NAME[name](scene)
    assert changed != ATTACKS_BY_NAME[name].changes or not set(statuses) <= set(ATTACKS_BY_NAME[name].statuses)
