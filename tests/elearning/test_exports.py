"""Every file that the admin exports, Wagtail's own and ours, is safe in a spreadsheet program and made row by row."""

import codecs
import csv
import datetime
import io
import re

import openpyxl
import pytest
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.admin.views.reports import ReportView
from wagtail.models import ModelLogEntry, Page, PageLogEntry, Workflow

from accounts.models import Facility, User
from courses.enrolment import join
from courses.models.records import CourseRelease
from elearning.wagtail_patches import exports
from elearning.wagtail_patches.exports import escape_formulas, local_time
from programmes.completion import CompletionRow
from tests.access import policy
from tests.access.addresses import address
from tests.access.matrix import db, matrix, variants_of  # noqa: F401
from tests.access.requests import rolled_back
from tests.support.mutations import Mutation
from tests.support.people import person

pytestmark = pytest.mark.once
FORMULA = "=1+1"
NUMBER = re.compile(r"-?\d+(\.\d+)?")
REPORTS = {"completion_report", "correction_report", "wagtailadmin_reports:site_history"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(start):
    assert escape_formulas(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Amina Yusuf-Hassan", "Amina Yusuf-Hassan"),
        ("5 = five; all + more", "5 = five; all + more"),
        ("", ""),
        (" \u00a0\ufeff=1+1", "' \u00a0\ufeff=1+1"),
        ("Ward 3; =1+1", "Ward 3;' =1+1"),  # another cell where lists are separated by semicolons
        ("one\n@two", "one\n'@two"),
    ],
)
def test_only_the_beginning_of_a_cell_matters(text, written):
    assert escape_formulas(text) == written


def test_a_time_is_written_in_the_zone_of_the_viewer():
    moment = datetime.datetime(2026, 3, 14, 22, 30, 5, 7, tzinfo=datetime.UTC)
    with timezone.override("Africa/Nairobi"):
        assert local_time(moment) == datetime.datetime(2026, 3, 15, 1, 30, 5)


def listings(matrix) -> dict[str, type]:  # noqa: F811
    """Every URL pattern whose view can export, with its view class."""
    views = {
        key: getattr(pattern.django_pattern.callback, "view_class", object)
        for key, pattern in matrix.url_patterns.items()
    }
    return {key: view for key, view in views.items() if issubclass(view, SpreadsheetExportMixin)}


def plant_formulas() -> None:
    """Give everything that a listing names a formula as its name."""
    User.objects.update(name=FORMULA)
    Facility.objects.filter(pk=Facility.objects.first().pk).update(name=FORMULA)
    Page.objects.update(title=FORMULA, draft_title=FORMULA)
    CourseRelease.objects.update(note=FORMULA)
    Workflow.objects.update(name=FORMULA)
    for log_entries in (PageLogEntry, ModelLogEntry):
        log_entries.objects.update(label=FORMULA)


@pytest.fixture(autouse=True)
def sessions(matrix):  # noqa: F811
    """Sign everybody in before a test rolls anything back."""
    for visitor in matrix.visitors.values():
        visitor.reset()


def asked(matrix, key: str, **query):  # noqa: F811
    variant = next(iter(variants_of(policy.RULES[key])))
    url = address(matrix.url_patterns[key], matrix.world, variant)
    return matrix.visitors["administrator"].client.get(url, query)


def cells_of_csv(response) -> list[str]:
    content = response.getvalue()
    assert (content.startswith(codecs.BOM_UTF8), content.count(codecs.BOM_UTF8)) == (True, 1)
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]


def armed(cells: list[str]) -> list[str]:
    """The cells that a spreadsheet program might run: they begin like a formula and are no number."""
    return [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝＋－＠") and not NUMBER.fullmatch(cell)]


def look(matrix) -> tuple[set[str], list[str]]:  # noqa: F811
    """Export every listing. Return those that export, and what a spreadsheet program might run."""
    exporting, wrong = set(), []
    with rolled_back():
        plant_formulas()
        for key, view in listings(matrix).items():
            in_csv = asked(matrix, key, export="csv")
            assert in_csv.status_code < 500, key
            if in_csv.status_code != 200 or not in_csv["Content-Type"].startswith("text/csv"):
                continue
            assert issubclass(view, ReportView), f"{key}: install() replaces get() of reports only"
            cells = cells_of_csv(in_csv)
            if f"'{FORMULA}" in cells or FORMULA in cells:
                exporting.add(key)
            wrong += [f"{key}: {cell}" for cell in armed(cells)]
            sheet = openpyxl.load_workbook(io.BytesIO(asked(matrix, key, export="xlsx").getvalue())).active
            wrong += [f"{key}: {cell.value}" for row in sheet for cell in row if cell.data_type == "f"]
    return exporting, wrong


def test_no_export_of_the_admin_holds_a_formula(matrix):  # noqa: F811
    exporting, wrong = look(matrix)
    assert wrong == []
    assert exporting >= REPORTS


def test_control_without_the_apostrophe_the_formulas_are_found(matrix):  # noqa: F811
    with Mutation(
        "elearning.wagtail_patches.exports:escape_formulas", r"""FORMULA_START.sub(r"\1'", text)""", "text"
    ).made():
        assert {leak.partition(": ")[0] for leak in look(matrix)[1]} >= REPORTS


def test_a_listing_without_columns_answers_with_its_page(matrix):  # noqa: F811
    """It would read all rows to write empty lines."""
    for key in ("audit_trail", "attempts:index", "wagtailusers_users:index"):
        assert asked(matrix, key, export="csv")["Content-Type"].startswith("text/html"), key


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_makes_no_page_and_reads_its_rows_in_portions(matrix, form, monkeypatch):  # noqa: F811
    load, sizes = QuerySet._fetch_all, []

    def load_and_count(self) -> None:
        load(self)
        if self.model is CompletionRow:
            sizes.append(len(self._result_cache))

    monkeypatch.setattr(QuerySet, "_fetch_all", load_and_count)
    monkeypatch.setattr(BaseListingView, "get_context_data", lambda *_args, **_more: pytest.fail("the page was made"))
    with rolled_back():
        for number in range(6):
            join(person(f"P{number} Test", "KE"), matrix.world.other_course.translation_key)
        monkeypatch.setattr(exports, "ROWS_AT_ONCE", 3)
        response = asked(matrix, "completion_report", export=form)
        assert (response.status_code, bool(response.getvalue())) == (200, True)
    assert (max(sizes), len(sizes) > 1) == (3, True)


def test_lines_are_in_the_language_of_the_request_although_they_are_made_after_it(matrix):  # noqa: F811
    client = matrix.visitors["rosa"].client
    response = client.get(reverse("completion_report"), {"export": "csv"}, HTTP_ACCEPT_LANGUAGE="ar")
    translation.activate("en")
    assert cells_of_csv(response)[0] == "الاسم"
