"""What happens to a report: the trainers are emailed, one of them answers, erasure keeps what it was about."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from accounts import roles
from accounts.audit.trail import Verb
from accounts.models import AuditEntry, Email, Role
from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports
from courses.problem_reports.reports import Subject
from tests.courses.problem_reports.reporting import stored
from tests.support import factories
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    """A course, as what a report is about."""
    course = factories.course()
    return Subject("page", "Lesson 1", course_key=course.translation_key)


def emails_to(user) -> list[str]:
    return list(
        Email.objects.filter(to=user.email, kind="problem_reports").order_by("pk").values_list("text", flat=True)
    )


def test_trainers_are_emailed_once_an_hour_for_a_course_and_of_harm_at_once(amina, kofi, care):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        stored(amina, care)
        assert (reports.tell(), reports.tell()) == (1, 0)
        stored(amina, care)
        stored(amina, care)
        assert reports.tell() == 0
        stored(amina)
        assert reports.tell() == 1, "about the site, not about the course"
        clock.move_to(start + datetime.timedelta(hours=1, seconds=1))
        assert reports.tell() == 2
        stored(amina, care, could_harm=True)
        assert reports.tell() == 1
    course, site, later, harm = emails_to(kofi)
    assert "1 problem was reported in the course “Care”." in course
    assert "1 problem was reported." in site
    assert "2 problems were reported in the course “Care”." in later
    assert "could harm a patient. Please look at it at once." in harm


def test_many_warnings_about_a_course_are_one_email_in_ten_minutes(amina, kofi, care):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        told = []
        for _ in range(4):
            stored(amina, care, could_harm=True)
            told.append(reports.tell())
        clock.move_to(start + datetime.timedelta(minutes=10, seconds=1))
        told.append(reports.tell())
    assert told == [1, 0, 0, 0, 3]
    assert len(emails_to(kofi)) == 2


def test_a_trainer_is_emailed_about_reports_that_they_may_see(amina, mona, care):
    tariq = person("Tariq Mwangi", "KE")
    roles.grant(tariq, Role.TRAINER, "KE")
    stored(mona, care)
    assert (reports.tell(), emails_to(tariq)) == (1, [])
    stored(amina, care, could_harm=True)
    stored(mona, care, could_harm=True)
    assert reports.tell() == 2
    assert "1 problem was reported" in emails_to(tariq)[0]


def test_nobody_is_emailed_about_a_withdrawn_report(amina, kofi, care):
    reports.withdraw(stored(amina, care, could_harm=True))
    assert (reports.tell(), emails_to(kofi)) == (0, [])


def test_one_answer_counts_and_reaches_the_reporter(amina, kofi, care):
    report = stored(amina, care)
    assert reports.answer(report, "It is corrected.", kofi)
    assert not reports.answer(report, "It was right.", kofi)
    email = Email.objects.get(to=amina.email)
    assert ("It is corrected." in email.text, "The dose is wrong." in email.text) == (True, True)
    entry = AuditEntry.objects.get(verb=Verb.PROBLEM_ANSWERED)
    assert (entry.actor, entry.object_id) == (kofi.uuid, str(report.uuid))


def test_a_withdrawn_report_is_not_answered(amina, kofi, care):
    report = stored(amina, care)
    assert (reports.withdraw(report), reports.withdraw(report)) == (True, False)
    assert not reports.answer(report, "It is corrected.", kofi)
    assert Email.objects.filter(to=amina.email).count() == 0


def test_erasure_keeps_what_a_report_was_about_and_nothing_else(amina, care):
    report = stored(amina, Subject("question", "Test, question 3", "/en/quiz/x/", details={"attempt": "x"}))
    reports.forget(amina)
    report.refresh_from_db()
    kept = (report.reporter, report.text, report.answer, report.path, report.details, report.state)
    assert kept == (None, "", "", "", {}, ProblemReport.State.WITHDRAWN)
    assert report.title == "Test, question 3"
