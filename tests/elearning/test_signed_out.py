"""A session that ends while somebody writes in the admin takes nothing of what they typed."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from courses.models.pages import LessonPage
from tests.courses.test_revisions import JSON
from tests.journeys.test_authoring import lesson_form
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ORIGIN = {"origin": "http://testserver"}
WORDS = 'Leila\'s "story" <b>'


@pytest.fixture
def lesson():
    return factories.lessons_of(factories.course())[0]


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def editor_of(lesson) -> str:
    return reverse("wagtailadmin_pages:edit", args=[lesson.pk])


def token_in(html: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[1]


def fields_of(html: str) -> dict[str, str]:
    """The hidden fields of the page, as a browser would send them."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {
        name: value.replace("&quot;", '"').replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")
        for name, value in pairs
    }


def latest_title(lesson) -> str:
    return LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object().title


def written_signed_out(visitor, kofi, lesson) -> tuple[str, dict]:
    """What Kofi gets when he saves after his session has ended: the page and the fields in it."""
    visitor.force_login(kofi)
    token = token_in(visitor.get(editor_of(lesson)).content.decode())
    visitor.session.flush()
    form = {**lesson_form(WORDS), "csrfmiddlewaretoken": token}
    answer = visitor.post(editor_of(lesson), form, headers=ORIGIN)
    assert answer.status_code == 403
    html = answer.content.decode()
    return html, fields_of(html)


def test_a_form_saved_signed_out_is_kept_on_the_page_and_saved_after_signing_in(visitor, kofi, lesson):
    html, fields = written_signed_out(visitor, kofi, lesson)
    assert "You are signed out" in html
    assert fields["title"] == WORDS
    again = visitor.post(editor_of(lesson), fields, headers=ORIGIN).content.decode()
    assert fields_of(again)["title"] == WORDS  # still signed out: nothing is lost by trying
    visitor.force_login(kofi)
    assert visitor.post(editor_of(lesson), fields, headers=ORIGIN).status_code == 302
    assert latest_title(lesson) == WORDS


def test_signing_in_again_makes_the_token_old_and_the_form_is_still_kept(visitor, kofi, lesson):
    _html, fields = written_signed_out(visitor, kofi, lesson)
    visitor.force_login(kofi)
    visitor.cookies["csrftoken"] = "x" * 32  # a sign-in rotates it
    answer = visitor.post(editor_of(lesson), fields, headers=ORIGIN)
    assert answer.status_code == 403
    assert visitor.post(editor_of(lesson), fields_of(answer.content.decode()), headers=ORIGIN).status_code == 302
    assert latest_title(lesson) == WORDS


def test_no_other_site_can_plant_a_form(client, lesson):
    form = lesson_form(WORDS)
    for headers in ({}, {"origin": "https://elsewhere.example"}):
        assert client.post(editor_of(lesson), form, headers=headers)["Location"].startswith("/admin/login/")


def test_an_origin_that_django_trusts_is_this_site(client, lesson, settings):
    """Behind a proxy that hides https, only CSRF_TRUSTED_ORIGINS makes a form valid."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://learn.example.org"]
    answer = client.post(editor_of(lesson), lesson_form(WORDS), headers={"origin": "https://learn.example.org"})
    assert (answer.status_code, dict(fields_of(answer.content.decode()))["title"]) == (403, WORDS)


def test_the_dialog_of_a_chooser_is_refused_and_gets_no_sign_in_page(client):
    dialog = client.get(reverse("wagtailadmin_choose_page"), headers={"x-requested-with": "XMLHttpRequest"})
    assert (dialog.status_code, dialog.content.decode()[:19]) == (403, "You are signed out.")


def test_passwords_are_not_kept(client):
    form = {"email": "leila@example.org", "password1": "secret-1", "password2": "secret-1"}
    html = client.post(reverse("wagtailusers_users:add"), form, headers=ORIGIN).content.decode()
    assert ("leila@example.org" in html, "secret-1" in html) == (True, False)


def test_autosave_says_why_it_does_not_save(client, visitor, kofi, lesson):
    answer = client.post(editor_of(lesson), lesson_form(WORDS), headers=JSON)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "locked")
    assert answer.json()["error_message"].startswith("You are signed out.")
    visitor.force_login(kofi)  # signed in again elsewhere, so the token of this page is old
    answer = visitor.post(editor_of(lesson), lesson_form(WORDS), headers=JSON)
    assert answer.json()["error_message"].startswith("You have signed in again")


def test_a_missing_second_step_keeps_the_form_too(client, kofi, lesson, settings):
    settings.MFA_REQUIRED_OF_STAFF = True
    client.force_login(kofi)
    html = client.post(editor_of(lesson), lesson_form(WORDS), headers=ORIGIN).content.decode()
    assert fields_of(html)["title"] == WORDS


def test_signing_in_and_out_stay_as_they_are(client):
    for name in ("wagtailadmin_login", "wagtailadmin_logout"):
        assert client.post(reverse(name), {"a": "b"}, headers=ORIGIN).status_code == 302
