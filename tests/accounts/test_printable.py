"""What a certificate cannot print is told at the field, before it is stored."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.admin.user_form import ChangedPersonForm, PersonForm
from accounts.forms import DetailsForm, SignupDetailsForm
from accounts.models import Operator, User
from accounts.printable import check_printable, printable, unprintable
from tests.certificates.test_rendering import NAMES
from tests.support import factories

pytestmark = pytest.mark.once

SMILE = "\U0001f600"
REFUSED = {
    f"Amina {SMILE}": [SMILE],
    "\u2764\ufe0f\u2764\ufe0f Amina": ["\u2764"],  # each sign once, without its variation selector
    "\U0001f469\u200d\u2695\ufe0f": ["\U0001f469", "\u2695"],
    "Adlam \U0001e900": ["\U0001e900"],  # a script that we have no font for
    "\ue000": ["\ue000"],
    "\u0378": ["\u0378"],
    "a\u202eb": ["\u202e"],
    "a\u200bb": ["\u200b"],
    "a\x07b": ["\x07"],
}
PRINTED = [
    *NAMES.values(),
    "علی\u200cرضا محمدی",
    "ක්\u200dරිෂාන්ති",
    "\u200fمنى (Mona)\u200e",
    "葛\U000e0100城",
    "O’Brien-Ö. Çelik",
    unicodedata.normalize("NFD", "Nguyễn Thị Hương"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_signs_that_no_font_has_are_named_once(text):
    assert unprintable(text) == REFUSED[text]


@pytest.mark.parametrize("text", PRINTED)
def test_names_in_every_script_can_be_printed(text):
    assert unprintable(text) == []


def test_an_invisible_sign_is_named_by_its_code():
    with pytest.raises(ValidationError, match=r"This sign .*: an invisible sign \(U\+200B\)"):
        check_printable("a\u200bb")


def test_the_fonts_are_read():
    assert len(printable()) > 30_000


@pytest.mark.parametrize("form", [DetailsForm, SignupDetailsForm, PersonForm, ChangedPersonForm])
@pytest.mark.django_db
def test_every_form_that_takes_a_name_says_which_sign_cannot_be_printed(form):
    [error] = form({"name": f"Amina {SMILE}"}).errors["name"]
    assert error == f"This sign cannot be printed on a certificate: {SMILE}"


@pytest.mark.django_db
def test_what_was_typed_stays_in_the_form_and_nothing_is_stored(client, amina):
    client.force_login(amina)
    typed = {
        "name": f"Amina {SMILE}",
        "language": "en",
        "country": "KE",
        "time_zone": "Africa/Nairobi",
        "licence_number": "N1",
    }
    page = client.post(reverse("profile"), typed).content.decode()
    assert (f'value="Amina {SMILE}"' in page, 'value="N1"' in page) == (True, True)
    assert User.objects.get(pk=amina.pk).name == "Amina Yusuf Hassan"


@pytest.mark.django_db
def test_authors_and_administrators_are_told_at_the_field():
    course = factories.course()
    course.title, course.code = f"Care {SMILE}", "C\u200b1"
    with pytest.raises(ValidationError) as refused:
        course.full_clean()
    assert set(refused.value.message_dict) == {"title", "code"}
    with pytest.raises(ValidationError) as refused:
        Operator(name=f"Centre {SMILE}").full_clean(exclude=["site"])
    assert set(refused.value.message_dict) == {"name"}
