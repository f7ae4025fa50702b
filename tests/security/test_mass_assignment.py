"""Whoever sends more fields than a form has does exactly what the form alone would do: nothing more is changed."""

import pytest
import time_machine
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.utils import timezone
from wagtail.blocks import StreamValue

from accounts import forms as account_forms
from accounts import memory
from tests import world as worlds
from tests.addresses import address
from tests.conftest import PASSWORD
from tests.doors import doors
from tests.forms import LESSON, QUESTION, filled_in
from tests.walk import BACKEND, taken_back

pytestmark = [
    pytest.mark.django_db,
    # What a form takes is the same on both. PostgreSQL does not take numbers of rows back, and the rows are compared.
    pytest.mark.skipif(connection.vendor == "postgresql", reason="numbers of rows run on"),
]
ROOMS = {
    "accounts",
    "certificates",
    "courses",
    "quizzes",
    "standards",
    "programmes",
    "account",
    "mfa",
    "auth",
    "wagtailcore",
}
DETAILS = {"name": "Amina Y. Hassan", "language": "en", "country": "KE", "time_zone": "Africa/Nairobi"}
SIGN_UP = {**DETAILS, "email": "leila@example.org", "password1": PASSWORD}
PAGE = {"title": "Another", "slug": "another", "go_live_at": "", "expire_at": "", "seo_title": "", "search_description": "", "show_in_menus": "", "comment_notifications": ""}  # fmt: skip
# door -> (who, case, what its form sends; None: as tests/forms.py has it)
DOORS = {
    "account_signup": ("", "", SIGN_UP),
    "profile": ("amina", "", DETAILS),
    "account_email": ("amina", "", {"action_add": "", "email": "new@example.org"}),
    "account_change_password": ("amina", "", {"oldpassword": PASSWORD, "password1": "another good phrase", "password2": "another good phrase"}),
    "join": ("amina", "kenya", None),
    "step_note": ("amina", "kenya", None),
    "step_position": ("amina", "kenya", None),
    "step_done": ("amina", "kenya", None),
    "quizzes:save": ("amina", "kenya", {"op": "1", "answer": ""}),
    "quizzes:hand_in": ("amina", "kenya", None),
    "standards:confirm": ("grace", "", None),
    "register:revoke": ("rosa", "kenya", None),
    "register:reissue": ("rosa", "kenya", None),
    "roles:add": ("administrator", "", None),
    "facilities:add": ("administrator", "", {"name": "Clinic", "country": "KE", "region": "Coast"}),
    "wagtailadmin_pages:add": ("kofi", "", LESSON | PAGE),
    "wagtailsnippets_quizzes_question:add": ("kofi", "", QUESTION | {"rationale": "", "module": "", "critical": ""}),
}  # fmt: skip
# Made anew each time, by chance or by the clock; nothing a form could choose shows in them.
BY_CHANCE = {"password", "uuid", "message_id", "dedupe_key", "session_key", "session_data", "translation_key", "html", "text", "digest",
             "key", "seed", "code", "option_order", "order", "last_login", "date_joined", "content", "data", "content_json", "hash", "paper"}  # fmt: skip


@pytest.fixture
def world(db):
    return worlds.build()


def stuffing(form: dict) -> dict:
    """Every field of every model, and what has been used against other products, unless the form has it itself."""
    extra = {}
    for model in apps.get_models():
        if model._meta.app_label in ROOMS:
            for field in model._meta.get_fields():
                if isinstance(field, models.Field):
                    for name in (field.name, field.attname):
                        extra[name] = hostile(field)
    extra |= {"_connector": "OR 1=1", "__class__": "x", "pk": "1", "id": "1", "user.is_superuser": "on", "user[is_superuser]": "1",
              "is_staff": "on", "role": "manager", "scopes": "*", "groups": "1", "user_permissions": "1", "__proto__": "x"}  # fmt: skip
    return {name: value for name, value in extra.items() if name not in form}


def hostile(field: models.Field) -> str:
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateTimeField | models.DateField):
        return "2001-01-01"
    if field.choices:
        return str(next(value for value, _ in reversed(list(field.flatchoices))))
    return "1"


def state() -> dict[str, list]:
    """Every row of every model, without what is made anew each time."""
    rows = {}
    for model in apps.get_models():
        if model._meta.app_label in {*ROOMS, "wagtailimages", "wagtaildocs"} and not model._meta.proxy:
            names = [field.attname for field in model._meta.local_concrete_fields if field.name not in BY_CHANCE]
            found = models.QuerySet(model).values_list(*names)
            rows[model._meta.label] = sorted(repr([plain(value) for value in row]) for row in found)
    return rows


def plain(value):
    return value.stream_block.get_prep_value(value) if isinstance(value, StreamValue) else value


def after(world, key: str, more: bool) -> tuple[int, dict]:
    """What the database holds after the form of this door was sent, with or without the stuffing; then taken back."""
    who, case, form = DOORS[key]
    form = dict(filled_in(key, world) if form is None else form)
    # What somebody may choose is theirs to send; every choice of theirs is sent both times.
    if key in ("account_signup", "profile"):
        form |= {name: "" for name in account_forms.DetailsForm.Meta.fields if name not in form}
    memory.forget()
    with taken_back():
        client = Client(raise_request_exception=False)
        if who:
            client.force_login(getattr(world.people, who), backend=BACKEND)
        sent = form | (stuffing(form) if more else {})
        status = client.post(address(doors()[key], world, case), sent).status_code
        return status, state()


@pytest.mark.parametrize("key", DOORS)
def test_more_fields_than_the_form_has_change_nothing_more(world, key):
    with time_machine.travel(timezone.now(), tick=False):
        before = state()
        alone = after(world, key, more=False)
        stuffed = after(world, key, more=True)
    assert alone[0] in (200, 204, 302), alone[0]
    assert stuffed[0] == alone[0]
    different = {
        label: [row for row in stuffed[1][label] if row not in alone[1][label]]
        for label in alone[1]
        if alone[1][label] != stuffed[1][label]
    }
    assert different == {}
    assert alone[1] != before, "the plain form itself must do something, or the comparison says nothing"


def test_control_a_form_that_takes_every_field_is_seen(world, monkeypatch):
    monkeypatch.setattr(account_forms.DetailsForm._meta, "fields", "__all__")
    from django import forms

    class Greedy(account_forms.DetailsForm):
        is_superuser = forms.BooleanField(required=False)

        def save(self, commit=True):
            self.instance.is_superuser = self.cleaned_data["is_superuser"]
            return super().save(commit)

    monkeypatch.setattr("accounts.views.DetailsForm", Greedy)
    alone, stuffed = after(world, "profile", more=False), after(world, "profile", more=True)
    assert alone[1]["accounts.User"] != stuffed[1]["accounts.User"]
