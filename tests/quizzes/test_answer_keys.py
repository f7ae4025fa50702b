"""No key is shown before the person has passed every test of theirs that has asked the question or may ask it."""

import re
import uuid

import pytest
from django.urls import reverse

from courses import releases
from courses.enrolment import leave as leave_course
from courses.models.records import CourseRelease, Enrolment
from quizzes import answer_keys, attempts
from quizzes.models.pages import QuizPurpose
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, Mark, Review
from tests.quizzes.factories import answer_all, course_with_test, enrol, mark_texts, question, quiz
from tests.quizzes.test_publishing import form
from tests.support.mutations import Mutation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

KEY = "Because of p1-q01."  # the explanation of the first question


@pytest.fixture
def page(db):
    return course_with_test(["single", "multiple"], attempts_per_round=2)


@pytest.fixture
def read(as_person, amina):
    """What Amina reads on the result of an attempt, as text."""

    def shown(attempt) -> str:
        html = as_person(amina).get(reverse("quizzes:result", args=[attempt.uuid])).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())

    return shown


def taken(enrolment, quiz_page, right: int = 0) -> Attempt:
    """An attempt that is handed in with so many right answers."""
    attempt = attempts.start(enrolment, quiz_page)
    answer_all(attempt, right=right)
    attempts.submit(attempt)
    return attempt


def mark_again(attempt, passed: bool) -> None:
    """A later mark, as a regrade or its revert makes one."""
    last = attempt.marks.latest("number")
    Mark.objects.create(
        attempt=attempt, number=last.number + 1, score=1, max_score=last.max_score, passed=passed, at=last.at
    )


def quiz_with_the_same_questions(page, **fields):
    """Another test in the same course, released for everybody, that draws from the same pools."""
    course = page.get_parent().specific
    other = quiz(course, [("p1", 1), ("p2", 1)], title="Other test", **fields)
    Enrolment.objects.update(release=releases.release(course, CourseRelease.Kind.EDITORIAL, None))
    return other


def withholding(attempt, *pages) -> bool:
    """Whether exactly these tests withhold each question of the attempt."""
    questions = attempt.items.values_list("version__key", flat=True)
    withheld = answer_keys.withheld_from(attempt)
    keys = {page.translation_key for page in pages}
    return all({quiz_key for _enrolment, quiz_key in withheld.get(key, ())} == keys for key in questions)


def test_a_failed_attempt_says_which_questions_were_wrong_and_no_more(read, page, amina):
    attempt = attempts.start(enrol(amina, page), page)
    single, multiple = attempt.items.select_related("version")
    attempts.save(attempt, single, 1, single.version.content["body"]["options"][1]["id"], False)
    attempts.save(attempt, multiple, 1, [multiple.version.content["body"]["options"][0]["id"]], False)
    attempts.submit(attempt)
    shown = read(attempt)
    for words in ("Question p1-q01?", "Question 2, partly right", "The 2 questions you missed", "when you have passed"):
        assert words in shown
    for words in (KEY, "You chose this", "Naloxone", "Aspirin", "of the point", "with their explanations"):
        assert words not in shown


def test_after_passing_all_attempts_show_their_questions_with_key_and_feedback(read, page, amina):
    enrolment = enrol(amina, page)
    failed, passed = taken(enrolment, page), taken(enrolment, page, right=2)
    assert all(KEY in read(attempt) for attempt in (failed, passed))
    mark_again(passed, passed=False)
    Enrolment.objects.update(completed_at=None)  # as progress.take_back_step() does
    assert not any(KEY in read(attempt) for attempt in (failed, passed)), "the pass was reverted"


def test_a_test_that_shows_the_score_only_promises_no_explanations(read, page, amina):
    type(page).objects.update(review=Review.SCORE)
    page.refresh_from_db()
    shown = read(taken(enrol(amina, page), page))
    assert "Read the lessons again before you try again." in shown
    assert ("Question p1-q01?" in shown, "explanations" in shown) == (False, False)


def test_nobody_elses_pass_opens_a_key(page, amina, baraka):
    taken(enrol(baraka, page), page, right=2)
    assert withholding(taken(enrol(amina, page), page), page)


def test_what_the_process_remembers_of_somebodys_result_opens_no_key(read, as_person, page, amina, baraka):
    passed, failed = taken(enrol(baraka, page), page, right=2), taken(enrol(amina, page), page)
    for _ in range(2):
        response = as_person(baraka).get(reverse("quizzes:result", args=[passed.uuid]))
        assert KEY in response.content.decode()
        assert KEY not in read(failed)


@pytest.mark.parametrize("purpose", QuizPurpose)
def test_a_result_hides_what_another_test_may_ask_and_says_which(read, page, amina, purpose):
    """A test of a module draws from the pools of the final test, or practice does."""
    other = quiz_with_the_same_questions(page, purpose=purpose)
    enrolment = enrol(amina, page)
    passed = taken(enrolment, other, right=2)
    assert withholding(passed, page)
    shown = read(passed)
    assert KEY not in shown
    assert "Some answers are shown after you pass this test, which may ask the same questions: Final test" in shown
    taken(enrolment, page, right=2)
    assert KEY in read(passed)


