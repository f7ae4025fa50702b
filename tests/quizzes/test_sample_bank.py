"""The critical questions of C6, loaded as a sample: a learner who misses one of them does not pass."""

import pytest
from django.core.management import call_command

from courses.importing import course as course_packages
from quizzes import attempts, results
from quizzes.blueprint import most_papers
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from tests.quizzes.factories import enrol

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CRITICAL = {"c6-m1-q01", "c6-m1-q02", "c6-m1-q05"}


@pytest.fixture
def test(db) -> QuizPage:
    call_command("load_standards")
    call_command("prepare")
    course_packages.load(course_packages.LIBRARY / "overdose-sample")
    return QuizPage.objects.get()


def take_test(who, test, wrong: str = ""):
    """Answer everything correctly except the question with this code, which gets no answer."""
    attempt = attempts.start(enrol(who, test), test)
    for item in attempt.items.select_related("version"):
        if item.version.content["code"] != wrong:
            attempts.save(attempt, item, 1, item.version.question_type.key(item.version.content["body"]), False)
    return attempt, attempts.submit(attempt)


def test_the_critical_questions_are_in_every_paper(test, amina, baraka):
    for person in (amina, baraka):
        codes = {item.version.content["code"] for item in attempts.start(enrol(person, test), test).items.all()}
        assert codes > CRITICAL
        assert len(codes) == 6
    assert set(Question.objects.filter(critical=True).values_list("code", flat=True)) == CRITICAL
    cards = Question.objects.cards_for(test.cells, "en")
    assert most_papers(test.cells, cards) == 4  # three of the four others at this level


@pytest.mark.parametrize("wrong", sorted(CRITICAL))
def test_a_critical_error_is_not_passed_whatever_the_score(test, amina, as_person, wrong):
    test.pass_percent = 80
    attempt, mark = take_test(amina, test, wrong)
    assert (mark.score, mark.max_score, mark.passed, mark.critical_errors) == (5, 6, False, 1)
    assert 5 / 6 > 0.8, "the score alone would have passed"
    page = " ".join(as_person(amina).get(f"/en/quiz/{attempt.uuid}/result/").content.decode().split())
    assert "Not passed: a critical error" in page
    assert "You need to get such questions fully right to pass, whatever the score." in page
    assert "<b>critical error</b>" in page


def test_half_right_is_wrong_where_a_life_may_depend_on_it(test, amina):
    attempt = attempts.start(enrol(amina, test), test)
    for item in attempt.items.select_related("version"):
        answer = item.version.question_type.key(item.version.content["body"])
        half = answer[:2] if item.version.content["code"] == "c6-m1-q01" else answer
        attempts.save(attempt, item, 1, half, False)
    mark = attempts.submit(attempt)
    assert (mark.score, mark.passed) == (5, False)


def test_everything_right_is_passed_and_nothing_is_missed(test, amina):
    attempt, mark = take_test(amina, test)
    assert (mark.passed, mark.critical_errors) == (True, 0)
    context = results.context(attempt)
    assert not context["missed"]


def test_the_start_page_says_that_there_are_critical_questions(test, amina, as_person):
    enrol(amina, test)
    page = as_person(amina).get(test.get_url()).content.decode()
    assert "This test has questions on which a life may depend." in page
