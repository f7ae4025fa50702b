"""Every form reduces a name to one line, in any script."""

import pytest
from django.core.management import call_command
from django.db import models
from django.urls import reverse

from accounts.admin.user_form import ChangedPersonForm, PersonForm
from accounts.forms import DetailsForm, SignupDetailsForm
from accounts.models import User
from accounts.name_field import NameInput
from accounts.text import one_line
from accounts.titles import title_of, without_title

pytestmark = pytest.mark.once

FOLDED = {
    "  Amina   Hassan ": "Amina Hassan",
    "Amina\r\nHassan": "Amina Hassan",
    "Amina\n\n\tHassan\n": "Amina Hassan",
    "Amina\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029Hassan": "Amina Hassan",
    "Amina\u00a0\u3000Hassan": "Amina Hassan",
    "Amina \0\x1b\x7f\x9b Hassan": "Amina Hassan",
    "Ami\x08na": "Amina",
    "\u202eAmina\u202c \u2067Hassan\u2069": "Amina Hassan",
    "\0\n\u202e": "",
}
UNCHANGED = [
    "ليلى حسن",
    "علی\u200cرضا محمدی",  # a character that does not join the next one
    "ක්\u200dරිෂාන්ති",  # characters that do
    "\u200fمنى (Mona)\u200e",
    "Nguyễn Thị Hương",
    "O’Brien-Ö. Çelik",
    "王小明",
    "ስላማዊት 𞤀𞤣𞤢𞤥",
]


@pytest.mark.parametrize("typed", FOLDED)
def test_a_name_is_folded_into_one_line(typed):
    assert one_line(typed) == FOLDED[typed]


@pytest.mark.parametrize("name", UNCHANGED)
def test_a_name_in_any_script_is_not_changed(name):
    assert one_line(name) == name


@pytest.mark.parametrize("form", [DetailsForm, SignupDetailsForm, PersonForm, ChangedPersonForm])
@pytest.mark.django_db
def test_every_form_that_takes_a_name_folds_it(form):
    bound_form = form({"name": " Amina\r\nBcc:\x1b x "})
    bound_form.is_valid()
    assert bound_form.cleaned_data["name"] == "Amina Bcc: x"


@pytest.mark.parametrize("form", [DetailsForm, SignupDetailsForm, PersonForm, ChangedPersonForm])
@pytest.mark.django_db
def test_a_name_of_control_characters_only_is_refused(form):
    assert "name" in form({"name": "\r\n\0\u202e"}).errors


def test_the_length_is_checked_after_cleaning():
    field = User._meta.get_field("name").formfield()
    assert isinstance(field, NameInput)
    assert len(field.clean("a" * 75 + "\r\n" * 75 + "b" * 74)) == 150


@pytest.mark.django_db
def test_the_cleaned_name_is_stored(client, amina):
    client.force_login(amina)
    form = {"name": "Amina\r\nYusuf\x0bHassan", "language": "en", "country": "KE", "time_zone": "Africa/Nairobi"}
    assert client.post(reverse("profile"), form).status_code == 302
    amina.refresh_from_db()
    assert amina.name == "Amina Yusuf Hassan"


@pytest.mark.django_db
def test_createsuperuser_cleans_the_name():
    call_command("createsuperuser", interactive=False, email="ada@example.org", name="Ada\nAdmin", country="KE")
    assert User.objects.get().name == "Ada Admin"


def test_migrations_see_a_plain_char_field():
    _name, path, _args, options = User._meta.get_field("name").deconstruct()
    assert (path, options["max_length"]) == ("django.db.models.CharField", 150)
    assert User._meta.get_field("name").get_internal_type() == models.CharField().get_internal_type()


TITLED = {
    "Dr Amina Hassan": "Dr",
    "prof.dr. Amina Hassan": "prof.dr.",
    "Mme Awa Sow": "Mme",
    "Dra. Ana Ruiz": "Dra.",
    "д-р Иванова": "д-р",
    "أ.د. منى عادل": "أ.د.",
    "\u200fد. منى عادل": "\u200fد.",
    "王小明医生": "医生",
    "Dr": "Dr",
}
UNTITLED = ["Drita Hoxha", "Msimang Dlamini", "Prudence Okeke", "Драган Петров", "داليا حسن", "السيد محمود", "王小明"]


@pytest.mark.parametrize("form", [DetailsForm, SignupDetailsForm, PersonForm, ChangedPersonForm])
@pytest.mark.django_db
def test_every_form_tells_at_the_field_that_a_title_is_no_name(form):
    assert "Leave out “Dr.”." in str(form({"name": "Dr. Amina Hassan"}).errors["name"])


@pytest.mark.parametrize("name", TITLED)
def test_a_title_is_found_in_each_of_the_six_languages(name):
    assert title_of(name) == TITLED[name]


@pytest.mark.parametrize("name", [*UNTITLED, *UNCHANGED])
def test_a_name_that_begins_like_a_title_is_a_name(name):
    assert (title_of(name), without_title(name)) == ("", name)


@pytest.mark.parametrize(("name", "short"), [("Dr. Amina Hassan", "Amina"), ("Dr", "Dr"), ("Amina Hassan", "Amina")])
def test_a_greeting_shows_no_title_of_an_older_account(name, short):
    assert User(name=name).get_short_name() == short
