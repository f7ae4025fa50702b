"""The completion report: managers see their countries, and the files contain the same rows as the screen."""

import csv
import html
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils.formats import date_format

from accounts import roles
from accounts.models import Facility, Role
from certificates.models import Certificate
from courses import enrolment, progress, releases
from courses.models.records import Completion, CourseRelease
from programmes import completion, reports
from programmes.completion import ReportLine, lines
from tests.support import factories

pytestmark = pytest.mark.django_db
URL = "completion_report"


@pytest.fixture
def care(db):
    return factories.course(lessons=1)


@pytest.fixture
def completions(amina, mona, care):
    """Amina (Kenya) and Mona (Egypt) have completed the course."""
    for person in (amina, mona):
        progress.complete_step(
            enrolment.join(person, care.translation_key), factories.lessons_of(care)[0].translation_key
        )


def report_page(client, user, **query) -> str:
    client.force_login(user)
    response = client.get(reverse(URL), query)
    assert response.status_code == 200
    return response.content.decode()


def test_managers_see_only_their_own_countries(client, rosa, omar, completions):
    for_rosa, for_omar = report_page(client, rosa), report_page(client, omar)
    assert ("Amina Yusuf Hassan" in for_rosa, "Mona Adel" in for_rosa) == (True, False)
    assert ("Amina Yusuf Hassan" in for_omar, "Mona Adel" in for_omar) == (False, True)
    assert ("Egypt" in for_rosa, "Kenya" in for_omar) == (False, False)


def in_the_files(client, **query) -> tuple[list[dict], list[dict]]:
    """The rows of the CSV file and of the XLSX file, by heading."""
    text = client.get(reverse(URL), {"export": "csv", **query}).getvalue().decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse(URL), {"export": "xlsx", **query}).getvalue()))
    heading, *rows = book.active.iter_rows(values_only=True)
    return list(csv.DictReader(io.StringIO(text))), [dict(zip(heading, row, strict=True)) for row in rows]


def test_the_files_hold_the_same_rows_as_the_screen(client, rosa, completions):
    page = html.unescape(report_page(client, rosa))
    [in_csv], [in_xlsx] = in_the_files(client)
    assert in_csv["Name"] == "Amina Yusuf Hassan"
    for heading in ("Name", "Email", "Country", "Work", "Course", "Status", "Certificate"):
        assert in_csv[heading] == in_xlsx[heading]
        assert in_csv[heading] in page, heading
    day = date.fromisoformat(in_csv["Completed on"])
    assert str(in_xlsx["Completed on"]).startswith(in_csv["Completed on"])
    assert date_format(day, "SHORT_DATE_FORMAT") in page


def test_numbers_are_numbers_each_in_a_column_of_its_own(client, rosa, amina, completions):
    Completion.objects.of(amina).update(score=Decimal("7.199"), max_score=Decimal(12))
    client.force_login(rosa)
    [in_csv], [in_xlsx] = in_the_files(client)
    headings = ("Steps done", "Steps in all", "Points", "Points in all", "Score in per cent")
    assert [in_csv[heading] for heading in headings] == ["1", "1", "7.19", "12", "59.9"]
    assert [in_xlsx[heading] for heading in headings] == [1, 1, 7.19, 12, 59.9]


def test_a_row_shows_the_code_of_its_certificate(rosa, amina, baraka, care):
    complete, _in_progress = (enrolment.join(person, care.translation_key) for person in (amina, baraka))
    for lesson in factories.lessons_of(care):
        progress.complete_step(complete, lesson.translation_key)
    shown_code = Certificate.objects.get().shown_code
    assert [line.certificate for line in lines(reports.rows(rosa))] == [shown_code, ""]


@pytest.mark.parametrize(
    ("points", "most", "shown"),
    [("199", "200", "199/200 (99.5 %)"), ("7.199", "12", "7.19/12 (59.9 %)"), ("12", "12", "12/12 (100 %)")],
)
def test_a_score_is_never_shown_above_what_was_earned(points, most, shown):
    line = ReportLine(*[None] * len(ReportLine._fields))._replace(points=Decimal(points), max_points=Decimal(most))
    assert line.score == shown


def test_filters_and_search_narrow_the_rows(client, rosa, amina, baraka, completions, care):
    enrolment.join(baraka, care.translation_key)
    assert "Baraka Otieno" in report_page(client, rosa)
    assert "Baraka Otieno" not in report_page(client, rosa, state="complete")
    assert "Amina Yusuf Hassan" not in report_page(client, rosa, q="bar oti")
    assert "No learner in your countries matches" in report_page(client, rosa, q="nobody at all")


def test_a_changed_role_takes_effect_on_the_next_request(client, rosa, completions):
    assert "Amina Yusuf Hassan" in report_page(client, rosa)
    roles.revoke(rosa, Role.MANAGER, "KE")
    roles.grant(rosa, Role.MANAGER, "EG")
    page = report_page(client, rosa)
    assert ("Amina Yusuf Hassan" in page, "Mona Adel" in page) == (False, True)


def test_trainers_and_learners_cannot_open_the_report(client, kofi, amina, completions):
    for person in (kofi, amina):
        client.force_login(person)
        assert client.get(reverse(URL)).status_code == 302


@pytest.mark.parametrize("people", [1, 3])
def test_page_and_file_take_the_same_queries_for_one_person_and_for_three(
    client, rosa, care, people, django_assert_num_queries
):
    from tests.support.people import person

    names = {f"P{number} Test" for number in range(people)}
    for number, name in enumerate(sorted(names)):
        clinic = Facility.objects.create(name=f"Clinic {number}", country="KE")
        enrolment.join(person(name, "KE", facility=clinic), care.translation_key)
    with django_assert_num_queries(3):  # the manager's countries, the releases, the rows
        assert {line.name for line in lines(reports.rows(rosa))} == names
    report_page(client, rosa)
    with django_assert_num_queries(25):  # most of them are Wagtail's
        page = client.get(reverse(URL)).content.decode()
    with django_assert_num_queries(13):
        file = client.get(reverse(URL), {"export": "csv"}).getvalue().decode()
    for name in names:
        assert name in page and name in file


def test_a_long_report_is_cut_into_pages_and_not_in_the_file(client, rosa, care, monkeypatch):
    from tests.support.people import person

    names = [f"P{number} Test" for number in range(5)]
    for name in reversed(names):
        enrolment.join(person(name, "KE"), care.translation_key)
    monkeypatch.setattr(reports.CompletionReportView, "paginate_by", 2)
    assert [name for name in names if name in report_page(client, rosa, p=2)] == names[2:4]
    assert [row["Name"] for row in in_the_files(client)[0]] == names


def test_a_release_that_is_made_while_rows_are_read_is_read_too(rosa, amina, monkeypatch):
    care = factories.course(lessons=2)
    progress.complete_step(enrolment.join(amina, care.translation_key), factories.lessons_of(care)[0].translation_key)
    factories.lessons_of(care)[1].unpublish()
    of_own_release = completion._of_own_release

    def release_first(outlines):
        if CourseRelease.objects.count() == 1:
            releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
        return of_own_release(outlines)

    monkeypatch.setattr(completion, "_of_own_release", release_first)
    assert [(line.steps_done, line.steps_all) for line in lines(reports.rows(rosa))] == [(1, 1)]


def test_the_home_page_shows_the_programme_panel_only_to_managers(client, rosa, kofi, completions):
    client.force_login(rosa)
    assert "1 course completed," in client.get("/admin/").content.decode()
    client.force_login(kofi)
    assert "Your programme" not in client.get("/admin/").content.decode()
