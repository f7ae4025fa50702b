"""A problem with one question of a result: the report names question, version and attempt, and tells no key."""

import pytest
from django.urls import reverse

from courses.models.problem_reports import ProblemReport
from quizzes import attempts
from tests.courses.problem_reports.reporting import fields
from tests.quizzes import factories as tests_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def attempt(amina):
    quiz = tests_of.course_with_test()
    return attempts.start(tests_of.enrol(amina, quiz), quiz)


def address(attempt, position: int = 1) -> str:
    return reverse("quizzes:report", args=[attempt.uuid, position])


def test_every_question_of_a_result_can_be_reported_with_its_version(client, amina, kofi, attempt):
    attempts.submit(attempt)
    item = attempt.items.select_related("version").get(position=1)
    client.force_login(amina)
    html = client.get(reverse("quizzes:result", args=[attempt.uuid])).content.decode()
    assert all(address(attempt, position) in html for position in range(1, attempt.items.count() + 1))
    form = client.get(address(attempt))
    assert item.version.content["stem"] not in form.content.decode()
    response = client.post(address(attempt), fields(form))
    assert response.headers["Location"] == reverse("quizzes:result", args=[attempt.uuid])
    report = ProblemReport.objects.get()
    assert (report.about, report.key, report.title) == ("question", item.version.key, "Final test, question 1")
    assert report.details == {
        "release": "1.0",
        "question": item.version.content["code"],
        "version": item.version.number,
        "attempt": str(attempt.uuid),
    }
    client.force_login(kofi)
    shown = client.get(reverse("problems:answer", args=[report.pk])).content.decode()
    assert (item.version.content["code"] in shown, "Edit the question" in shown) == (True, True)
    assert str(attempt.uuid) not in shown, "it would tell whose report this is"


def test_a_question_of_a_running_attempt_cannot_be_reported(client, amina, attempt):
    client.force_login(amina)
    assert client.get(address(attempt)).status_code == 404
    attempts.submit(attempt)
    assert client.get(address(attempt)).status_code == 200
    assert client.get(address(attempt, 99)).status_code == 404
