"""What the outline of a release keeps, and what learners see when authors rename, move and unpublish pages."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts import process_cache
from courses import enrolment as enrolments
from courses import progress, releases, studies
from courses.models.records import CourseRelease
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


@pytest.fixture
def joined(amina, care, client):
    client.force_login(amina)
    return enrolments.join(amina, care.translation_key)


def links(client, url: str) -> set[str]:
    process_cache.forget()
    return set(re.findall(r'href="([^"#]+)', client.get(url).content.decode()))


def done(client, enrolment, lesson) -> str:
    """Mark the lesson as done. Return the address of the redirect."""
    process_cache.forget()
    url = reverse("step_done", args=[enrolment.uuid, lesson.translation_key])
    return client.post(url).headers["Location"]


def publish(page, **fields):
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()
    page.refresh_from_db()


def test_a_new_slug_title_and_number_reach_everybody_under_way_without_a_release(client, care, joined):
    first, second, _third = factories.lessons_of(care)
    publish(second, slug="dosing", title="Dosing", number="1.1.7")
    publish(care.get_children().get().specific, slug="part-one", title="Part one")
    publish(care, slug="good-care", short_title="Good care")
    assert releases.changes(care)["same"]
    assert done(client, joined, first) == "/en/good-care/part-one/dosing/"
    html = client.get("/en/good-care/part-one/dosing/").content.decode()
    assert "Part one" in html
    learning = client.get(reverse("learning")).content.decode()
    assert ("Dosing" in learning, "Good care" in learning, "Lesson 2" in learning) == (True, True, False)


def test_the_outline_keeps_keys_and_decisions_and_no_words(care):
    step = CourseRelease.objects.get().outline[0]
    assert set(step) == {"key", "kind", "module_key", "minutes", "required", "certifies"}


# Every field of a release: what it decides, the words of its day, and what it is.
DECIDED = {"code", "hours", "valid_years", "edition", "language", "outline"}
WORDS = {"title", "short_title", "statements", "note"}
IDENTITY = {
    "id",
    "course_key",
    "number",
    "kind",
    "corrects",
    "withdrawn",
    "told_at",
    "digest",
    "created_at",
    "created_by",
}


def test_the_digest_knows_all_that_a_release_decides(care):
    assert {field.name for field in CourseRelease._meta.fields} == DECIDED | WORDS | IDENTITY
    outline = releases.live_outline(care)
    before = releases.digest(care, outline)
    for name in outline[0]:
        changed = [outline[0] | {name: "other"}, *outline[1:]]
        assert releases.digest(care, changed) != before, name
    assert releases.digest(care, outline[::-1]) != before
    for name, value in (("code", "C9"), ("hours", Decimal(9)), ("valid_years", 9), ("edition_id", 9)):
        course = type(care).objects.get(pk=care.pk)
        setattr(course, name, value)
        assert releases.digest(course, outline) != before, name


def test_done_next_and_every_other_link_skip_what_is_offline(client, care, joined):
    first, second, third = factories.lessons_of(care)
    offline = second.url
    progress.complete_step(joined, second.translation_key)
    second.unpublish()
    for url in (care.url, first.url, third.url, reverse("learning")):
        assert offline not in links(client, url), url
    assert third.url in links(client, first.url)
    assert first.url in links(client, third.url)
    assert done(client, joined, first) == third.url


def test_a_course_that_is_offline_is_not_linked_and_its_lessons_can_be_read(client, care, joined):
    *_others, last = factories.lessons_of(care)
    offline = care.url
    care.unpublish()
    assert offline not in links(client, last.url)
    assert offline not in links(client, reverse("learning"))
    assert done(client, joined, last) == reverse("learning")


def test_a_lesson_moved_to_another_module_stays_where_the_release_has_it(client, care, joined):
    first, second, _third = factories.lessons_of(care)
    second.move(factories.module(care, "Module two"), pos="last-child")
    assert done(client, joined, first) == "/en/care/module-two/lesson-2/"
    assert client.get("/en/care/module-two/lesson-2/").status_code == 200
    assert not releases.changes(care)["same"]


def test_a_lesson_moved_to_another_course_is_waived_in_the_first(client, care, joined):
    first, second, third = factories.lessons_of(care)
    second.move(factories.module(factories.course("Elsewhere", lessons=0, released=False)), pos="last-child")
    second.refresh_from_db()
    assert second.url not in links(client, care.url)
    assert done(client, joined, first) == third.url
    done(client, joined, third)
    joined.refresh_from_db()
    assert joined.completed_at is not None


def test_a_note_on_a_lesson_that_went_offline_is_kept(client, care, joined):
    first = factories.lessons_of(care)[0]
    first.unpublish()
    url = reverse("step_note", args=[joined.uuid, first.translation_key])
    assert client.post(url, {"note": "Ask."}).headers["Location"] == reverse("learning")
    assert joined.notes.get().text == "Ask."


def test_the_titles_are_in_the_language_of_the_reader_where_there_is_a_translation(care, joined, amina):
    """The first lesson exists in Arabic; the others do not."""
    factories.translate(factories.lessons_of(care)[0], "ar", "الدرس الأول")
    process_cache.forget()
    steps = studies.study(amina, care.translation_key, language="ar").steps
    assert [(step.title, step.language) for step in steps[:2]] == [("الدرس الأول", "ar"), ("Lesson 2", "en")]
