"""A note that waited on one device does not replace what was written on another one meanwhile."""

import re

import pytest
from django.urls import reverse

from courses import enrolment as enrolments
from courses import progress
from courses.models.records import Note
from tests.support import factories

pytestmark = pytest.mark.django_db
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def lesson(amina, client):
    course = factories.course(lessons=1)
    enrolments.join(amina, course.translation_key)
    client.force_login(amina)
    return factories.lessons_of(course)[0]


@pytest.fixture
def address(amina, lesson) -> str:
    return reverse("step_note", args=[amina.enrolments.get().uuid, lesson.translation_key])


def version_in(response) -> str:
    return re.search(r'name="version" value="(\w+)"', response.content.decode())[1]


def test_a_note_is_saved_over_the_one_that_its_form_showed(client, lesson, address):
    for text in ("Ask.", "Ask the pharmacist.", ""):
        version = version_in(client.get(lesson.url))
        assert client.post(address, {"note": text, "version": version}).status_code == 302
        assert list(Note.objects.values_list("text", flat=True)) == ([text] if text else [])


@pytest.mark.parametrize("meanwhile", ["From the laptop.", ""])
def test_a_note_that_waited_does_not_replace_a_newer_one(client, amina, lesson, address, meanwhile):
    client.post(address, {"note": "Before."})
    version = version_in(client.get(lesson.url))
    client.post(address, {"note": meanwhile})
    waited = {"note": "From the phone.", "version": version}
    page, fragment = client.post(address, waited), client.post(address, waited, headers=SCRIPT)
    for response in (page, fragment):
        assert (response.status_code, meanwhile in response.content.decode()) == (409, True)
        assert b"changed on another page or device" in response.content
    assert (b"From the phone." in page.content, b"<html" in page.content) == (True, True)
    assert (b"<html" in fragment.content, [note.text for note in Note.objects.all()]) == (
        False,
        [meanwhile][: bool(meanwhile)],
    )
    client.post(address, waited | {"version": version_in(fragment)})  # the person has read it, and saves
    assert Note.objects.get().text == "From the phone."


def test_the_same_note_sent_twice_is_saved_once_and_is_no_change(client, address):
    form = {"note": "Ask.", "version": progress.note_version("")}
    replies = [client.post(address, form, headers=SCRIPT) for _try in range(2)]
    assert [(reply.status_code, b"Your note is saved." in reply.content) for reply in replies] == [(200, True)] * 2
    assert version_in(replies[0]) == progress.note_version("Ask.")
    assert Note.objects.count() == 1


def test_a_script_is_told_what_is_wrong_with_a_note_in_the_form(client, address):
    response = client.post(address, {"note": "y" * 5001, "version": "v"}, headers=SCRIPT)
    assert (response.status_code, version_in(response)) == (400, "v")
    assert b"It has 5001 characters; the limit is 5000." in response.content


def test_a_note_that_changes_between_reading_and_writing_is_kept(amina, lesson, monkeypatch):
    enrolment = amina.enrolments.get()
    progress.save_note(enrolment, lesson.translation_key, "Before.")
    version = progress.note_version("Before.")

    def write_meanwhile(text):
        Note.objects.of(amina).update(text="From the laptop.")
        return version

    monkeypatch.setattr(progress, "note_version", write_meanwhile)
    with pytest.raises(progress.NoteChanged, match="From the laptop"):
        progress.save_note(enrolment, lesson.translation_key, "From the phone.", version=version)
    assert Note.objects.get().text == "From the laptop."
