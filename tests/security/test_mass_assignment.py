"""Fields that a form does not have change nothing: the result is the same as without them."""

from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import connection, models
from django.http import HttpResponse
from django.utils import timezone
from wagtail.blocks import StreamValue

from accounts import forms as account_forms
from accounts import process_cache
from accounts.models import User
from courses import progress
from courses.models.records import Completion, Enrolment, Note
from tests.access.addresses import address
from tests.access.forms import LESSON, QUESTION, form_data
from tests.access.matrix import db, matrix  # noqa: F401
from tests.access.requests import Visitor, rolled_back
from tests.access.url_patterns import url_patterns
from tests.support.apps import APPS
from tests.support.people import PASSWORD

# Forms behave alike on both databases. PostgreSQL does not roll sequences back, and whole rows are compared here.
pytestmark = pytest.mark.skipif(connection.vendor == "postgresql", reason="numbers of rows run on")
COMPARED = {*APPS, "account", "mfa", "auth", "wagtailcore"}
ANOTHER = "another good phrase"
TEXT = "hostile"
DETAILS = {"name": "Amina Y. Hassan", "language": "en", "country": "KE", "time_zone": "Africa/Nairobi"}
SIGN_UP = {**DETAILS, "email": "leila@example.org", "password1": PASSWORD}
PAGE = {"title": "Another", "slug": "another", "go_live_at": "", "expire_at": "", "seo_title": "", "search_description": "", "show_in_menus": "", "comment_notifications": ""}  # fmt: skip
# pattern -> (person, variant, form data or None for that of tests/access/forms.py, a field that the plain form changes)
NOTE = progress.note_version("What Amina Yusuf Hassan thinks.")  # of tests/access/world.py, as the form shows it
FORMS = {
    "account_signup": ("", "", SIGN_UP, "accounts.User.name"),
    "profile": ("amina", "", DETAILS, "accounts.User.name"),
    "account_email": ("amina", "", {"action_add": "", "email": "new@example.org"}, "account.EmailAddress.email"),
    "account_change_password": ("amina", "", {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}, "accounts.User.password"),
    "join": ("amina", "kenya", None, "courses.Enrolment.course_key"),
    "step_note": ("amina", "kenya", {"note": "A thought.", "version": NOTE}, "courses.Note.text"),
    "step_position": ("amina", "kenya", None, "courses.Position.block_id"),
    "step_done": ("amina", "kenya", None, "courses.Completion.step_key"),
    "quizzes:save": ("amina", "kenya", {"op": "1", "answer": ""}, "quizzes.Response.payload"),
    "quizzes:hand_in": ("amina", "kenya", None, "quizzes.Attempt.state"),
    "standards:confirm": ("grace", "", None, "standards.StatementCheck.text_id"),
    "register:revoke": ("rosa", "kenya", None, "certificates.Certificate.standing"),
    "register:reissue": ("rosa", "kenya", None, "certificates.Certificate.replaces_id"),
    "roles:add": ("administrator", "", None, "accounts.CountryScope.role"),
    "facilities:add": ("administrator", "", {"name": "Clinic", "country": "KE", "region": "Coast"}, "accounts.Facility.name"),
    "wagtailadmin_pages:add": ("kofi", "", LESSON | PAGE, "courses.LessonPage.number"),
    "wagtailsnippets_quizzes_question:add": ("kofi", "", QUESTION | {"rationale": "", "module": "", "critical": ""}, "quizzes.Question.stem"),
}  # fmt: skip
ANSWERED = {"quizzes:save": 200, "step_position": 204}  # the others redirect
# Fields with random or current values. They are not compared in rows where two plain runs differ.
BY_CHANCE = {
    "accounts.AccountChange.uuid",
    "accounts.Email.dedupe_key",
    "accounts.Email.html",  # an undo link
    "accounts.Email.text",
    "accounts.Email.message_id",
    "accounts.User.uuid",
    "accounts.User.username",
    "certificates.Certificate.code",
    "courses.Enrolment.uuid",
    "quizzes.Question.translation_key",
    "wagtailcore.ModelLogEntry.uuid",
    "wagtailcore.Page.translation_key",
    "wagtailcore.PageLogEntry.uuid",
    "wagtailcore.Revision.content",
}


@pytest.fixture
def world(matrix, settings):  # noqa: F811
    """The world, in which Amina has a lesson left to complete, at once."""
    settings.READING_SHARE = 0
    with rolled_back():
        Completion.objects.of(matrix.world.people.amina).delete()
        yield matrix.world


# The additional fields ---------------------------------------------------------------------------------------------


