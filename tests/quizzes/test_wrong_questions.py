"""A correction of safety of a test: a dose in a question or in its explanation was wrong."""

import pytest
from django.urls import reverse

from courses import notices, releases
from courses.models.records import CourseRelease, ReleaseNotice
from quizzes import attempts
from quizzes.models.questions import Question
from tests.quizzes.factories import course_with_test, enrol, question

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]


@pytest.fixture
def quiz_page(db):
    return course_with_test(lessons=1)


@pytest.fixture
def asked(quiz_page, amina, baraka):
    """Amina was asked the questions and has handed in nothing; Baraka has only read the lesson. Return one question."""
    attempts.start(enrol(amina, quiz_page), quiz_page)
    enrol(baraka, quiz_page)
    return Question.objects.get(pool="p1")


def correct(quiz_page) -> CourseRelease | None:
    key, course = str(quiz_page.translation_key), quiz_page.get_parent().specific
    return releases.release(course, CourseRelease.Kind.CORRECTION, None, "0.5 mg is right.", corrects=[key])


def test_whoever_was_asked_is_told_and_nobody_else(client, kofi, quiz_page, asked, amina):
    asked.save_revision().publish()
    client.force_login(kofi)
    html = client.get(reverse("course_release", args=[quiz_page.get_parent().pk])).content.decode()
    assert "Final test (1 person to tell)" in html
    correct(quiz_page)
    notices.tell()
    assert ReleaseNotice.objects.get().learner == amina


def test_it_waits_until_a_question_that_was_asked_is_mended(quiz_page, asked):
    for mend in (lambda: None, asked.save_revision):
        mend()
        with pytest.raises(releases.NotCorrected):
            correct(quiz_page)
    asked.get_latest_revision().publish()
    assert correct(quiz_page)


def test_a_draft_of_an_asked_question_holds_it_up_and_one_that_nobody_was_asked_does_not(quiz_page, asked):
    asked.save_revision().publish()
    question("single", pool="p9").save_revision()
    also_asked = Question.objects.get(pool="p2")
    also_asked.save_revision()
    with pytest.raises(releases.NotCorrected):
        correct(quiz_page)
    also_asked.get_latest_revision().publish()
    assert correct(quiz_page)


def test_a_wrong_question_that_was_taken_out_is_mended(quiz_page, asked):
    asked.unpublish()
    assert correct(quiz_page)
