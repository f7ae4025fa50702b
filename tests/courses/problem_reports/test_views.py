"""Reporting a problem: what is taken along, what is never lost, what is not kept, and who may withdraw it."""

import pytest
from django.urls import reverse

from accounts.models import Operator
from accounts.ratelimit.limits import PROBLEM_REPORTS
from accounts.site_settings import current_site
from courses import enrolment as enrolments
from courses import progress
from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports
from tests.courses.problem_reports.reporting import address, fields, send, stored
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


def test_a_report_takes_along_page_release_and_reading_position(client, amina, care):
    lesson = factories.lessons_of(care)[0]
    enrolment = enrolments.join(amina, care.translation_key)
    progress.save_position(enrolment, lesson.translation_key, lesson.body[0].id)
    client.force_login(amina)
    assert f"{address(lesson.url)}" in client.get(lesson.url).content.decode()
    form = client.get(address(lesson.url)).content.decode()
    assert ("About: <bdi>Lesson 1</bdi>" in form, "Release 1.0." in form) == (True, True)
    response = send(client, lesson.url, could_harm="on")
    assert response.headers["Location"] == lesson.url
    report = ProblemReport.objects.get()
    assert (report.about, report.key, report.course_key) == ("page", lesson.translation_key, care.translation_key)
    assert (report.path, report.language, report.text) == (lesson.url, "en", "The dose is wrong.")
    assert report.details == {"release": "1.0", "block": lesson.body[0].id}
    assert (report.reporter, report.could_harm, report.state) == (amina, True, "open")
    html = client.get(reverse("my_reports")).content.decode()
    assert ("The dose is wrong." in html, "Waiting for an answer" in html) == (True, True)


def test_the_same_form_sent_twice_is_one_report(client, amina):
    client.force_login(amina)
    form = fields(client.get(address()))
    assert [client.post(address(), form).status_code for _ in range(2)] == [302, 302]
    assert ProblemReport.objects.count() == 1


def test_a_text_that_is_too_long_is_shown_again_in_full(client, amina):
    client.force_login(amina)
    html = send(client, text="y" * (reports.LONGEST + 1)).content.decode()
    assert ("y" * (reports.LONGEST + 1) in html, "It has 2001 characters; the limit is 2000." in html) == (True, True)
    assert send(client, text="y\r\n" * (reports.LONGEST // 2)).status_code == 302


def test_after_many_reports_one_waits_and_keeps_what_was_typed(client, amina):
    client.force_login(amina)
    for _ in range(PROBLEM_REPORTS.free):
        stored(amina)
    html = send(client, text="One more.").content.decode()
    assert ("You have sent many reports." in html, "One more." in html) == (True, True)
    assert ProblemReport.objects.count() == PROBLEM_REPORTS.free


def sign_in(client, person, location: str):
    """Sign in by the form to which an ended session led, and go back to where it leads."""
    response = client.post(location, {"login": person.email, "password": PASSWORD})
    return client.get(response.headers["Location"])


@pytest.mark.parametrize("same_person", [True, False])
def test_a_report_sent_after_the_session_ended_is_kept_for_its_sender_only(client, amina, baraka, same_person):
    client.force_login(amina)
    form = fields(client.get(address("/en/courses/")))
    client.logout()
    response = client.post(address("/en/courses/"), form)
    shown = sign_in(client, amina if same_person else baraka, response.headers["Location"])
    assert ProblemReport.objects.of(amina).count() == ProblemReport.objects.count() == int(same_person)
    assert b"The dose is wrong." not in shown.content


@pytest.mark.parametrize(
    "page", ["/en/accounts/undo/s3cr3t/", "/ar/accounts/confirm-email/s3cr3t/", "/en/certificates/S3CR3T/"]
)
def test_the_secret_of_an_address_is_not_kept(client, amina, page):
    client.force_login(amina)
    assert send(client, page).headers["Location"] == reverse("my_reports")
    report = ProblemReport.objects.get()
    assert report.path == ""
    assert "s3cr3t" not in f"{report.title} {report.details}".lower()


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "%00", "x" * 600])
def test_an_address_of_another_site_is_not_taken(client, amina, page):
    client.force_login(amina)
    assert send(client, page).headers["Location"] == reverse("my_reports")
    assert (ProblemReport.objects.get().title, ProblemReport.objects.get().path) == ("The whole site", "")


@pytest.mark.parametrize(
    ("page", "title", "path"),
    [
        ("/en/courses/?q=x", "Courses", "/en/courses/"),
        ("/ar/courses/", "Courses", "/ar/courses/"),
        ("/en/standards/2020/1.3.6/", "/en/standards/2020/1.3.6/", "/en/standards/2020/1.3.6/"),
        ("/en/nothing/here/", "/en/nothing/here/", ""),
    ],
)
def test_other_pages_are_named_and_led_back_to(client, amina, page, title, path):
    client.force_login(amina)
    send(client, page.replace("?", "%3F"))
    report = ProblemReport.objects.get()
    assert (report.title, report.path, report.course_key) == (title, path, None)


def test_visitors_are_told_to_sign_in_or_where_to_write(client, db):
    factories.home()
    operator = Operator.for_site(current_site())
    operator.contact = "help@example.org"
    operator.save()
    html = client.get(address("/en/courses/")).content.decode()
    assert "accounts/login/?next=/en/learning/reports/new/%3Fpage%3D/en/courses/" in html
    assert "mailto:help@example.org" in html


def test_withdrawing_deletes_the_text_and_is_for_the_reporter_only(client, amina, baraka, kofi):
    report = stored(amina)
    reports.answer(report, "It is corrected.", kofi)
    url = reverse("withdraw_report", args=[report.uuid])
    client.force_login(baraka)
    assert client.post(url).status_code == 404
    client.force_login(amina)
    assert client.post(url).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.text, report.answer, report.title) == ("withdrawn", "", "", "The whole site")
    assert "Withdrawn" in client.get(reverse("my_reports")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_my_reports_cost_the_same_with_one_and_with_three(client, amina, count, django_assert_num_queries):
    for _ in range(count):
        stored(amina)
    client.force_login(amina)
    client.get(reverse("my_reports"))
    with django_assert_num_queries(3):
        assert client.get(reverse("my_reports")).content.count(b"Withdraw this report") == count
