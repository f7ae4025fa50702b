"""Attempts: start, save, hand in and close; when each is allowed, and the rows that it writes."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses.models.records import Completion
from quizzes import answers, attempts, eligibility, grading, tasks
from quizzes.blueprint import CannotFill
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, AttemptItem, AttemptState, Mark, Response
from tests.quizzes.factories import answer_all, course_with_test, enrol, quiz

pytestmark = pytest.mark.django_db


def in_minutes(minutes: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def fail(enrolment, page) -> Attempt:
    attempt = attempts.start(enrolment, page)
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


def test_starting_again_returns_the_running_attempt(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    assert attempts.start(enrolment, page) == attempts.start(enrolment, page)


def test_the_test_opens_when_the_lessons_are_done(amina):
    page = course_with_test(lessons=2)
    with pytest.raises(attempts.LessonsNotDone):
        attempts.start(enrol(amina, page, lessons_done=False), page)
    assert Attempt.objects.count() == 0


def test_nobody_starts_after_leaving_the_course_or_when_their_release_lacks_the_test(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    late = quiz(page.get_parent(), title="Later test")
    with pytest.raises(attempts.QuizNotOpen):
        attempts.start(enrolment, late)
    enrolments.leave(enrolment)
    enrolment.refresh_from_db()
    with pytest.raises(attempts.QuizNotOpen):
        attempts.start(enrolment, page)


def test_a_bank_with_too_few_questions_starts_nothing(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    Question.objects.first().unpublish()
    with pytest.raises(CannotFill):
        attempts.start(enrolment, page)
    assert Attempt.objects.count() == 0


def test_after_three_attempts_comes_a_day_of_pause_and_then_three_more(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    last = [fail(enrolment, page) for _ in range(3)][-1]
    last.refresh_from_db()
    with pytest.raises(attempts.PauseNotOver) as pause:
        attempts.start(enrolment, page)
    assert pause.value.until == last.submitted_at + timedelta(hours=24)
    with in_minutes(24 * 60 - 1), pytest.raises(attempts.PauseNotOver):
        attempts.start(enrolment, page)
    with in_minutes(24 * 60 + 1):
        assert [fail(enrolment, page).number for _ in range(3)] == [4, 5, 6]
        with pytest.raises(attempts.PauseNotOver):
            attempts.start(enrolment, page)


def test_an_abandoned_attempt_counts_as_an_attempt(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    for number in range(3):
        with in_minutes(number * 60):
            attempts.start(enrolment, page)
    with in_minutes(180), pytest.raises(attempts.PauseNotOver) as pause:
        attempts.start(enrolment, page)
    assert pause.value.until == Attempt.objects.get(number=3).deadline + timedelta(hours=24)


def test_a_passed_test_cannot_be_taken_again(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    attempt = attempts.start(enrolment, page)
    answer_all(attempt)
    assert attempts.submit(attempt).passed
    with pytest.raises(attempts.QuizNotOpen):
        attempts.start(enrolment, page)


def test_eligibility_says_what_is_left_and_which_was_best(amina):
    page = course_with_test(["single", "single"])
    enrolment = enrol(amina, page)
    fail(enrolment, page)
    half = attempts.start(enrolment, page)
    answer_all(half, right=1)
    attempts.submit(half)
    state = eligibility.check(enrolment, page)
    assert (state.taken, state.left, state.best, state.opens_at, state.passed) == (2, 1, half, None, False)


def test_passing_completes_the_step_and_the_course_and_issues_the_certificate(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    attempt = attempts.start(enrolment, page)
    answer_all(attempt)
    mark = attempts.submit(attempt)
    done = Completion.objects.get(step_key=page.translation_key)
    assert (mark.passed, done.score, done.max_score) == (True, Decimal(2), Decimal(2))
    assert Certificate.objects.get().achievement == enrolment.uuid


def test_failing_completes_nothing(amina):
    page = course_with_test()
    enrolment = enrol(amina, page)
    fail(enrolment, page)
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
def attempt(amina):
    page = course_with_test()
    return attempts.start(enrol(amina, page), page)


@pytest.fixture
def item(attempt):
    return attempt.items.first()


def ids(item) -> list[str]:
    return [option["id"] for option in item.version.content["body"]["options"]]


def test_the_newest_operation_counts(attempt, item):
    a, b, c = ids(item)
    assert [attempts.save(attempt, item, op, payload, False) for op, payload in ((1, a), (3, c), (2, b))] == [1, 3, 3]
    assert answers.grading_input(attempt)[1][1] == c
    assert saved(item) == [(1, a), (2, b), (3, c)]


def test_the_same_operation_again_changes_nothing(attempt, item):
    a = ids(item)[0]
    assert [attempts.save(attempt, item, 1, a, False) for _ in range(3)] == [1, 1, 1]
    assert saved(item) == [(1, a)]


def test_another_answer_under_the_same_number_is_a_conflict_and_changes_nothing(attempt, item):
    a, b, _c = ids(item)
    attempts.save(attempt, item, 1, a, False)
    with pytest.raises(attempts.OperationConflict) as conflict:
        attempts.save(attempt, item, 1, b, True)
    item.refresh_from_db()
    assert (conflict.value.latest, saved(item), item.flagged) == (1, [(1, a)], False)


def test_a_plain_form_without_a_number_is_the_newest_answer(attempt, item):
    a, b, _c = ids(item)
    attempts.save(attempt, item, 7, a, False)
    attempts.save(attempt, item, None, b, True)
    attempts.save(attempt, item, None, b, True)
    item.refresh_from_db()
    assert (saved(item), item.flagged) == ([(7, a), (8, b)], True)


def test_an_answer_may_be_taken_back(attempt, item):
    attempts.save(attempt, item, 1, ids(item)[0], False)
    attempts.save(attempt, item, 2, None, False)
    assert answers.grading_input(attempt)[1][1] is None


def test_nothing_is_saved_after_handing_in(attempt, item):
    attempts.submit(attempt)
    with pytest.raises(attempts.AttemptClosed):
        attempts.save(attempt, item, 1, ids(item)[0], False)
    assert Response.objects.count() == 0


def test_an_answer_stored_in_time_is_acknowledged_again_after_the_deadline(attempt, item):
    attempts.save(attempt, item, 1, ids(item)[0], False)
    with in_minutes(50):
        assert attempts.save(attempt, item, 1, ids(item)[0], False) == 1
        for op, answer in ((1, ids(item)[1]), (2, ids(item)[0]), (None, ids(item)[0])):
            with pytest.raises(attempts.AttemptClosed):
                attempts.save(attempt, item, op, answer, False)
    assert Response.objects.count() == 1


@pytest.mark.parametrize(("minutes", "saved_in_time"), [(44.99, True), (45, False), (45.02, False)])
def test_an_answer_counts_until_the_exact_deadline(attempt, item, minutes, saved_in_time):
    with time_machine.travel(attempt.started_at + timedelta(minutes=minutes), tick=False):
        if saved_in_time:
            assert attempts.save(attempt, item, 1, ids(item)[0], False) == 1
        else:
            with pytest.raises(attempts.AttemptClosed):
                attempts.save(attempt, item, 1, ids(item)[0], False)


def test_the_sweep_closes_an_overdue_attempt_once_with_the_answers_saved_by_the_deadline(attempt):
    answer_all(attempt, right=1)
    assert attempts.close_overdue() == 0
    with in_minutes(50):
        assert [attempts.close_overdue(), attempts.close_overdue()] == [1, 0]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.why, attempt.submitted_at) == (AttemptState.CLOSED, "time", attempt.deadline)
    assert [(mark.score, mark.max_score) for mark in Mark.objects.all()] == [(Decimal(1), Decimal(2))]


def test_answers_saved_in_time_pass_even_when_the_sweep_closes_the_attempt(attempt):
    answer_all(attempt)
    with in_minutes(50):
        tasks.sweep()
    assert Mark.objects.get().passed
    assert Certificate.objects.count() == 1


def test_handing_in_late_closes_the_attempt_at_its_deadline(attempt):
    with in_minutes(46):
        attempts.submit(attempt)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == (AttemptState.CLOSED, attempt.deadline)


def test_one_attempt_that_cannot_be_marked_does_not_keep_the_others_open(amina, baraka, monkeypatch):
    page = course_with_test()
    broken, whole = (attempts.start(enrol(person, page), page) for person in (amina, baraka))
    Attempt.objects.filter(pk=broken.pk).update(deadline=F("deadline") - timedelta(seconds=1))
    grade, calls = grading.grade, []

    def fail_first(*args):
        calls.append(args)
        return grade(*args) if len(calls) > 1 else 1 / 0

    monkeypatch.setattr(grading, "grade", fail_first)
    with in_minutes(50):
        assert attempts.close_overdue() == 1
    assert Mark.objects.get().attempt == whole