def stuffing(world, key: str, form: dict) -> dict:
    """Return every field of every model and well-known attack fields, except those of the form itself."""
    own = apps.get_model(FORMS[key][-1].rpartition(".")[0])
    extra = {}
    # The model of the pattern comes last, so that its value is sent if two models have a field of one name.
    for model in sorted(apps.get_models(), key=lambda model: model is own):
        if model._meta.app_label in COMPARED:
            extra |= hostile_fields(world, model)
    extra |= {"_connector": "OR 1=1", "__class__": "x", "pk": extra["id"], "user.is_superuser": "on", "user[is_superuser]": "1",
              "is_staff": "on", "role": "manager", "scopes": "*", "__proto__": "x"}  # fmt: skip
    return {name: value for name, value in extra.items() if name not in form}


def hostile_fields(world, model) -> dict[str, str]:
    row = monas(world, model)
    sent = {}
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        value = hostile(world, field, row)
        sent |= {name: value for name in (field.name, field.attname) if value is not None}
    return sent


def hostile(world, field: models.Field, row) -> str | None:
    """Return Mona's id for a field that names a record, or None. Return an unusual value for any other field."""
    if field.is_relation:
        other = monas(world, field.related_model)
        return str(other.pk) if other else None
    if field.unique or isinstance(field, models.UUIDField | models.EmailField):
        return str(getattr(row, field.attname, None) or world.people.mona.uuid)
    if isinstance(field, models.BooleanField):
        return "false" if field.default is True else "on"
    if isinstance(field, models.DateTimeField | models.DateField):
        return "2001-01-01"
    if field.choices:
        return str(next(value for value, _ in reversed(list(field.flatchoices))))
    if isinstance(field, models.CharField | models.TextField):
        return TEXT[: field.max_length]
    return "7"


def monas(world, model):
    """Return the last row about Mona, or the last row of a model that is about nobody."""
    rows = models.QuerySet(model).order_by("pk")
    if hasattr(model, "PERSON"):
        return rows.filter(**{model.PERSON: world.people.mona.pk}).last()
    has_user = any(field.name == "user" for field in model._meta.fields)
    return (has_user and rows.filter(user=world.people.mona.pk).last()) or rows.last()


# The comparison ---------------------------------------------------------------------------------------------


def state() -> dict[tuple, str]:
    """Return every field of every row by (model, row, field). Sessions are left out, since each request makes one."""
    cells = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and model._meta.label != "accounts.Session":
            fields = model._meta.local_concrete_fields
            for pk, *row in models.QuerySet(model).values_list("pk", *(field.attname for field in fields)):
                cells |= {
                    (model._meta.label, pk, field.attname): repr(plain(field, value))
                    for field, value in zip(fields, row, strict=True)
                }
    return cells


def plain(field: models.Field, value):
    if field is User._meta.get_field("password"):
        return what_opens(value)
    return value.stream_block.get_prep_value(value) if isinstance(value, StreamValue) else value


def what_opens(password: str) -> str:
    """Return the known password behind a salted hash, and any other value unchanged."""
    return next((phrase for phrase in (PASSWORD, ANOTHER, TEXT) if check_password(phrase, password)), password)


def after(world, key: str, more: bool) -> SimpleNamespace:
    """Send the form with these additional fields, and return the content of the database. Rolled back afterwards."""
    who, case, form, _does = FORMS[key]
    form = dict(form_data(key, world) if form is None else form)
    # Optional fields of the form are sent both times.
    choices = {"account_signup": account_forms.SignupDetailsForm, "profile": account_forms.DetailsForm}
    if key in choices:
        form = dict.fromkeys(choices[key].base_fields, "") | form
    extra = stuffing(world, key, form) if more else {}
    process_cache.forget()
    with rolled_back():
        client = Visitor(getattr(world.people, who) if who else None).client
        status = client.post(address(url_patterns()[key], world, case), form | extra).status_code
        return SimpleNamespace(status=status, cells=state(), extra=extra)


def differences(one: dict, other: dict) -> set[tuple]:
    """Return the fields that differ, and every field of a row that only one of them has."""
    return {cell for cell in one.keys() | other.keys() if one.get(cell) != other.get(cell)}


def names(cells) -> set[str]:
    return {f"{model}.{field}" for model, _row, field in cells}


def runs(world, key: str) -> SimpleNamespace:
    """The database before, after each of two plain runs, and after one with additional fields, at the same point in time."""
    with time_machine.travel(timezone.now(), tick=False):
        before = state()
        alone, again, stuffed = (after(world, key, more) for more in (False, False, True))
    chance = differences(alone.cells, again.cells)
    return SimpleNamespace(
        before=before,
        alone=alone,
        stuffed=stuffed,
        chance=chance,
        changed=differences(alone.cells, stuffed.cells) - chance,
    )


