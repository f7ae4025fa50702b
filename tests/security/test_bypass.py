"""No way round the clock, the number of attempts or the order of steps: every attack that is listed fails."""

import pytest
from django.db import transaction

from accounts import process_cache
from quizzes.models.records import Attempt
from tests.access.requests import taken_back
from tests.security import attacks_on_sittings, attacks_on_steps
from tests.security.bypass import ATTACKS, Scene, everything
from tests.support.mutations import Mutation
from tests.support.people import person
from tests.support.tiers import EVERYTHING

NAMED = {str(each): each for each in ATTACKS}


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """Set once; what an attack changes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        process_cache.forget()
        yield Scene(person("Amina Yusuf Hassan", "KE"), person("Baraka Otieno", "KE"))
        transaction.set_rollback(True)


@pytest.fixture
def db(stage) -> None:
    """In place of pytest-django's: the database as the stage has it."""


@pytest.fixture
def scene(db, stage):
    with taken_back():
        yield stage.again()


def test_there_are_attacks_enough_and_none_twice():
    assert len(NAMED) == len(ATTACKS) >= 30
    assert {each.run.__module__ for each in ATTACKS} == {attacks_on_sittings.__name__, attacks_on_steps.__name__}


@pytest.mark.parametrize("name", NAMED)
def test_an_attack_is_answered_and_changes_nothing_that_counts(scene, name):
    answered, changed = NAMED[name](scene)
    assert set(answered) <= set(NAMED[name].answered), answered
    assert changed == NAMED[name].changes


def test_a_late_operation_does_not_count(scene):
    assert scene.save({"op": "5"}).json() == {"latest": 5}
    assert scene.save({"op": "2", "answer": scene.wrong()}).json() == {"latest": 5}
    assert [item.payload for item in scene.sitting.items.with_answer()] == [scene.right()["answer"][0], None]


def test_fields_nobody_asked_for_leave_the_attempt_as_it_was(scene):
    before = Attempt.objects.values().get(pk=scene.sitting.pk)
    assert scene.save(everything()).status_code == 200
    assert Attempt.objects.values().get(pk=scene.sitting.pk) == {**before, "seq": before["seq"] + 1}


# One protection gone, and an attack that must then succeed, or be answered otherwise.
BITES = [
    ("quizzes.attempts:save", ".filter(deadline__gt=now)", "", "saving_when_the_time_is_up"),
    ("quizzes.attempts:save", ".open()", "", "saving_after_handing_in"),
    ("quizzes.attempts:start", "if before.passed", "if False", "beginning_after_it_was_passed"),
    ("quizzes.attempts:start", "if before.opens_at", "if False", "beginning_in_the_pause"),
    ("quizzes.attempts:start", "if before.opens_at", "if False", "leaving_the_last_one_open_to_get_another"),
    ("quizzes.attempts:_refuse_unless_open", "enrolment.left_at or", "", "beginning_after_leaving"),
    ("quizzes.attempts:_refuse_unless_open", "not listed or", "", "beginning_a_test_of_another_course_on_ones_own_enrolment"),
    ("quizzes.attempts:_refuse_unless_open", "raise LessonsOpen", "pass", "beginning_without_the_last_lesson"),
    ("quizzes.attempts:_repeat", "raise Conflict(newest)", "pass", "another_answer_under_an_old_number"),
    ("quizzes.views:save", "if op is None", "if False", "numbers_that_are_none"),
    ("quizzes.views:_op", " or None", "", "numbers_that_are_none"),
    ("accounts.text:small_number", "if int(text) <= most else None", "", "numbers_that_are_none"),
    ("quizzes.views:_my_item", "here is None or here.attempt.enrolment.learner_id != request.user.pk", "here is None",
     "anothers_attempt_that_this_process_has_just_read"),
    ("quizzes.views:result", "if mine.state == State.OPEN", "if False", "the_result_before_the_end"),
    ("quizzes.question_types.choice_base:OneChoiceType.parse", "chosen not in option_ids(content)", "False", "the_option_of_another_item"),
    ("quizzes.question_types.base:single_value", "if len(values) > 1", "if False", "several_options_where_one_is_asked_for"),
    ("courses.views:done", 'if item["kind"] != "lesson"', "if False", "marking_the_test_as_done_like_a_lesson"),
    ("courses.views:_mine", ".active()", "", "going_on_with_the_lessons_after_leaving"),
    ("courses.enrolment:may_renew", "if enrolment.completed_at is None", "if False", "taking_the_course_again_before_it_is_done"),
]  # fmt: skip


@pytest.mark.parametrize("bite", BITES if EVERYTHING else BITES[::5], ids=lambda bite: f"{bite[3]} without {bite[1]!r}")
def test_without_a_protection_its_attack_succeeds(scene, bite):
    where, cut, put, name = bite
    with Mutation(where, cut, put).made():
        answered, changed = NAMED[name](scene)
    assert changed != NAMED[name].changes or not set(answered) <= set(NAMED[name].answered)
