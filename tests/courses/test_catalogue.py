"""What a process remembers of the catalogue and of releases, and when it forgets."""

import pytest
from django.urls import reverse

from accounts import process_cache
from courses import catalogue, releases, studies
from courses.models.records import CourseRelease
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


def shown(client) -> list[bool]:
    """Whether the course is on the home page and in the catalogue."""
    return [b"/en/dosing/" in client.get(url).content for url in ("/en/", reverse("catalogue"))]


def test_what_an_author_does_shows_at_once_in_that_process(client):
    care = factories.course("Dosing", released=False)
    assert shown(client) == [False, False]
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    assert shown(client) == [True, True]
    care.unpublish()
    assert shown(client) == [False, False]
    care.refresh_from_db()
    care.save_revision().publish()
    assert shown(client) == [True, True]
    care.title = "Other words"
    care.save_revision().publish()
    assert [entry.course.title for entry in catalogue.entries()] == ["Other words"]


def test_what_another_thread_remembered_before_the_commit_is_forgotten_too(care, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        care.unpublish()
        process_cache.remember("catalogue", 30, lambda: ["what was before"])
    assert catalogue.entries() == []


def test_the_title_of_a_lesson_is_new_at_once_where_it_was_published(care):
    lesson = factories.lessons_of(care)[0]
    studies.remembered_pages(CourseRelease.objects.get())
    lesson.title = "Other words"
    lesson.save_revision().publish()
    pages = studies.remembered_pages(CourseRelease.objects.get())
    assert pages[str(lesson.translation_key)].title == "Other words"


def test_a_search_looks_at_the_courses_of_this_moment(client, care):
    """The excerpts that it shows of lessons depend on the current releases."""
    process_cache.remember("catalogue", 30, lambda: [])
    shown = [b"/en/care/" in client.get(reverse("catalogue"), query).content for query in ({}, {"q": "Care"})]
    assert shown == [False, True]


def test_the_address_of_an_entry_is_in_the_language_of_the_reader(client, care):
    for language in ("en", "ar"):
        html = client.get(reverse("catalogue").replace("/en/", f"/{language}/")).content.decode()
        assert f'href="/{language}/care/"' in html
