"""Nothing typed is lost: neither when the session ended meanwhile, nor when the form's own token did."""

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


def address(name, person, lesson):
    mine = enrolment.join(person, lesson.get_parent().get_parent().specific.translation_key)
    return reverse(name, args=[mine.uuid, lesson.translation_key])


def sign_in(client, person, there):
    """By the form, as a person does; then on to where it leads."""
    return client.post(there, {"login": person.email, "password": PASSWORD}, follow=True)


def test_a_note_sent_after_the_session_ended_is_kept_when_amina_has_signed_in_again(client, amina, lesson):
    there = address("step_note", amina, lesson)
    gate = client.post(there, {"note": TEXT})
    assert gate.headers["Location"] == f"/en/accounts/login/?next={there}"
    page = sign_in(client, amina, gate.headers["Location"])
    assert Note.objects.get().text == TEXT
    assert "Your note is kept." in page.content.decode()
    assert client.get(there).status_code == 405, "it is sent once"


def test_a_lesson_marked_as_done_then_is_done(client, amina, lesson):
    there = address("step_done", amina, lesson)
    page = sign_in(client, amina, client.post(there).headers["Location"])
    assert (page.status_code, Completion.objects.count()) == (200, 1)


def test_somebody_else_who_signs_in_there_sends_nothing_of_hers(client, amina, baraka, lesson):
    there = address("step_note", amina, lesson)
    page = sign_in(client, baraka, client.post(there, {"note": TEXT}).headers["Location"])
    assert (page.status_code, Note.objects.count()) == (404, 0)
    assert "pharmacist" not in page.content.decode()


def test_what_a_script_sends_by_itself_does_not_push_out_what_was_typed(client, amina, lesson):
    there = address("step_note", amina, lesson)
    gate = client.post(there, {"note": TEXT})
    client.post(address("step_position", amina, lesson), {"block": "x"}, headers={"Sec-Fetch-Mode": "cors"})
    sign_in(client, amina, gate.headers["Location"])
    assert Note.objects.get().text == TEXT


def test_a_form_from_a_stranger_is_not_kept(amina, lesson):
    client = Client(enforce_csrf_checks=True)
    there = address("step_note", amina, lesson)
    assert client.post(there, {"note": TEXT}).status_code == 403
    client.force_login(amina)
    assert (client.get(there).status_code, Note.objects.count()) == (405, 0)


def expired(person, there, fields, origin="http://testserver"):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client, client.post(there, fields, headers={"Origin": origin})


def test_an_expired_form_offers_to_send_what_was_typed_with_a_new_token(amina, lesson):
    there = address("step_note", amina, lesson)
    client, page = expired(amina, there, {"note": TEXT})
    html = page.content.decode()
    assert (page.status_code, Note.objects.count()) == (403, 0)
    assert "Ask the pharmacist &lt;today&gt; &amp; &quot;tomorrow&quot;." in html
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', html[html.index("<main") :])[1]
    client.post(there, {"note": TEXT, "csrfmiddlewaretoken": token})
    assert Note.objects.get().text == TEXT


def test_the_form_of_another_site_is_not_offered_again(amina, lesson):
    _client, page = expired(amina, address("step_note", amina, lesson), {"note": TEXT}, "https://elsewhere.example")
    html = page.content.decode()
    assert (page.status_code, "pharmacist" in html, "Send it now" in html) == (403, False, False)


def test_no_password_is_written_into_the_page(client):
    factories.home()
    client = Client(enforce_csrf_checks=True)
    fields = {"login": "amina@example.org", "password": PASSWORD}
    page = client.post(reverse("account_login"), fields, headers={"Origin": "http://testserver"})
    assert ("amina@example.org" in page.content.decode(), PASSWORD in page.content.decode()) == (True, False)
