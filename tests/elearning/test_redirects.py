"""Former addresses lead to the pages of today, in every language, and open nothing that may not be seen."""

import pytest
from django.utils import translation

from courses import enrolment
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


@pytest.fixture
def rename(django_capture_on_commit_callbacks):
    """Return a function that publishes a page under another slug. Wagtail writes its redirects after the commit."""

    def rename(page, slug: str, language: str = "en"):
        with translation.override(language), django_capture_on_commit_callbacks(execute=True):
            page.slug = slug
            page.save_revision().publish()

    return rename


def module_of(care):
    return care.get_children().get().specific


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_renamed_lesson_module_and_course_are_found_in_every_language(client, amina, care, rename, language):
    enrolment.join(amina, care.translation_key)
    client.force_login(amina)
    rename(factories.lessons_of(care)[0], "dosing", language)
    rename(module_of(care), "part-one", language)
    care.refresh_from_db()
    rename(care, "good-care", language)
    for prefix in ("/en", "/ar"):
        for former in (
            "/care/module-one/lesson-1/",
            "/care/module-one/dosing/",
            "/care/part-one/dosing/",
        ):
            answer = client.get(prefix + former)
            assert (answer.status_code, answer.headers["Location"]) == (307, f"{prefix}/good-care/part-one/dosing/")
        assert client.get(f"{prefix}/care/").headers["Location"] == f"{prefix}/good-care/"


def test_a_lesson_that_was_offline_when_its_module_moved_is_found_when_it_is_back(client, amina, care, rename):
    enrolment.join(amina, care.translation_key)
    client.force_login(amina)
    lesson = factories.lessons_of(care)[0]
    lesson.unpublish()
    rename(module_of(care), "part-one")
    assert client.get("/en/care/module-one/lesson-1/").status_code == 404
    lesson.refresh_from_db()
    lesson.save_revision().publish()
    assert client.get("/en/care/module-one/lesson-1/").headers["Location"] == "/en/care/part-one/lesson-1/"


def test_a_slug_that_is_changed_back_makes_no_loop(client, care, rename):
    rename(care, "good-care")
    rename(care, "care")
    assert client.get("/en/care/").status_code == 200
    assert client.get("/en/good-care/").headers["Location"] == "/en/care/"


def test_an_address_that_another_page_has_taken_is_that_pages(client, care, rename):
    rename(care, "good-care")
    other = factories.course("Other")
    rename(other, "care")
    assert client.get("/en/care/").status_code == 200
    rename(other, "other-care")
    assert client.get("/en/care/").headers["Location"] == "/en/other-care/"


def test_a_moved_lesson_is_found_and_opens_for_those_who_may_read_it(client, amina, baraka, care):
    enrolment.join(amina, care.translation_key)
    lesson = factories.lessons_of(care)[1]
    lesson.move(factories.module(care, "Module two"), pos="last-child")
    statuses = []
    for person in (amina, baraka):
        client.force_login(person)
        statuses.append(client.get("/en/care/module-one/lesson-2/", follow=True).status_code)
    assert statuses == [200, 403]


def test_nothing_leads_to_a_page_that_is_not_published(client, care, rename):
    rename(care, "good-care")
    care.unpublish()
    assert client.get("/en/care/").status_code == 404


def test_a_form_that_was_open_keeps_what_it_sends(client, amina, rename):
    care = factories.course(lessons=0, released=False)
    block = factories.check_block("How many?", "Two", "Nine")
    lesson = factories.lesson(factories.module(care), "Checked", block)
    factories.releases.release(care, "editorial", None, without_test=True)
    enrolment.join(amina, care.translation_key)
    client.force_login(amina)
    rename(lesson, "moved")
    data = {"check": block["id"], "choice": block["value"]["options"][1]["id"]}
    answer = client.post("/en/care/module-one/checked/", data, follow=True)
    assert "You chose this. Not right." in answer.content.decode()


def test_a_missing_page_takes_at_most_one_query_more(client, care, rename, django_assert_num_queries):
    rename(care, "good-care")
    client.get("/en/nowhere/")
    with django_assert_num_queries(2):  # the page, and the redirects
        assert client.get("/en/nowhere/").status_code == 404
