"""The page of a lesson: where it reopens, and the first lesson of a course, which everybody may read."""

import re

import pytest
from django.urls import reverse

from accounts import process_cache
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.records import LessonReading, Position
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def care(db):
    return factories.course()


def main(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1]).split())


def test_a_lesson_reopens_where_somebody_stopped_and_a_finished_one_at_the_top(client, amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    lesson = factories.lessons_of(care)[0]
    block = lesson.body[0].id
    client.force_login(amina)
    url = reverse("step_position", args=[enrolment.uuid, lesson.translation_key])
    assert client.post(url, {"block": block}).status_code == 204
    assert client.post(url, {"block": "nonsense"}).status_code == 400
    assert f'data-position="b-{block}"' in client.get(lesson.url).content.decode()
    progress.complete_step(enrolment, lesson.translation_key)
    html = client.get(lesson.url).content.decode()
    assert (Position.objects.count(), "data-position=" in html, "where you stopped" in html) == (1, False, False)


def test_a_visitor_reads_the_first_lesson_and_is_asked_to_join(client, amina, care):
    first, second = factories.lessons_of(care)[:2]
    assert "Read the first lesson without joining: Lesson 1" in main(client.get(care.url))
    page = client.get(first.url)
    assert (page.status_code, client.get(second.url).status_code) == (200, 403)
    assert "Lesson 1 in words." in main(page)
    assert "This is the first lesson. Join the course to go on" in main(page)
    assert f"{reverse('account_signup')}?next={first.url}" in page.content.decode()
    assert not re.search("Add a note for yourself|Mark as done", main(page))
    client.force_login(amina)
    assert "Join this course" in main(client.get(first.url))
    joined = client.post(reverse("join", args=[care.translation_key]), {"next": first.url}, follow=True)
    assert "Mark as done and continue" in main(joined)
    assert "This is the first lesson." not in main(joined)


def test_a_visitor_may_check_their_knowledge_and_nothing_is_stored(client, settings):
    settings.READING_SHARE = 1 / 3
    course = factories.course(lessons=0, released=False)
    block = factories.check_block("How many?", "Two", "Nine")
    lesson = factories.lesson(factories.module(course), "Checked", block)
    releases.release(course, "editorial", None, without_test=True)
    assert "How many?" in main(client.get(lesson.url))
    answer = client.post(lesson.url, {"check": block["id"], "choice": block["value"]["options"][1]["id"]})
    assert "You chose this. Not right." in main(answer)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (LessonReading.objects.count(), list(client.cookies)) == (0, ["csrftoken"])


def test_a_cache_keeps_the_first_lesson_of_each_visitor_apart(client, amina, care):
    page = client.get(factories.lessons_of(care)[0].url)
    assert "Cookie" in page.headers["Vary"]
    assert "public" not in page.headers.get("Cache-Control", "")
    client.force_login(amina)
    page = client.get(factories.lessons_of(care)[0].url)
    assert page.headers["Cache-Control"] == "private, no-store"


def test_what_authors_do_to_the_first_lesson_keeps_exactly_one_open(client, amina, care):
    lessons = factories.lessons_of(care)

    def opened() -> list[bool]:
        process_cache.forget()
        return [client.get(lesson.url).status_code == 200 for lesson in lessons]

    enrolments.join(amina, care.translation_key)
    lessons[0].unpublish()
    assert opened() == [False, True, False]
    lessons[0].save_revision().publish()
    new_first = factories.lesson(lessons[0].get_parent(), "Brand new")
    new_first.move(lessons[0], pos="left")
    assert opened() == [True, False, False], "what is first is what the release says"
    releases.release(care, "editorial", None, without_test=True)
    assert opened() == [False, False, False]
    assert client.get(new_first.url).status_code == 200
    client.force_login(amina)
    assert client.get(new_first.url).status_code == 200, "also for those who take an older release"
    client.logout()
    care.unpublish()
    assert opened() == [False, False, False], "the course is closed to new learners"
