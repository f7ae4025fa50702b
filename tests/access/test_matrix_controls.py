"""Negative controls: each check of tests/access/test_matrix.py fails when something is wrong."""

import pytest
from django.http import HttpResponse
from django.urls import path

from courses.models.records import Note
from elearning import urls
from tests.access import policy
from tests.access.matrix import Matrix, db, matrix  # noqa: F401
from tests.access.mutants import MUTANTS
from tests.access.people import ADMINISTRATORS, EVERYONE, OWNER, form, page
from tests.access.requests import Answer
from tests.access.url_patterns import undeclared_and_stale, url_patterns


@pytest.fixture
def planted(monkeypatch, matrix):  # noqa: F811
    """Return a function that replaces the view of a declared URL pattern."""

    def plant(key: str, view) -> Matrix:
        monkeypatch.setattr(matrix.url_patterns[key].django_pattern, "callback", view)
        return matrix

    return plant


def test_control_an_undeclared_pattern_and_a_stale_declaration_are_noticed(settings, monkeypatch):
    class Planted:
        urlpatterns = [*urls.urlpatterns, path("planted/", lambda request: HttpResponse(), name="planted")]

    stale = {**policy.RULES, "no_such_pattern": page(EVERYONE)}
    assert undeclared_and_stale(url_patterns(Planted), stale) == ({"planted"}, {"no_such_pattern"})


def test_control_a_view_that_shows_a_foreign_note_is_noticed(planted):
    planted_matrix = planted("leave", lambda request, enrolment: HttpResponse("a form"))
    noticed = [case for case in planted_matrix.mistakes(["leave"], ["amina"]) if case.method == "GET"]
    assert [(case.variant, case.result.answer) for case in noticed] == [("egypt", Answer.OPEN)]


def test_control_a_list_with_a_foreign_name_is_noticed(planted):
    planted_matrix = planted("register:index", lambda request: HttpResponse("Amina Yusuf Hassan, Mona Adel"))
    leaked = {
        case.person: set(case.result.leaked)
        for case in planted_matrix.mistakes(["register:index"], ["rosa", "omar"])
        if case.result.leaked
    }
    assert leaked == {"rosa": {"Mona Adel"}, "omar": {"Amina Yusuf Hassan"}}


def test_control_a_page_that_writes_on_get_is_noticed(planted):
    def write_on_get(request):
        Note.objects.everybody("a control").update(text="read")
        return HttpResponse()

    planted_matrix = planted("help", write_on_get)
    noticed = [case.changed_by_get for case in planted_matrix.mistakes(["help"], ["amina"]) if case.method == "GET"]
    assert noticed == [{"courses_note"}]
    assert set(Note.objects.values_list("text", flat=True)) != {"read"}, "the change is rolled back"


def test_control_a_broken_page_is_noticed(planted):
    def broken(request):
        raise RuntimeError("planted")

    planted_matrix = planted("help", broken)
    assert {case.result.answer for case in planted_matrix.mistakes(["help"], ["amina"])} == {Answer.BROKEN}


def test_control_a_form_without_csrf_protection_is_noticed(planted):
    def unprotected(request):
        return HttpResponse()

    unprotected.csrf_exempt = True
    planted_matrix = planted("profile", unprotected)
    assert [
        case.person for case in planted_matrix.requests_without_csrf_token(["profile"]) if not case.result.csrf_refused
    ]


def test_control_a_form_without_the_token_is_noticed(planted):
    planted_matrix = planted("help", lambda request: HttpResponse('<form method="post"><button>Send</button></form>'))
    assert any(
        case.result.has_broken_form for case in planted_matrix.ask("help", "amina", planted_matrix.visitors["amina"])
    )


def test_control_a_page_declared_for_administrators_but_open_is_noticed(matrix, monkeypatch):  # noqa: F811
    monkeypatch.setitem(policy.RULES, "help", form(ADMINISTRATORS))
    noticed = {case.person for case in matrix.mistakes(["help"], ["anonymous", "amina", "administrator"])}
    assert noticed == {"anonymous", "amina"}


def test_foreign_records_are_expected_to_be_missing_and_not_refused():
    rule = form(OWNER)
    assert rule.expected("mona", "GET", "kenya", in_admin=False) == {Answer.MISSING}
    assert rule.expected("amina", "GET", "kenya", in_admin=False) == {Answer.OPEN}


def test_what_each_mutant_cuts_stands_in_the_source():
    """Here, so that a change of the source is noticed at once, and not by the mutants of the second tier."""
    for mutant in MUTANTS:
        with mutant.mutation.made():
            pass
