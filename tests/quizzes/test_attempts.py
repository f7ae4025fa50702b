"""Starting, saving, handing in: what may happen when, and what it leaves behind."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.records import Completion
from quizzes import attempts, grading, tasks
from quizzes.blueprint import CannotFill
from quizzes.eligibility import items_needed, items_short, standing
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, AttemptItem, Mark, Response, State
from tests.quizzes.factories import answer_all, course_with_test, enrol, question, quiz
from tests.support import factories as course_factories

pytestmark = pytest.mark.django_db


def in_minutes(minutes: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def fail(mine, page) -> Attempt:
    attempt = attempts.start(mine, page)
    attempts.submit(attempt)
    return attempt


def saved(item: AttemptItem) -> list:
    return list(item.responses.order_by("op").values_list("op", "payload"))


def test_an_attempt_copies_what_the_page_says_and_asks_the_newest_versions(amina):
    page = course_with_test(["single", "ordering"], minutes=30, pass_percent=70)
    attempt = attempts.start(enrol(amina, page), page)
    assert (attempt.quiz_title, attempt.minutes, attempt.pass_percent, attempt.number) == ("Final test", 30, 70, 1)
    assert attempt.deadline - attempt.started_at == timedelta(minutes=30)
    assert [item.version.content["kind"] for item in attempt.items.all()] == ["single", "ordering"]


def test_an_attempt_keeps_its_paper_when_the_key_is_changed_meanwhile(amina):
    page = course_with_test(["truefalse"])
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt)
    changed = Question.objects.get()
    changed.content[0].value["answer"] = not changed.content[0].value["answer"]
    changed.save_revision().publish()
    assert attempts.submit(attempt).score == 1


def test_starting_again_gives_the_sitting_that_is_running(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    assert attempts.start(mine, page) == attempts.start(mine, page)


def test_the_test_opens_when_the_lessons_are_done(amina):
    page = course_with_test(lessons=2)
    with pytest.raises(attempts.LessonsOpen):
        attempts.start(enrol(amina, page, lessons_done=False), page)
    assert Attempt.objects.count() == 0


def test_who_has_left_the_course_or_does_not_have_the_test_in_their_release_cannot_start(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    late = quiz(page.get_parent(), title="Later test")
    with pytest.raises(attempts.NotOpen):
        attempts.start(mine, late)
    enrolments.leave(mine)
    mine.refresh_from_db()
    with pytest.raises(attempts.NotOpen):
        attempts.start(mine, page)


def test_a_bank_with_too_few_questions_starts_nothing(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    Question.objects.first().unpublish()
    with pytest.raises(CannotFill):
        attempts.start(mine, page)
    assert Attempt.objects.count() == 0


def test_after_three_attempts_comes_a_day_of_pause_and_then_three_more(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    ended = [fail(mine, page) for _ in range(3)][-1]
    ended.refresh_from_db()
    with pytest.raises(attempts.Paused) as pause:
        attempts.start(mine, page)
    assert pause.value.until == ended.submitted_at + timedelta(hours=24)
    with in_minutes(24 * 60 - 1), pytest.raises(attempts.Paused):
        attempts.start(mine, page)
    with in_minutes(24 * 60 + 1):
        assert [fail(mine, page).number for _ in range(3)] == [4, 5, 6]
        with pytest.raises(attempts.Paused):
            attempts.start(mine, page)


def test_a_sitting_that_was_left_alone_counts_as_an_attempt(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    for number in range(3):
        with in_minutes(number * 60):
            attempts.start(mine, page)
    with in_minutes(180), pytest.raises(attempts.Paused) as pause:
        attempts.start(mine, page)
    assert pause.value.until == Attempt.objects.get(number=3).deadline + timedelta(hours=24)


def test_a_test_that_is_passed_is_not_sat_again(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    attempt = attempts.start(mine, page)
    answer_all(attempt)
    assert attempts.submit(attempt).passed
    with pytest.raises(attempts.NotOpen):
        attempts.start(mine, page)


def test_standing_says_what_is_left_and_which_was_best(amina):
    page = course_with_test(["single", "single"])
    mine = enrol(amina, page)
    fail(mine, page)
    half = attempts.start(mine, page)
    answer_all(half, right=1)
    attempts.submit(half)
    now = standing(mine, page)
    assert (now.taken, now.left, now.best, now.opens_at, now.passed) == (2, 1, half, None, False)


def test_passing_completes_the_step_and_the_course_and_issues_the_certificate(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    attempt = attempts.start(mine, page)
    answer_all(attempt)
    mark = attempts.submit(attempt)
    done = Completion.objects.get(step_key=page.translation_key)
    assert (mark.passed, done.score, done.max_score) == (True, Decimal(2), Decimal(2))
    assert Certificate.objects.get().achievement == mine.uuid


def test_failing_completes_nothing(amina):
    page = course_with_test()
    mine = enrol(amina, page)
    fail(mine, page)
    assert Completion.objects.filter(step_key=page.translation_key).count() == 0
    assert Certificate.objects.count() == 0


@pytest.mark.parametrize(("right", "passed"), [(4, True), (3, False)])
def test_the_pass_mark_itself_passes(amina, right, passed):
    page = course_with_test(["single"] * 5, pass_percent=80)
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt, right=right)
    assert attempts.submit(attempt).passed is passed


def test_handing_in_twice_gives_the_same_mark(amina):
    page = course_with_test()
    attempt = attempts.start(enrol(amina, page), page)
    assert [attempts.submit(attempt).pk for _ in range(3)] == [Mark.objects.get().pk] * 3


@pytest.fixture
def sitting(amina):
    page = course_with_test()
    return attempts.start(enrol(amina, page), page)


@pytest.fixture
def item(sitting):
    return sitting.items.first()


def ids(item) -> list[str]:
    return [option["id"] for option in item.version.content["body"]["options"]]


def test_the_newest_operation_counts(sitting, item):
    a, b, c = ids(item)
    assert [attempts.save(sitting, item, op, payload, False) for op, payload in ((1, a), (3, c), (2, b))] == [1, 3, 3]
    assert attempts.answers(sitting)[1][1] == c
    assert saved(item) == [(1, a), (2, b), (3, c)]


def test_the_same_operation_again_changes_nothing(sitting, item):
    a = ids(item)[0]
    assert [attempts.save(sitting, item, 1, a, False) for _ in range(3)] == [1, 1, 1]
    assert saved(item) == [(1, a)]


def test_another_answer_under_the_same_number_is_a_conflict_and_changes_nothing(sitting, item):
    a, b, _c = ids(item)
    attempts.save(sitting, item, 1, a, False)
    with pytest.raises(attempts.Conflict) as conflict:
        attempts.save(sitting, item, 1, b, True)
    item.refresh_from_db()
    assert (conflict.value.latest, saved(item), item.flagged) == (1, [(1, a)], False)


def test_a_plain_form_without_a_number_is_the_newest_answer(sitting, item):
    a, b, _c = ids(item)
    attempts.save(sitting, item, 7, a, False)
    attempts.save(sitting, item, None, b, True)
    attempts.save(sitting, item, None, b, True)
    item.refresh_from_db()
    assert (saved(item), item.flagged) == ([(7, a), (8, b)], True)


def test_an_answer_may_be_taken_back(sitting, item):
    attempts.save(sitting, item, 1, ids(item)[0], False)
    attempts.save(sitting, item, 2, None, False)
    assert attempts.answers(sitting)[1][1] is None


def test_nothing_is_saved_after_handing_in(sitting, item):
    attempts.submit(sitting)
    with pytest.raises(attempts.Closed):
        attempts.save(sitting, item, 1, ids(item)[0], False)
    assert Response.objects.count() == 0


def test_an_answer_that_was_stored_in_time_is_acknowledged_whenever_it_is_asked_again(sitting, item):
    attempts.save(sitting, item, 1, ids(item)[0], False)
    with in_minutes(50):
        assert attempts.save(sitting, item, 1, ids(item)[0], False) == 1
        for op, answer in ((1, ids(item)[1]), (2, ids(item)[0]), (None, ids(item)[0])):
            with pytest.raises(attempts.Closed):
                attempts.save(sitting, item, op, answer, False)
    assert Response.objects.count() == 1


@pytest.mark.parametrize(("minutes", "kept"), [(44.99, True), (45, False), (45.02, False)])
def test_an_answer_counts_until_the_deadline_to_the_moment(sitting, item, minutes, kept):
    with time_machine.travel(sitting.started_at + timedelta(minutes=minutes), tick=False):
        if kept:
            assert attempts.save(sitting, item, 1, ids(item)[0], False) == 1
        else:
            with pytest.raises(attempts.Closed):
                attempts.save(sitting, item, 1, ids(item)[0], False)


def test_the_sweep_closes_what_was_left_with_what_was_saved_at_the_deadline_once(sitting):
    answer_all(sitting, right=1)
    assert attempts.close_overdue() == 0
    with in_minutes(50):
        assert [attempts.close_overdue(), attempts.close_overdue()] == [1, 0]
    sitting.refresh_from_db()
    assert (sitting.state, sitting.why, sitting.submitted_at) == (State.CLOSED, "time", sitting.deadline)
    assert [(mark.score, mark.max_score) for mark in Mark.objects.all()] == [(Decimal(1), Decimal(2))]


def test_what_was_answered_in_time_passes_even_when_the_sweep_hands_it_in(sitting):
    answer_all(sitting)
    with in_minutes(50):
        tasks.sweep()
    assert Mark.objects.get().passed
    assert Certificate.objects.count() == 1


def test_handing_in_late_is_closing_at_the_deadline(sitting):
    with in_minutes(46):
        attempts.submit(sitting)
    sitting.refresh_from_db()
    assert (sitting.state, sitting.submitted_at) == (State.CLOSED, sitting.deadline)


def test_one_attempt_that_cannot_be_marked_does_not_keep_the_others_open(amina, baraka, monkeypatch):
    page = course_with_test()
    broken, whole = (attempts.start(enrol(person, page), page) for person in (amina, baraka))
    Attempt.objects.filter(pk=broken.pk).update(deadline=F("deadline") - timedelta(seconds=1))
    real, calls = grading.grade, []

    def fail_first(*args):
        calls.append(args)
        return real(*args) if len(calls) > 1 else 1 / 0

    monkeypatch.setattr(grading, "grade", fail_first)
    with in_minutes(50):
        assert attempts.close_overdue() == 1
    assert Mark.objects.get().attempt == whole


@pytest.mark.parametrize(
    ("count", "percent", "needed"), [(24, 80, 20), (10, 80, 8), (5, 80, 4), (3, 50, 2), (7, 100, 7)]
)
def test_the_pass_mark_in_items(count, percent, needed):
    assert items_needed(count, percent) == needed


@pytest.mark.parametrize(("score", "short"), [("19", 1), ("19.333", 0), ("18.9", 1), ("18", 2), ("20", 0), ("0", 20)])
def test_how_many_items_short(score, short):
    assert items_short(Decimal(score), Decimal(24), 80) == short


def test_a_test_of_a_module_waits_for_the_lessons_of_that_module_only(amina):
    course = course_factories.course(lessons=1, released=False)
    second = course_factories.module(course, "Module two")
    course_factories.lesson(second, "Lesson A")
    question()
    question()
    page = quiz(second)
    releases.release(course, "editorial", None)
    mine = enrolments.join(amina, course.translation_key)
    with pytest.raises(attempts.LessonsOpen):
        attempts.start(mine, page)
    lesson = next(step for step in mine.release.steps if step["title"] == "Lesson A")
    progress.complete_step(mine, lesson["key"])
    assert attempts.start(mine, page).number == 1
