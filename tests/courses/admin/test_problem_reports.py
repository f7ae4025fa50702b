"""Trainers list and answer problem reports, the most urgent first and without names."""

import re

import pytest
from django.urls import reverse

from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports
from courses.problem_reports.reports import Subject
from tests.courses.problem_reports.reporting import stored
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def listed(client, **query) -> list[str]:
    """The titles in the list, in order."""
    html = client.get(reverse("problems:index"), query).content.decode()
    return re.findall(r"Lesson \w+", html)


def test_what_could_harm_stands_first_and_what_is_answered_last(client, amina, kofi):
    course = factories.course()
    answered = stored(amina, Subject("page", "Lesson answered"), could_harm=True)
    stored(amina, Subject("page", "Lesson harmful", course_key=course.translation_key), could_harm=True)
    stored(amina, Subject("page", "Lesson newest"))
    reports.answer(answered, "It is corrected.", kofi)
    client.force_login(kofi)
    assert listed(client) == ["Lesson harmful", "Lesson newest", "Lesson answered"]
    assert listed(client, state="answered") == ["Lesson answered"]
    assert listed(client, course_key=str(course.translation_key)) == ["Lesson harmful"]
    assert amina.name not in client.get(reverse("problems:index")).content.decode()


def test_a_trainer_reads_a_report_goes_to_its_page_and_answers(client, amina, kofi):
    lesson = factories.lessons_of(factories.course())[0]
    report = stored(
        amina, Subject("page", lesson.title, lesson.url, lesson.translation_key, details={"release": "1.0"})
    )
    url = reverse("problems:answer", args=[report.pk])
    client.force_login(kofi)
    html = client.get(url).content.decode()
    assert ("The dose is wrong." in html, "<dd>1.0</dd>" in html, amina.name in html) == (True, True, False)
    assert reverse("wagtailadmin_pages:edit", args=[lesson.pk]) in html
    assert client.post(url, {"answer": "It is corrected."}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.answer) == (ProblemReport.State.ANSWERED, "It is corrected.")
    assert "Send answer" not in client.get(url).content.decode()


def test_an_answer_that_comes_too_late_is_not_lost(client, amina, kofi):
    report = stored(amina)
    reports.withdraw(report)
    client.force_login(kofi)
    response = client.post(reverse("problems:answer", args=[report.pk]), {"answer": "It is corrected."})
    html = response.content.decode()
    assert ("answered or withdrawn meanwhile" in html, "It is corrected." in html) == (True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_report_and_with_three(client, amina, kofi, count, django_assert_num_queries):
    for number in range(count):
        stored(amina, Subject("page", f"Lesson {number}"))
    client.force_login(kofi)
    client.get(reverse("problems:index"))
    with django_assert_num_queries(24):
        assert len(listed(client)) == count
