"""The interface is offered in the languages that have words, and in no other one, however it is asked for."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.admin.user_form import PersonForm
from accounts.emails import outgoing
from accounts.forms import DetailsForm, SignupDetailsForm
from accounts.models import User
from courses import enrolment as enrolments
from courses import progress
from tests.support import factories
from tests.support.people import person

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
OFFERED = ["ar", "en"]


@pytest.fixture(autouse=True)
def home(db):
    return factories.home()


def test_what_the_makefile_compiles_is_offered():
    translated = re.search(r"^TRANSLATED := (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()
    assert sorted([*translated, "en"]) == sorted(code for code, _name in settings.INTERFACE_LANGUAGES) == OFFERED


def test_the_menu_offers_no_language_without_words(client):
    html = client.get("/en/").content.decode()
    assert sorted(re.findall(r'<a [^>]*hreflang="([^"]+)"', html)) == OFFERED


@pytest.mark.parametrize(
    ("accepted", "language"), [("fr", "en"), ("fr, ar;q=0.8", "ar"), ("zh-CN, *", "en"), ("ar-EG", "ar"), ("", "en")]
)
def test_a_browser_gets_the_first_of_its_languages_that_is_offered(client, accepted, language):
    response = client.get("/", headers={"accept-language": accepted})
    assert response.headers["Location"] == f"/{language}/"


@pytest.mark.parametrize(("accepted", "language"), [("fr", "en"), ("fr, ar", "ar")])
def test_an_address_in_another_language_leads_to_the_same_page_in_an_offered_one(client, accepted, language):
    response = client.get("/fr/courses/?q=care", headers={"accept-language": accepted})
    assert (response.status_code, response.headers["Location"]) == (307, f"/{language}/courses/?q=care")
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))
    assert client.post("/zh-hans/accounts/login/", {"login": "x"}).status_code == 307


def test_a_language_is_chosen_from_those_offered_but_nobody_loses_theirs():
    french = person("Awa Sow", "SN", language="fr")
    choices = {
        form: [code for code, _name in form.fields["language"].choices]
        for form in (SignupDetailsForm(), PersonForm(), DetailsForm(instance=User()), DetailsForm(instance=french))
    }
    assert [sorted(codes) for codes in choices.values()] == [OFFERED, OFFERED, OFFERED, ["ar", "en", "fr"]]


def test_an_email_and_a_certificate_are_in_no_language_without_words():
    french = person("Awa Sow", "SN", language="fr")
    assert outgoing.send("unknown_account", french.email, {}, key="k", user=french).language == "en"
    course = factories.course(lessons=1)
    enrolment = enrolments.join(french, course.translation_key)
    progress.complete_step(enrolment, factories.lessons_of(course)[0].translation_key)
    assert french.certificates.get().language == "en"


def test_the_catalogue_offers_the_languages_in_which_there_is_a_course(client):
    factories.translate(factories.course(), "fr", "Soins")
    html = client.get(reverse("catalogue")).content.decode()
    assert re.findall(r'<option value="([^"]*)"', html) == ["", "en", "fr"]
