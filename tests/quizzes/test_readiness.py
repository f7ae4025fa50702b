"""A test that nobody could start is not closed silently: its authors are told before, and wherever they look."""

import pytest
from django.urls import reverse

from courses import releases
from courses.models.records import CourseRelease
from quizzes.models.pages import QuizPage, QuizPurpose
from quizzes.models.questions import Question
from tests.quizzes.factories import course_with_test, question, quiz
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]
EDITORIAL, REQUIRED, CORRECTION = CourseRelease.Kind
LACKING = "p1: 1 published question is missing."
UNPUBLISH, HOME = 25, 40


def text(response) -> str:
    return " ".join(response.content.decode().split())


def unpublish_page(client, bank_question) -> str:
    return text(client.get(f"/admin/snippets/quizzes/question/unpublish/{bank_question.pk}/"))


class TestUnpublishingAQuestion:
    def test_the_page_says_which_tests_would_lack_how_many(self, quiz_page, course, grace, as_person):
        quiz(course, [("p1", 1), ("p2", 1)], title="Second test")
        quiz(course, [("p2", 1)], title="Other test")
        html = unpublish_page(as_person(grace), Question.objects.get(pool="p1"))
        for title in ("Final test", "Second test"):
            assert f"Nobody could start “{title}” then: {LACKING}" in html
        assert "Other test" not in html
        assert "Yes, unpublish it" in html

    def test_it_says_nothing_while_there_are_enough(self, quiz_page, grace, as_person):
        question("single", code="p1-spare", pool="p1")
        assert "Nobody could start" not in unpublish_page(as_person(grace), Question.objects.get(code="p1-spare"))

    def test_a_question_of_every_paper_is_named_as_such(self, course, grace, as_person):
        fixed = question("freetext", pool="written")
        quiz(course, (), fixed=[fixed], title="Written test")
        html = unpublish_page(as_person(grace), fixed)
        assert "Nobody could start “Written test” then: A question that should be in every paper" in html

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_the_same_for_one_test_and_for_three(
        self, course, grace, as_person, count, django_assert_num_queries
    ):
        for number in range(count - 1):
            quiz(course, [("p1", 1)], title=f"Test {number}")
        client, bank_question = as_person(grace), Question.objects.get(pool="p1")
        unpublish_page(client, bank_question)
        with django_assert_num_queries(UNPUBLISH):
            assert unpublish_page(client, bank_question).count("Nobody could start") == count


class TestReleasing:
    def test_a_test_that_nobody_could_start_is_not_released(self, course, grace, as_person):
        quiz(course, [("p1", 2)], title="Second test")
        words = f"“Second test” cannot be started: {LACKING}"
        client, url = as_person(grace), reverse("course_release", args=[course.pk])
        assert words in text(client.get(url))
        assert text(client.post(url, {"kind": "required", "note": ""})).count(words) == 2
        with pytest.raises(releases.CannotRelease, match=LACKING):
            releases.release(course, EDITORIAL, grace)
        question("single", code="p1-spare", pool="p1")
        client.post(url, {"kind": "required", "note": ""})
        assert CourseRelease.objects.first().number == "1.1"

    def test_a_test_without_questions_is_not_released(self, course):
        quiz(course, (), title="Empty test")
        with pytest.raises(releases.CannotRelease, match="“Empty test” cannot be started: This test does not draw any"):
            releases.release(course, EDITORIAL, None)

    def test_practice_is_named_and_released(self, course, grace, as_person):
        quiz(course, [("p9", 1)], title="Practice", purpose=QuizPurpose.PRACTICE)
        url = reverse("course_release", args=[course.pk])
        assert "“Practice” cannot be started: p9: 1 published question is missing." in text(as_person(grace).get(url))
        assert releases.release(course, EDITORIAL, grace)

    def test_a_correction_of_safety_does_not_wait_for_it(self, course):
        Question.objects.get(pool="p1").unpublish()
        assert releases.release(course, CORRECTION, None, "0.5 mg is right.")


class TestTheHomePageOfTheAdmin:
    WORDS = f"“Final test” cannot be started: {LACKING}"

    def home(self, client) -> str:
        return text(client.get(reverse("wagtailadmin_home")))

    def test_it_lists_released_tests_that_cannot_be_started(self, quiz_page, course, kofi, rosa, as_person):
        quiz(course, [("p9", 1)], title="Not released")
        assert "cannot be started" not in self.home(as_person(kofi))
        Question.objects.get(pool="p1").unpublish()
        html = self.home(as_person(kofi))
        assert (self.WORDS in html, "Not released” cannot" in html) == (True, False)
        assert f'href="{reverse("wagtailadmin_pages:edit", args=[quiz_page.pk])}"' in html
        assert "cannot be started" not in self.home(as_person(rosa))

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_costs_the_same_for_one_test_and_for_three(self, kofi, as_person, count, django_assert_num_queries):
        course_with_test()
        for number in range(count - 1):
            other = factories.course(f"Other {number}", lessons=1, released=False)
            quiz(other, [("p1", 1)], title=f"Test {number}")
            releases.release(other, EDITORIAL, None)
        Question.objects.get(pool="p1").unpublish()
        assert QuizPage.objects.count() == count
        client = as_person(kofi)
        self.home(client)
        with django_assert_num_queries(HOME):
            assert self.home(client).count("cannot be started") == count
