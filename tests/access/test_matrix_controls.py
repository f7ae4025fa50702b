"""The checks of tests/access/test_matrix.py turn red: each is shown something that is wrong."""

import pytest
from django.http import HttpResponse
from django.urls import path

from courses.models.records import Note
from elearning import urls
from tests.access import matrix, policy
from tests.access.matrix import db, in_the_world  # noqa: F401
from tests.access.people import ADMINISTRATORS, EVERYONE, OWNER, form, page
from tests.access.requests import Answer
from tests.access.url_patterns import doors, undeclared_and_stale


@pytest.fixture
def planted(monkeypatch, in_the_world):  # noqa: F811
    """Put a view of one's own behind a declared door."""

    def plant(key: str, view) -> matrix.Walk:
        monkeypatch.setattr(in_the_world.doors[key].pattern, "callback", view)
        return in_the_world

    return plant


def test_an_undeclared_pattern_and_a_stale_declaration_are_seen(settings, monkeypatch):
    class Planted:
        urlpatterns = [*urls.urlpatterns, path("planted/", lambda request: HttpResponse(), name="planted")]

    stale = {**policy.RULES, "no_such_door": page(EVERYONE)}
    assert undeclared_and_stale(doors(Planted), stale) == ({"planted"}, {"no_such_door"})


def test_a_view_that_shows_a_foreign_note_is_seen(planted):
    walked = planted("leave", lambda request, enrolment: HttpResponse("a form"))
    seen = [visit for visit in walked.mistakes(["leave"], ["amina"]) if visit.method == "GET"]
    assert [(visit.case, visit.got.answer) for visit in seen] == [("egypt", Answer.OPEN)]


def test_a_list_with_a_foreign_name_in_it_is_seen(planted):
    walked = planted("register:index", lambda request: HttpResponse("Amina Yusuf Hassan, Mona Adel"))
    leaked = {
        visit.person: set(visit.got.leaked)
        for visit in walked.mistakes(["register:index"], ["rosa", "omar"])
        if visit.got.leaked
    }
    assert leaked == {"rosa": {"Mona Adel"}, "omar": {"Amina Yusuf Hassan"}}


def test_a_page_that_writes_when_it_is_looked_at_is_seen(planted):
    def careless(request):
        Note.objects.everybody("carelessly").update(text="read")
        return HttpResponse()

    walked = planted("help", careless)
    seen = [visit.changed_by_looking for visit in walked.mistakes(["help"], ["amina"]) if visit.method == "GET"]
    assert seen == [{"courses_note"}]
    assert set(Note.objects.values_list("text", flat=True)) != {"read"}, "and it is taken back"


def test_a_broken_page_is_seen(planted):
    def broken(request):
        raise RuntimeError("planted")

    walked = planted("help", broken)
    assert {visit.got.answer for visit in walked.mistakes(["help"], ["amina"])} == {Answer.BROKEN}


def test_a_form_that_takes_anything_from_anywhere_is_seen(planted):
    def lax(request):
        return HttpResponse()

    lax.csrf_exempt = True
    walked = planted("profile", lax)
    assert [visit.person for visit in walked.forged_forms(["profile"]) if not visit.got.forged]


def test_a_door_said_to_be_for_administrators_only_is_seen_to_stand_open(in_the_world, monkeypatch):  # noqa: F811
    monkeypatch.setitem(policy.RULES, "help", form(ADMINISTRATORS))
    seen = {visit.person for visit in in_the_world.mistakes(["help"], ["anonymous", "amina", "administrator"])}
    assert seen == {"anonymous", "amina"}


def test_foreign_records_are_expected_to_be_missing_and_never_refused():
    rule = form(OWNER)
    assert rule.expected("mona", "GET", "kenya", in_admin=False) == {Answer.MISSING}
    assert rule.expected("amina", "GET", "kenya", in_admin=False) == {Answer.OPEN}
