"""A required release tells its people. A correction of safety tells everybody who relies on it, until they confirm."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import Email
from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import notices, progress, releases
from courses.models.records import CourseRelease, Enrolment, ReleaseNotice
from tests.support import factories
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOTE = "5 mg was wrong; 0.5 mg is right."


@pytest.fixture
def care(db):
    return factories.course()


@pytest.fixture
def dosing(care):
    return factories.lessons_of(care)[1]


def read(learner, course, *lessons) -> Enrolment:
    enrolment = enrolments.join(learner, course.translation_key)
    for lesson in lessons:
        progress.complete_step(enrolment, lesson.translation_key)
    return enrolment


def correct(course, lesson) -> CourseRelease:
    """Publish the right text, then correct."""
    lesson.save_revision().publish()
    key = str(lesson.translation_key)
    return releases.release(course, CourseRelease.Kind.CORRECTION, None, NOTE, corrects=[key])


def told() -> dict[str, str]:
    """The kind of email by first name."""
    return {email.user.get_short_name(): email.kind for email in Email.objects.filter(kind__startswith="release_")}


def sweep() -> int:
    """All sweeps until nothing is owed. Return how many notices they made."""
    total = 0
    while CourseRelease.objects.filter(told_at=None).exclude(kind="editorial").exists():
        total += notices.tell()
    return total


def test_a_correction_tells_everybody_who_read_the_lesson_or_finished_and_nobody_else(
    care, dosing, amina, baraka, mona
):
    read(amina, care, dosing)
    finished = read(baraka, care, *factories.lessons_of(care))
    read(mona, care, factories.lessons_of(care)[0])
    left = read(person("Joy Atieno", "KE"), care, dosing)
    enrolments.leave(left)
    opened = read(person("Kito Mwangi", "KE"), care)
    progress.save_position(opened, dosing.translation_key, dosing.body[0].id)
    waived = read(person("Lulu Were", "KE"), care)
    Enrolment.objects.filter(pk=waived.pk).update(completed_at=timezone.now())
    read(person("Nia Awuor", "KE", is_active=False), care, dosing)
    correct(care, dosing)
    assert sweep() == 6
    expected = dict.fromkeys(("Amina", "Baraka", "Joy", "Kito", "Lulu"), "release_correction")
    assert told() == expected
    assert Certificate.objects.get(achievement=finished.uuid).standing == "valid"


def test_who_reads_the_corrected_text_later_owes_nothing(care, dosing, amina):
    release = correct(care, dosing)
    with travel(timezone.now() + timedelta(seconds=1)):
        read(amina, care, *factories.lessons_of(care))
    sweep()
    assert not release.notices.exists()


def test_the_sweep_works_in_slices_and_twice_is_once(care, dosing, amina, baraka, mona, monkeypatch):
    monkeypatch.setattr(notices, "SLICE", 2)
    for learner in (amina, baraka, mona):
        read(learner, care, dosing)
    release = correct(care, dosing)
    assert [notices.tell() for _ in range(4)] == [2, 1, 0, 0]
    CourseRelease.objects.filter(pk=release.pk).update(told_at=None)
    assert notices.tell() == 0
    assert Email.objects.filter(kind="release_correction").count() == 3


def test_the_email_is_in_the_language_of_the_person_and_names_the_lesson(care, dosing, mona):
    dosing.title = "Dosing"
    dosing.save_revision().publish()
    read(mona, care, dosing)
    correct(care, dosing)
    sweep()
    email = Email.objects.get(kind="release_correction")
    assert (email.language, email.to) == ("ar", mona.email)
    assert NOTE in email.text and "Dosing" in email.text and "/ar/learning/" in email.text


def test_the_notice_is_shown_until_it_is_confirmed_and_the_time_is_kept(client, care, dosing, amina, baraka):
    read(amina, care, dosing)
    correct(care, dosing)
    sweep()
    client.force_login(amina)
    url = reverse("confirm_notice", args=[ReleaseNotice.objects.get().uuid])
    for page in (reverse("learning"), care.url):
        html = client.get(page).content.decode()
        assert NOTE in html and dosing.url in html and url in html
    client.force_login(baraka)
    assert client.post(url).status_code == 404
    assert NOTE not in client.get(care.url).content.decode()
    client.force_login(amina)
    assert client.post(url, {"next": care.url}).headers["Location"] == care.url
    first = ReleaseNotice.objects.get().confirmed_at
    client.post(url)
    assert ReleaseNotice.objects.get().confirmed_at == first
    assert NOTE not in client.get(reverse("learning")).content.decode()


def test_who_has_left_the_course_can_read_the_correction(client, care, dosing, amina):
    enrolments.leave(read(amina, care, dosing))
    client.force_login(amina)
    assert client.get(dosing.url).status_code == 403
    correct(care, dosing)
    sweep()
    html = client.get(dosing.url).content.decode()
    assert "Lesson 2 in words." in html
    assert "because you work on content" not in html
    assert client.get(factories.lessons_of(care)[2].url).status_code == 403


def test_a_required_release_tells_whom_it_moves_and_nobody_who_finished_or_joins_later(
    client, care, amina, baraka, mona
):
    read(amina, care)
    read(baraka, care, *factories.lessons_of(care))
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    releases.release(care, CourseRelease.Kind.REQUIRED, None, "A lesson on overdose.", without_test=True)
    with travel(timezone.now() + timedelta(seconds=1)):
        read(mona, care)
    sweep()
    assert told() == {"Amina": "release_required"}
    assert "A lesson on overdose." in Email.objects.get(kind="release_required").text
    client.force_login(amina)
    assert "A lesson on overdose." in client.get(care.url).content.decode()


def test_an_editorial_release_tells_nobody(care, amina):
    read(amina, care)
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, "New.", without_test=True)
    assert (notices.tell(), told()) == (0, {})


class TestReleasePage:
    @pytest.fixture
    def release_url(self, client, grace, care):
        client.force_login(grace)
        return reverse("course_release", args=[care.pk])

    def test_a_correction_is_possible_when_nothing_else_has_changed_and_shows_whom_it_tells(
        self, client, release_url, care, dosing, amina, baraka
    ):
        read(amina, care, dosing)
        read(baraka, care, *factories.lessons_of(care))
        html = client.get(release_url).content.decode()
        assert "1.1.1 Lesson 2 (2 people to tell)" in html
        assert "1.1.1 Lesson 1 (1 person to tell)" in html
        assert "required" not in re.findall('name="kind" value="([a-z]+)"', html), "they all have this outline"
        key = str(dosing.translation_key)
        dosing.save_revision().publish()
        client.post(release_url, {"kind": "correction", "note": NOTE, "corrects": [key]})
        release = CourseRelease.objects.first()
        assert (release.number, release.kind, release.note, release.corrects) == ("1.1", "correction", NOTE, [key])
        assert read(amina, care).release.number == "1.0"

    @pytest.mark.parametrize("missing", ["note", "corrects"])
    def test_it_needs_a_note_and_lessons(self, client, release_url, dosing, missing):
        form = {"kind": "correction", "note": NOTE, "corrects": [str(dosing.translation_key)]}
        del form[missing]
        assert "A correction of safety needs this." in client.post(release_url, form).content.decode()
        assert CourseRelease.objects.count() == 1

    def test_another_kind_needs_a_change(self, client, release_url):
        client.post(release_url, {"kind": "required", "note": "New."})
        assert CourseRelease.objects.count() == 1

    def test_of_two_releases_at_once_the_second_is_told(self, client, release_url, care, monkeypatch):
        factories.lesson(factories.module(care, "Module two"), "Brand new")
        monkeypatch.setattr(releases, "next_number", lambda latest: "1.0")
        form = {"kind": "required", "note": "", "without_test": "on"}
        answer = client.post(release_url, form, follow=True)
        assert "Somebody else has just released or changed this course" in answer.content.decode()
        assert CourseRelease.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_my_learning_costs_the_same_with_one_notice_and_with_three(client, amina, count, django_assert_num_queries):
    for number in range(count):
        course = factories.course(f"Course {number}", lessons=1)
        read(amina, course, *factories.lessons_of(course))
        correct(course, factories.lessons_of(course)[0])
    sweep()
    client.force_login(amina)
    client.get(reverse("learning"))
    with django_assert_num_queries(8):
        assert client.get(reverse("learning")).content.decode().count("I have read this") == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_release_page_counts_readers_of_any_number_of_lessons_in_one_query(count, amina, django_assert_num_queries):
    care = factories.course(lessons=count)
    read(amina, care, *factories.lessons_of(care))
    keys = [str(lesson.translation_key) for lesson in factories.lessons_of(care)]
    with django_assert_num_queries(1):
        assert notices.count_readers(care.translation_key, keys) == dict.fromkeys(keys, 1)
