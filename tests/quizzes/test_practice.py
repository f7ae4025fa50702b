"""Practice: done when it is handed in, with feedback at once. It never becomes a test that nobody has passed."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from certificates.models import Certificate
from courses import progress, releases
from courses.models.records import CourseRelease
from quizzes import attempts, eligibility
from quizzes.models.pages import QuizPage, QuizPurpose
from quizzes.models.questions import Question
from quizzes.models.records import AttemptState
from tests.quizzes.factories import answer_all, course_with_test, enrol, quiz
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def practice(db):
    return course_with_test(lessons=1, purpose=QuizPurpose.PRACTICE, review="score", attempts_per_round=1)


def test_it_is_done_when_it_is_handed_in_whatever_the_score_and_prints_none(practice, amina):
    attempt = attempts.start(enrol(amina, practice), practice)
    answer_all(attempt, right=1)
    assert not attempts.submit(attempt).passed
    assert Certificate.objects.get().score is None


def test_an_empty_one_is_not_done(practice, amina):
    enrolment = enrol(amina, practice)
    attempts.submit(attempts.start(enrolment, practice))
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None


def test_it_has_no_rounds_and_shows_everything_at_once(practice, amina, client):
    enrolment = enrol(amina, practice)
    for _ in range(3):
        attempt = attempts.start(enrolment, practice)
        answer_all(attempt)
        attempts.submit(attempt)
    assert (attempt.number, attempt.review) == (3, "questions")
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
    Question.objects.update(critical=True)
    html = client.get(practice.url).content.decode()
    assert "Take it as often as you like." in html
    assert "a life may depend" not in html, "no question of a practice test decides about a pass"


def test_its_result_speaks_of_no_pass_mark(practice, amina, client):
    attempt = attempts.start(enrol(amina, practice), practice)
    answer_all(attempt, right=1)
    attempts.submit(attempt)
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = client.get(reverse("quizzes:result", args=[attempt.uuid])).content.decode()
    assert "Practice finished" in html
    assert "ass mark" not in html


def test_it_is_waived_when_it_is_not_published(practice, amina):
    enrol(amina, practice)
    practice.unpublish()
    assert progress.sweep() == 1


def test_a_release_fixes_the_purpose_and_a_copy_is_free(practice):
    """The form, a package, a review and Wagtail's bulk action all come through one of these."""
    practice.purpose = QuizPurpose.TEST
    with pytest.raises(ValidationError, match="A release has this page as practice, so it stays that"):
        practice.save_revision().publish()
    assert practice.lacking() == [
        "A release has this page as practice, so it stays that. Make a copy of it for a test."
    ]
    practice.refresh_from_db()
    copy = practice.copy(update_attrs={"title": "Copy", "slug": "copy"})
    copy.purpose = QuizPurpose.TEST
    copy.save_revision().publish()
    elsewhere = factories.course("Elsewhere", lessons=1, released=False)
    released_test = quiz(elsewhere, [("p1", 1)])
    releases.release(elsewhere, CourseRelease.Kind.EDITORIAL, None)
    released_test.purpose = QuizPurpose.PRACTICE
    with pytest.raises(ValidationError, match="A release has this page as a test, so it stays one"):
        released_test.full_clean()


class TestAPurposeThatChangedAllTheSame:
    """Were a purpose changed by some way round the rule: done practice is no pass, and a test stays what it was."""

    @pytest.fixture
    def other(self, practice):
        """A second practice of the course."""
        course = practice.get_parent().specific
        other = quiz(course, [("p2", 1)], title="Other", purpose=QuizPurpose.PRACTICE)
        releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)
        return other

    @pytest.fixture
    def done(self, practice, other, amina):
        """Amina has handed the practice in and has the other one left. Then it becomes a test, by a required release."""
        enrolment = enrol(amina, practice)
        attempt = attempts.start(enrolment, practice)
        answer_all(attempt)
        attempts.submit(attempt)
        self.become_a_test(practice)
        enrolment.refresh_from_db()
        return enrolment

    def become_a_test(self, practice):
        QuizPage.objects.filter(pk=practice.pk).update(purpose=QuizPurpose.TEST)
        practice.refresh_from_db()
        releases.release(practice.get_parent().specific, CourseRelease.Kind.REQUIRED, None)

    def test_who_had_done_the_practice_is_asked_for_the_pass(self, done, practice, other):
        progress.complete_step(done, other.translation_key)
        assert progress.sweep() == 0
        assert progress.done_keys(done) == {step["key"] for step in done.release.steps} - done.release.tests
        assert not eligibility.check(done, practice).passed
        attempt = attempts.start(done, practice)
        assert (attempt.number, attempt.round, attempt.practice) == (2, 1, False)
        answer_all(attempt)
        attempts.submit(attempt)
        assert Certificate.objects.get().score == 2

    def test_practice_that_is_still_open_is_handed_in_as_practice(self, practice, amina):
        enrolment = enrol(amina, practice)
        running = attempts.start(enrolment, practice)
        answer_all(running)
        self.become_a_test(practice)
        enrolment.refresh_from_db()
        assert not attempts.start(enrolment, practice).practice
        running.refresh_from_db()
        assert running.state == AttemptState.SUBMITTED
        assert progress.sweep() == 0 and not Certificate.objects.exists()

    def test_a_test_stays_a_test_for_those_under_way(self, baraka):
        quiz_page = course_with_test()
        enrolment = enrol(baraka, quiz_page)
        QuizPage.objects.filter(pk=quiz_page.pk).update(purpose=QuizPurpose.PRACTICE)
        quiz_page.refresh_from_db()
        attempt = attempts.start(enrolment, quiz_page)
        answer_all(attempt, right=1)
        attempts.submit(attempt)
        assert not attempt.practice
        assert not Certificate.objects.exists()
        with pytest.raises(releases.DecisionNeeded):
            releases.release(quiz_page.get_parent().specific, CourseRelease.Kind.REQUIRED, None)
