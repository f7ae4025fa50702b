"""What a form that forms.js sends is answered: where to go on, or that nobody is signed in."""

import pytest
from django.urls import reverse

from courses import enrolment as enrolments
from courses.models.records import Completion, LessonReading
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SCRIPT = {"X-Requested-With": "fetch", "Sec-Fetch-Mode": "cors"}


@pytest.fixture
def lessons(amina, client):
    course = factories.course(lessons=2)
    enrolments.join(amina, course.translation_key)
    client.force_login(amina)
    return factories.lessons_of(course)


def done(amina, lesson) -> str:
    return reverse("step_done", args=[amina.enrolments.get().uuid, lesson.translation_key])


def test_a_script_gets_the_address_and_does_not_open_the_next_lesson(client, amina, lessons, settings):
    settings.READING_SHARE = 1 / 3
    client.get(lessons[0].url)
    response = client.post(done(amina, lessons[0]), headers=SCRIPT)
    assert (response.status_code, response.headers["X-Location"]) == (204, lessons[1].url)
    assert "Location" not in response.headers
    assert LessonReading.objects.of(amina).get().step_key == lessons[0].translation_key


def test_done_that_is_sent_twice_is_counted_once(client, amina, lessons):
    statuses = [client.post(done(amina, lessons[0]), headers=SCRIPT).status_code for _try in range(2)]
    assert (statuses, Completion.objects.of(amina).count()) == ([204, 204], 1)


def test_a_script_is_told_that_nobody_is_signed_in_and_its_form_is_not_saved(client, amina, lessons):
    address = done(amina, lessons[0])
    client.logout()
    response = client.post(address, headers=SCRIPT)
    assert (response.status_code, response.headers.get("X-Location")) == (401, None)
    assert "sessionid" not in response.cookies


def test_a_browser_is_redirected_as_before(client, amina, lessons):
    response = client.post(done(amina, lessons[0]))
    assert (response.status_code, response.url) == (302, lessons[1].url)


def test_every_page_names_its_person_to_the_script_and_no_other(client, amina, baraka, lessons):
    for person, other in ((amina, baraka), (baraka, amina)):
        client.force_login(person)
        html = client.get(reverse("learning")).content.decode()
        assert (f'data-person="{person.uuid}"' in html, str(other.uuid) in html) == (True, False)
    client.logout()
    assert 'data-person=""' in client.get(reverse("account_login")).content.decode()
