"""The result page: the score in words, what to read again, every question explained."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from courses import releases
from quizzes import attempts, result_words, results
from quizzes.models.records import Attempt, Mark
from tests.quizzes.factories import BY_RULE, ITEMS, answer_all, course_with_test, enrol, question, quiz, statement
from tests.support import factories as course_factories

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def passes(attempt) -> None:
    """A later mark that passes, as a regrade makes one. Only then does the result explain its questions."""
    first = attempt.marks.get()
    Mark.objects.create(attempt=attempt, number=2, score=1, max_score=first.max_score, passed=True, at=first.at)


def result_url(attempt) -> str:
    return reverse("quizzes:result", args=[attempt.uuid])


@pytest.fixture
def taught(amina):
    """A course of three lessons, two of which cite statements that the test asks about; `right` of `count` are right."""

    def take_test(count: int = 4, right: int = 2):
        cited = [statement("1.3.6"), statement("1.3.9")]
        course = course_factories.course(lessons=0, released=False)
        module = course_factories.module(course)
        block = course_factories.text_block("Words.", [cited_statement.pk for cited_statement in cited])
        course_factories.lesson(module, "Both", block)
        course_factories.lesson(module, "One of them", course_factories.text_block("Words.", [cited[0].pk]))
        course_factories.lesson(module, "Neither")
        for number in range(count):
            question(pool=f"p{number}", cites=[cited[number % 2]])
        page = quiz(course, [(f"p{number}", 1) for number in range(count)])
        releases.release(course, "editorial", None)
        attempt = attempts.start(enrol(amina, page), page)
        answer_all(attempt, right=right)
        attempts.submit(attempt)
        attempt.refresh_from_db()
        return attempt, block["id"]

    return take_test


def test_the_lessons_to_read_again_cite_statements_of_missed_questions(taught):
    attempt, block = taught()
    to_reread = results.lessons_to_reread(results.context(attempt)["missed"], results.next_steps(attempt))
    assert [(lesson.step.title, lesson.misses) for lesson in to_reread] == [("Both", 2), ("One of them", 1)]
    assert to_reread[0].anchor == block


def test_the_page_links_each_lesson_at_the_block_to_begin_with(taught, as_person, amina):
    attempt, block = taught()
    html = as_person(amina).get(result_url(attempt)).content.decode()
    assert f"#b-{block}" in html
    assert "Read again: 2 of the 2 questions you missed are based on it." in html
    assert "By statement of the Standards" in html


def test_points_are_shown_by_statement_with_lost_points_first(taught):
    context = results.context(taught(right=1)[0])
    assert [(row.reading.code, row.earned, row.most) for row in context["rows"]] == [("1.3.9", 0, 2), ("1.3.6", 1, 2)]
    assert (context["whole"], context["whole_points"]) == (0, 0)
    assert context["heading"] == "Less than three points short of the pass mark"


def test_without_cited_statements_no_table_is_shown(as_person, amina):
    page = course_with_test(["single", "single"])
    attempt = attempts.start(enrol(amina, page), page)
    attempts.submit(attempt)
    assert "By statement" not in text(as_person(amina).get(result_url(attempt)))


def test_statements_with_all_points_are_one_row(taught):
    context = results.context(taught(right=4)[0])
    assert (context["rows"], context["whole"], context["whole_points"]) == ([], 2, 4)


def test_the_pass_mark_is_shown_as_the_points_that_decide(as_person, amina):
    page = course_with_test(["multiple"] * 3, pass_percent=60)
    client, attempt = as_person(amina), attempts.start(enrol(amina, page), page)
    for item, chosen in zip(attempt.items.select_related("version"), (3, 2, 0), strict=True):
        answer = item.version.question_type.key(item.version.content["body"])[:chosen]
        attempts.save(attempt, item, 1, answer or None, False)
    mark = attempts.submit(attempt)
    assert (mark.score, mark.passed) == (Decimal("1.666"), False)
    shown = text(client.get(result_url(attempt)))
    assert "You have 1.66 of 3 points. The pass mark is 1.8." in shown
    assert "1.66 of 3 (55.5 %)" in shown
    assert "1.8 of 3 points (60 %)" in text(client.get(page.get_url()))


@pytest.mark.parametrize("count", [4, 12])
def test_the_number_of_queries_does_not_grow_with_the_paper(taught, as_person, amina, django_assert_num_queries, count):
    attempt, _block = taught(count)
    client = as_person(amina)
    client.get(result_url(attempt))
    with django_assert_num_queries(14):
        client.get(result_url(attempt))


@pytest.mark.parametrize(
    ("right", "heading"),
    [
        (10, "Passed"),
        (8, "Passed"),
        (7, "One point short of the pass mark"),
        ("7.01", "Less than one point short of the pass mark"),
        (6, "Two points short of the pass mark"),
        (5, "Three points short of the pass mark"),
        ("5.5", "Less than three points short of the pass mark"),
        ("4.9", "Not there yet"),
        (2, "Not there yet"),
    ],
)
def test_the_heading_says_the_result_in_words(right, heading):
    mark = Mark(score=Decimal(right), max_score=Decimal(10), passed=Decimal(right) >= 8)
    assert result_words.heading(mark, Attempt(pass_percent=80)) == heading


@pytest.mark.parametrize("answered", [True, False])
def test_every_kind_explains_itself_right_or_left_out(as_person, amina, answered):
    kinds = BY_RULE if answered else list(ITEMS)  # people mark no text that was not written
    page = course_with_test(kinds)
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt, right=len(kinds) if answered else 0)
    attempts.submit(attempt)
    passes(attempt)
    shown = text(as_person(amina).get(result_url(attempt)))
    for number in range(1, len(kinds) + 1):
        assert f"Because of p{number}-q{number:02}." in shown
    all_of_them = f"The {len(kinds)} questions you"
    assert (f"{all_of_them} got right" in shown, f"{all_of_them} missed" in shown) == (answered, not answered)


def test_wrong_answers_are_named_beside_the_right_ones(as_person, amina):
    page = course_with_test(["single", "truefalse", "numeric", "matching", "ordering"])
    attempt = attempts.start(enrol(amina, page), page)
    single, truefalse, numeric, matching, ordering = attempt.items.select_related("version")
    bodies = {item.pk: item.version.content["body"] for item in attempt.items.select_related("version")}
    attempts.save(attempt, single, 1, bodies[single.pk]["options"][1]["id"], False)
    attempts.save(attempt, truefalse, 1, "true", False)
    attempts.save(attempt, numeric, 1, "42", False)
    pair = bodies[matching.pk]["pairs"][0]
    attempts.save(attempt, matching, 1, {pair["id"]: bodies[matching.pk]["distractors"][0]["id"]}, False)
    attempts.save(attempt, ordering, 1, [thing["id"] for thing in reversed(bodies[ordering.pk]["items"])], False)
    attempts.submit(attempt)
    passes(attempt)
    shown = text(as_person(amina).get(result_url(attempt)))
    for words in (
        "Aspirin You chose this. Not right.",
        "True You chose this. Not right.",
        "42 % You wrote this. Not right.",
        "24.8 % Right answer Any number from 24.5 to 25.1 is accepted.",
        "6C41 : Cannabis You chose: Nicotine",
        "1. First elements You put it in place 4.",
    ):
        assert words in shown


def test_the_result_page_works_when_the_test_is_no_longer_published(as_person, amina):
    page = course_with_test()
    attempt = attempts.start(enrol(amina, page), page)
    attempts.submit(attempt)
    page.unpublish()
    shown = text(as_person(amina).get(result_url(attempt)))
    assert "Not there yet" in shown or "short of the pass mark" in shown


def test_the_highest_mark_counts_and_says_why(as_person, amina):
    page = course_with_test()
    attempt = attempts.start(enrol(amina, page), page)
    first = attempts.submit(attempt)
    Mark.objects.create(
        attempt=attempt, number=2, score=2, max_score=2, passed=True, reason="The key of item 2 was wrong.", at=first.at
    )
    shown = text(as_person(amina).get(result_url(attempt)))
    assert "Passed" in shown
    assert "The key of item 2 was wrong." in shown


def test_the_long_parts_of_a_failed_result_are_folded_and_those_of_a_passed_one_open(taught, as_person, amina):
    attempt, _block = taught()
    client, long_part = as_person(amina), r'<details class="(?:block )?section"( open)?>'
    assert re.findall(long_part, client.get(result_url(attempt)).content.decode()) == ["", ""]
    passes(attempt)
    assert re.findall(long_part, client.get(result_url(attempt)).content.decode()) == [" open", " open"]


def test_whoever_passed_the_last_step_sees_the_certificate_and_what_comes_next(as_person, amina):
    course_factories.course("Prevention", lessons=1)
    page = course_with_test()
    attempt = attempts.start(enrol(amina, page), page)
    answer_all(attempt)
    attempts.submit(attempt)
    shown = text(as_person(amina).get(result_url(attempt)))
    assert "See your certificate" in shown
    assert "Your PDF is being made." in shown
    assert "Next for you Prevention" in shown
