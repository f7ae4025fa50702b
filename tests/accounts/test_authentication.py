"""Text typed into a form survives an ended session and an expired CSRF token."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from courses import enrolment
from courses.models.records import Completion, Note
from tests.support import factories
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db
TEXT = 'First line.\nAsk the pharmacist <today> & "tomorrow".'


@pytest.fixture
def lesson(db):
    return factories.lessons_of(factories.course())[0]


def url_for(name, person, lesson):
    joined = enrolment.join(person, lesson.get_parent().get_parent().specific.translation_key)
    return reverse(name, args=[joined.uuid, lesson.translation_key])


def sign_in(client, person, login_url):
    """Sign in with the form and follow its redirects."""
    return client.post(login_url, {"login": person.email, "password": PASSWORD}, follow=True)


def test_a_note_posted_after_the_session_ended_is_saved_after_sign_in(client, amina, lesson):
    url = url_for("step_note", amina, lesson)
    response = client.post(url, {"note": TEXT})
    assert response.headers["Location"] == f"/en/accounts/login/?next={url}"
    page = sign_in(client, amina, response.headers["Location"])
    assert Note.objects.get().text == TEXT
    assert "Your note is saved." in page.content.decode()
    assert client.get(url).status_code == 405, "it is sent only once"


def test_a_lesson_marked_as_done_after_the_session_ended_is_done(client, amina, lesson):
    url = url_for("step_done", amina, lesson)
    page = sign_in(client, amina, client.post(url).headers["Location"])
    assert (page.status_code, Completion.objects.count()) == (200, 1)


def test_another_person_who_signs_in_does_not_send_the_saved_form(client, amina, baraka, lesson):
    url = url_for("step_note", amina, lesson)
    page = sign_in(client, baraka, client.post(url, {"note": TEXT}).headers["Location"])
    assert (page.status_code, Note.objects.count()) == (404, 0)
    assert "pharmacist" not in page.content.decode()


def test_a_post_of_a_script_does_not_replace_the_saved_form(client, amina, lesson):
    url = url_for("step_note", amina, lesson)
    response = client.post(url, {"note": TEXT})
    client.post(url_for("step_position", amina, lesson), {"block": "x"}, headers={"Sec-Fetch-Mode": "cors"})
    sign_in(client, amina, response.headers["Location"])
    assert Note.objects.get().text == TEXT


def test_a_form_without_a_csrf_token_is_not_saved(amina, lesson):
    client = Client(enforce_csrf_checks=True)
    url = url_for("step_note", amina, lesson)
    assert client.post(url, {"note": TEXT}).status_code == 403
    client.force_login(amina)
    assert (client.get(url).status_code, Note.objects.count()) == (405, 0)


def expired(person, url, fields, origin="http://testserver"):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client, client.post(url, fields, headers={"Origin": origin})


def test_an_expired_form_can_be_sent_again_with_a_new_token(amina, lesson):
    url = url_for("step_note", amina, lesson)
    client, page = expired(amina, url, {"note": TEXT})
    html = page.content.decode()
    assert (page.status_code, Note.objects.count()) == (403, 0)
    assert "Ask the pharmacist &lt;today&gt; &amp; &quot;tomorrow&quot;." in html
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', html[html.index("<main") :])[1]
    client.post(url, {"note": TEXT, "csrfmiddlewaretoken": token})
    assert Note.objects.get().text == TEXT


def test_a_form_from_another_site_cannot_be_sent_again(amina, lesson):
    _client, page = expired(amina, url_for("step_note", amina, lesson), {"note": TEXT}, "https://elsewhere.example")
    html = page.content.decode()
    assert (page.status_code, "pharmacist" in html, "Send it now" in html) == (403, False, False)


def test_the_page_contains_no_password(client):
    factories.home()
    client = Client(enforce_csrf_checks=True)
    fields = {"login": "amina@example.org", "password": PASSWORD}
    page = client.post(reverse("account_login"), fields, headers={"Origin": "http://testserver"})
    assert ("amina@example.org" in page.content.decode(), PASSWORD in page.content.decode()) == (True, False)