def test_a_failed_test_names_the_others_that_withhold_its_answers(read, page, amina):
    other = quiz_with_the_same_questions(page)
    failed = taken(enrol(amina, page), page)
    assert withholding(failed, page, other)
    assert "which may ask the same questions: Final test , Other test" in read(failed)


def offline(page):
    page.unpublish()


def leave(page):
    leave_course(Enrolment.objects.get())


def question_offline(page):
    for row in Question.objects.all():
        row.unpublish()


def asked_by_its_words(page):
    """The bank gets a copy of each question, as Snippets > Question > Copy makes one, and the test asks only these."""
    for row in Question.objects.all():
        row.pk, row.translation_key, row.code = None, uuid.uuid4(), f"{row.code}-copy"
        row.pool, row.stem, row.latest_revision, row.live_revision = (
            f"{row.pool}-copy",
            f" {row.stem.upper()}",
            None,
            None,
        )
        row.save()
        row.save_revision().publish()
    draws = page.draws.get_prep_value()
    for draw in draws:
        draw["value"]["pool"] += "-copy"
    page.draws = type(page)._meta.get_field("draws").to_python(draws)
    page.save_revision().publish()


@pytest.mark.parametrize("story", [offline, leave, question_offline, asked_by_its_words])
def test_a_test_that_still_has_to_be_passed_withholds_whatever_happens(page, amina, story):
    practice = quiz_with_the_same_questions(page, purpose=QuizPurpose.PRACTICE)
    rehearsed = taken(enrol(amina, page), practice)
    story(page)
    assert withholding(rehearsed, page)


def test_a_test_that_asks_other_questions_withholds_none(page, amina):
    other = quiz(page.get_parent().specific, [("p3", 1)], title="Other test")
    question(pool="p3")
    releases.release(page.get_parent().specific, CourseRelease.Kind.EDITORIAL, None)
    enrolment = enrol(amina, page)
    assert enrolment.release.certifies(other.translation_key)
    assert withholding(taken(enrolment, page, right=2))


def test_a_new_period_hides_the_answers_of_the_last_one_until_it_is_passed(read, page, amina):
    first = enrol(amina, page)
    passed = taken(first, page, right=2)
    assert KEY in read(passed)
    Enrolment.objects.create(learner=amina, course_key=first.course_key, period=2, release=first.release)
    assert KEY not in read(passed), "before the first attempt"
    second = enrol(amina, page)
    attempt = taken(second, page)
    assert (KEY in read(attempt), KEY in read(passed)) == (False, False)
    renewed = taken(second, page, right=2)
    assert all(KEY in read(own) for own in (passed, attempt, renewed))


def test_what_markers_wrote_is_shown_without_the_rubric(read, amina, kofi, grace):
    page = course_with_test(["single", "freetext"])
    attempt = attempts.start(enrol(amina, page), page)
    text = attempt.items.get(position=2)
    attempts.save(attempt, text, 1, "Call for help.", False)
    attempts.submit(attempt)
    mark_texts(attempt, kofi, grace, share=0)
    shown = read(attempt)
    assert ("Read with care." in shown, "0 of 6 points of the rubric count." in shown) == (True, True)
    assert ("One point for the breath" in shown, "Breathing fails" in shown) == (False, False)


@pytest.mark.parametrize("purpose", QuizPurpose)
def test_a_test_and_practice_with_the_same_questions_are_not_both_published(
    as_person, administrator, prepared, page, purpose
):
    quiz_with_the_same_questions(page, purpose=next(other for other in QuizPurpose if other != purpose))
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    sent = form(page, 1) | {"purpose": purpose, "action-publish": "action-publish"}
    refused = as_person(administrator).post(url, sent).content.decode()
    assert "may ask the same questions. Practice shows the answers" in refused
    page.refresh_from_db()
    assert page.purpose == QuizPurpose.TEST
    assert bool(page.lacking()) == (purpose == QuizPurpose.TEST), "what a review would publish is asked too"


def test_control_without_the_check_for_a_running_attempt_an_earlier_key_is_shown(read, page, amina):
    enrolment = enrol(amina, page)
    failed = taken(enrolment, page)
    attempts.start(enrolment, page)
    mark_again(failed, passed=True)
    assert KEY not in read(failed)
    cut = " | {(row.enrolment_id, row.quiz_key) for row in rows if row.state == AttemptState.OPEN}"
    with Mutation("quizzes.answer_keys:_tests_to_pass", cut).made():
        assert KEY in read(failed)


@pytest.mark.parametrize("others", [1, 3])
def test_it_costs_the_same_for_one_other_test_and_for_three(page, amina, others, django_assert_num_queries):
    for number in range(others):
        quiz(page.get_parent().specific, [("p1", 1), ("p2", 1)], title=f"Other test {number}")
    releases.release(page.get_parent().specific, CourseRelease.Kind.EDITORIAL, None)
    failed = taken(enrol(amina, page), page)
    with django_assert_num_queries(7):
        assert answer_keys.withheld_from(failed)
