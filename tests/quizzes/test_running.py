"""A running test stands first on My learning and on the course page, and whoever leaves it is told that the clock runs."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from courses import enrolment as enrolments
from courses import releases
from courses.models.pages import CoursePage
from quizzes import attempts
from quizzes.models.records import Attempt
from tests.quizzes.factories import answer_all, course_with_test, enrol, question, quiz
from tests.support import factories
from tests.support.people import person

pytestmark = pytest.mark.django_db
NOON = "2026-11-27T09:00:00Z"  # in Nairobi


@pytest.fixture
def amina():
    return person("Dr Amina Yusuf Hassan", "KE", time_zone="Africa/Nairobi")


@pytest.fixture
def attempt(amina) -> Attempt:
    """A test of 45 minutes, begun at noon, with one of two questions answered."""
    page = course_with_test()
    with time_machine.travel(NOON, tick=False):
        running = attempts.start(enrol(amina, page), page)
        answer_all(running, right=1)
    return running


@pytest.fixture
def after(as_person, amina):
    """What Amina reads on a page so many minutes after noon."""

    def read(minutes: int, url: str) -> str:
        with time_machine.travel(NOON, tick=False) as traveller:
            traveller.shift(timedelta(minutes=minutes))
            html = as_person(amina).get(url, follow=True).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1]).split())

    return read


def course_url(attempt: Attempt) -> str:
    return CoursePage.objects.get(translation_key=attempt.enrolment.course_key).get_url()


def test_my_learning_begins_with_the_running_test(after, attempt):
    shown = after(22, reverse("learning"))
    assert "Your test is running, Amina Your next step Care , started at 12:00 Final test 23 minutes left" in shown
    assert "It closes at 12:45 , your time. 1 answered, 1 empty. Continue the test" in shown
    assert "Your test is running" not in after(46, reverse("learning"))


def test_the_course_page_begins_with_the_running_test(after, attempt):
    shown = after(22, course_url(attempt))
    assert shown.index("Your test is running") < shown.index("1 of 2 steps done")


def test_the_test_of_a_course_that_was_left_still_stands_first(after, attempt):
    enrolments.leave(attempt.enrolment)
    assert "Your test is running" in after(22, reverse("learning"))


def test_leaving_the_course_says_that_its_test_goes_on(after, attempt):
    assert "this test keeps running until 12:45" in after(22, reverse("leave", args=[attempt.enrolment.uuid]))


def test_leaving_the_test_says_that_the_clock_keeps_running_and_how_to_come_back(after, attempt):
    url = reverse("quizzes:leave", args=[attempt.uuid])
    shown = after(22, url)
    assert "The clock keeps running: 23 minutes left, until 12:45 ." in shown
    assert "1 answered, 1 empty. What is saved stays saved" in shown
    assert "To come back, open My learning" in shown
    attempt.refresh_from_db()
    assert attempt.state == "open"
    assert "This attempt" in after(46, url)


def test_the_ways_out_of_a_test_lead_over_that_page(as_person, attempt, amina):
    with time_machine.travel(NOON, tick=False):
        html = as_person(amina).get(reverse("quizzes:item", args=[attempt.uuid, 1])).content.decode()
    leave = reverse("quizzes:leave", args=[attempt.uuid])
    assert re.findall(r'href="([^"]*)"', html.split("<header", 1)[1].split("</header>", 1)[0]) == [leave, leave]


def test_another_persons_running_test_is_not_shown(as_person, attempt, baraka):
    client = as_person(baraka)
    assert "is running" not in client.get(reverse("learning")).content.decode()
    assert client.get(reverse("quizzes:leave", args=[attempt.uuid])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_my_learning_costs_the_same_with_one_running_test_and_with_three(
    as_person, amina, count, django_assert_num_queries
):
    course = factories.course(released=False)
    for number in range(count):
        question("kprim", pool=f"k{number}")
    pages = [quiz(course, [(f"k{number}", 1)], title=f"Test {number}") for number in range(count)]
    releases.release(course, "editorial", None)
    for page in pages:
        running = attempts.start(enrol(amina, page), page)
        answer_all(running)
    client = as_person(amina)
    client.get(reverse("learning"))
    with django_assert_num_queries(6):  # one of them for what is running
        assert client.get(reverse("learning")).content.decode().count("Continue the test") == count
