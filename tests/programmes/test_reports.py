"""The completion report: managers see their countries, and the files contain the same rows as the screen."""

import csv
import html
import io
import re
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils.formats import date_format

from accounts import roles
from accounts.models import Facility, Role, User
from certificates.models import Certificate
from courses import enrolment, progress
from programmes import reports
from tests.support import factories
from tests.support.mutations import Mutation

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


def as_shown(cell: str) -> str:
    """The cell as the screen shows it: a date of the files as readable text."""
    return date_format(date.fromisoformat(cell)) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else cell


def test_the_files_hold_the_same_rows_as_the_screen(client, rosa, completions):
    client.force_login(rosa)
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse(URL), {"export": "xlsx"}).getvalue()))
    in_xlsx = [[str(cell or "") for cell in row] for row in book.active.iter_rows(min_row=2, values_only=True)]
    text = client.get(reverse(URL), {"export": "csv"}).getvalue().decode()
    in_csv = list(csv.reader(io.StringIO(text)))[1:]
    table = report_page(client, rosa).split("<tbody>")[1].split("</tbody>")[0]
    on_screen = [html.unescape(cell) for cell in re.findall(r"<td.*?>(.*?)</td>", table)]
    assert "Amina Yusuf Hassan" in on_screen
    assert [cell.split(" ")[0] for cell in in_xlsx[0]] == [cell.split(" ")[0] for cell in in_csv[0]]
    assert on_screen == [as_shown(cell) for cell in in_csv[0]]


def test_a_row_shows_the_code_of_its_certificate(rosa, amina, baraka, care):
    complete, _in_progress = (enrolment.join(person, care.translation_key) for person in (amina, baraka))
    for lesson in factories.lessons_of(care):
        progress.complete_step(complete, lesson.translation_key)
    shown_code = Certificate.objects.get().shown_code
    assert [row.certificate for row in reports.rows(rosa)] == [shown_code, ""]


@pytest.mark.parametrize(
    ("points", "most", "shown"),
    [("199", "200", "199/200 (99.5 %)"), ("7.199", "12", "7.19/12 (59.9 %)"), ("12", "12", "12/12 (100 %)")],
)
def test_a_score_is_never_shown_above_what_was_earned(points, most, shown):
    row = reports.CompletionRow()
    row.points, row.max_points = Decimal(points), Decimal(most)
    assert row.score == shown


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


def files(client) -> tuple[list[str], list]:
    """The names in the CSV file, and the cells of the names in the XLSX file."""
    text = client.get(reverse(URL), {"export": "csv"}).getvalue().decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse(URL), {"export": "xlsx"}).getvalue()))
    return [row[0] for row in list(csv.reader(io.StringIO(text)))[1:]], [row[0] for row in list(book.active)[1:]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_name_that_looks_like_a_formula_stays_text(client, rosa, amina, care, start):
    """The name is stored without the form, which strips white space. An import may store such names."""
    User.objects.filter(pk=amina.pk).update(name=f"{start}1+1")
    enrolment.join(amina, care.translation_key)
    client.force_login(rosa)
    [name], [cell] = files(client)
    assert (name, cell.data_type) == (f"'{start}1+1", "s")


def test_control_a_formula_start_missing_from_the_list_is_exported(client, rosa, amina, care):
    User.objects.filter(pk=amina.pk).update(name="@SUM(1)")
    enrolment.join(amina, care.translation_key)
    client.force_login(rosa)
    with Mutation("programmes.reports:FORMULA_STARTS", '"@", ', "").made():
        assert files(client)[0] == ["@SUM(1)"]


@pytest.mark.parametrize("people", [1, 3])
def test_the_report_takes_the_same_queries_for_one_person_and_for_three(rosa, care, people, django_assert_num_queries):
    from tests.support.people import person

    for number in range(people):
        clinic = Facility.objects.create(name=f"Clinic {number}", country="KE")
        enrolment.join(person(f"P{number} Test", "KE", facility=clinic), care.translation_key)
    with django_assert_num_queries(3):  # the manager's countries, the outlines, the rows
        lines = [[str(getattr(row, name)) for name in reports.COLUMNS] for row in reports.rows(rosa)]
    assert len(lines) == people
    assert {f"Clinic {number}" for number in range(people)} <= {cell for line in lines for cell in line}


def test_the_home_page_shows_the_programme_panel_only_to_managers(client, rosa, kofi, completions):
    client.force_login(rosa)
    assert "1 course completed," in client.get("/admin/").content.decode()
    client.force_login(kofi)
    assert "Your programme" not in client.get("/admin/").content.decode()