def taken_in(run: SimpleNamespace) -> set[str]:
    """Return the random fields that nevertheless contain a sent value."""
    words = [value for value in run.stuffed.extra.values() if len(value) >= len(TEXT)]
    return names(cell for cell in run.chance if any(word in run.stuffed.cells.get(cell, "") for word in words))


@pytest.mark.parametrize("key", FORMS)
def test_additional_fields_change_nothing(world, key):
    run = runs(world, key)
    assert run.alone.status == run.stuffed.status == ANSWERED.get(key, 302)
    assert FORMS[key][-1] in names(differences(run.before, run.alone.cells)), "the plain form itself must do something"
    assert names(run.chance) <= BY_CHANCE
    assert names(run.changed) == set()
    assert taken_in(run) == set()


@pytest.mark.parametrize("who", sorted({who for who, *_ in FORMS.values() if who}))
def test_control_the_sent_ids_belong_to_somebody_else(world, who):
    sender, mona = getattr(world.people, who), world.people.mona
    asked_for = {
        field.related_model
        for model in apps.get_models()
        if model._meta.app_label in COMPARED
        for field in model._meta.concrete_fields
        if field.is_relation and hasattr(field.related_model, "PERSON")
    }
    assert len(asked_for) >= 5
    for model in asked_for:
        row = monas(world, model)
        assert row is not None, model
        whose = models.QuerySet(model).filter(pk=row.pk).values_list(model.PERSON, flat=True).get()
        assert whose == mona.pk != sender.pk
    extra = stuffing(world, "step_note", {})
    assert extra["user_id"] == extra["learner_id"] == str(mona.pk)
    assert Enrolment.objects.of(mona).filter(pk=extra["enrolment_id"]).exists()
    assert Note.objects.of(mona).filter(pk=extra["id"]).exists()


# Controls -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["is_superuser", "password"])
def test_control_a_form_with_an_additional_field_is_noticed(world, monkeypatch, name):
    class Greedy(account_forms.DetailsForm):
        def save(self, commit=True):
            if name in self.data:
                setattr(self.instance, name, User._meta.get_field(name).formfield().clean(self.data[name]))
            return super().save(commit)

    monkeypatch.setattr("accounts.views.DetailsForm", Greedy)
    run = runs(world, "profile")
    assert run.changed == {("accounts.User", world.people.amina.pk, name)}


def notes_written_by(monkeypatch, view) -> None:
    monkeypatch.setattr("accounts.scoping.ScopeMiddleware.__call__", lambda self, request: self.get_response(request))
    monkeypatch.setattr(url_patterns()["step_note"].django_pattern, "callback", view)


def test_control_a_view_that_writes_any_field_is_noticed(world, monkeypatch):
    def overwriting(request, enrolment, step):
        progress.save_note(Enrolment.objects.get(uuid=enrolment), step, request.POST["note"])
        if "text" in request.POST:
            models.QuerySet(Note).update(text=request.POST["text"])
        return HttpResponse(status=204)

    notes_written_by(monkeypatch, overwriting)
    changed = runs(world, "step_note").changed
    assert changed == {("courses.Note", pk, "text") for pk in models.QuerySet(Note).values_list("pk", flat=True)}
    assert len(changed) >= 2


def test_control_a_view_that_trusts_a_record_id_is_noticed(world, monkeypatch):
    def believing(request, enrolment, step):
        sent = request.POST.get("enrolment_id")
        target = Enrolment.objects.get(pk=sent) if sent else Enrolment.objects.get(uuid=enrolment)
        progress.save_note(target, step, request.POST["note"])
        return HttpResponse(status=204)

    notes_written_by(monkeypatch, believing)
    run = runs(world, "step_note")
    ids = {run.stuffed.cells.get(cell) for cell in run.changed if cell[2] == "enrolment_id"}
    assert ids == {repr(int(run.stuffed.extra["enrolment_id"]))}


def test_control_sent_values_are_noticed_in_random_fields():
    cell = ("accounts.Email", 1, "message_id")
    sent = SimpleNamespace(extra={"message_id": TEXT, "id": "1"}, cells={cell: repr(f"<{TEXT}@example.org>")})
    assert taken_in(SimpleNamespace(chance={cell}, stuffed=sent)) == {"accounts.Email.message_id"}
    sent.cells[cell] = repr("<1@example.org>")
    assert taken_in(SimpleNamespace(chance={cell}, stuffed=sent)) == set()
