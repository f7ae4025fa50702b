"""The search of the catalogue finds what published lessons say, and never what decides a knowledge check."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from courses import enrolment as enrolments
from courses import lesson_search, releases
from courses.models.records import CourseRelease
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def care(db):
    """A course whose second lesson is about naloxone, of a hundred words."""
    course = factories.course("Care", lessons=0, released=False)
    words = f"{'Before that. ' * 30}Give naloxone at once, 0.5 mg. {'After that. ' * 30}"
    module = factories.module(course)
    factories.lesson(module, "Welcome", factories.text_block("Good that you are here."))
    factories.lesson(module, "Breath first", factories.text_block(words))
    releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    return course


def search(client, words: str, **query) -> str:
    response = client.get(reverse("catalogue"), {"q": words, **query})
    assert response.status_code == 200
    return response.content.decode()


def found(client, words: str, **query) -> bool:
    return "Breath first" in search(client, words, **query)


def test_a_visitor_finds_a_lesson_by_its_words_and_is_led_to_its_course(client, care):
    html = search(client, "NALOXONE")
    assert "1 lesson with <bdi>NALOXONE</bdi>" in html
    assert "at once" not in html, "what a lesson says is for those who may open it"
    assert (f'<a href="{care.url}">Breath first</a>' in html, "joined the course" in html) == (True, True)


def test_a_visitor_is_led_to_the_first_lesson_which_is_open(client, care):
    html = search(client, "good that")
    assert f'<a href="{factories.lessons_of(care)[0].url}">Welcome</a>' in html
    assert "<mark>Good</mark> <mark>that</mark> you are here" in html


def test_other_languages_take_no_places(client, care, monkeypatch):
    monkeypatch.setattr(lesson_search, "MOST", 1)
    for number, language in enumerate(("ar", "fr", "ru")):
        copy = factories.translate(care, language, f"Care {number}")
        below = factories.module(copy)
        lesson = factories.lesson(below, f"Breath {number}", factories.text_block("naloxone " * 50))
        original = factories.lessons_of(care)[1]
        type(lesson).objects.filter(pk=lesson.pk).update(translation_key=original.translation_key, locale=copy.locale)
    assert found(client, "naloxone", **{"in": "en"})


def test_who_may_open_the_lesson_is_led_to_it(client, amina, kofi, care):
    enrolments.join(amina, care.translation_key)
    lesson = factories.lessons_of(care)[1]
    for person in (amina, kofi):
        client.force_login(person)
        html = search(client, "naloxone")
        assert f'<a href="{lesson.url}">Breath first</a>' in html
        assert "Give <mark>naloxone</mark> at once" in html


def test_a_course_is_found_by_its_title_and_its_lessons_are_not_listed_for_that(client, care):
    html = search(client, "cAre")
    assert ("1 course" in html, "No lesson with <bdi>cAre</bdi>" in html) == (True, True)


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("nalox", True),
        ("nalox onc", True),
        ("give 0.5", True),
        ("naloxone aspirin", False),
        ("oxone", False),
        ("breath", True),
        ('"naloxone"', True),
        ("naloxone & | ! :* ( '", True),
        ("...", False),
    ],
)
def test_every_word_must_begin_a_word_of_the_lesson(client, care, words, is_found):
    assert found(client, words) == is_found


def test_only_what_learners_can_read_is_found(client, care):
    lesson = factories.lessons_of(care)[1]
    lesson.body = lesson.body.stream_block.to_python([factories.text_block("Drafted words.")])
    lesson.save_revision()
    factories.lesson(lesson.get_parent().specific, "Breath first not released", factories.text_block("Later words."))
    assert not found(client, "drafted")
    assert not found(client, "later")
    lesson.unpublish()
    assert not found(client, "naloxone")


def test_a_course_that_is_not_published_hides_its_lessons(client, care):
    care.unpublish()
    assert not found(client, "naloxone")


def test_the_language_filter_holds_for_lessons(client, care):
    factories.translate(care, "ar", "الرعاية")
    assert found(client, "naloxone", **{"in": "en"})
    assert not found(client, "naloxone", **{"in": "ar"})


def test_the_answer_of_a_knowledge_check_is_not_in_the_index(client, care):
    lesson = factories.lessons_of(care)[1]
    lesson.body = lesson.body.stream_block.to_python([factories.check_block("Which dose?", "Two", "Nine")])
    lesson.save_revision().publish()
    assert (found(client, "which dose"), found(client, "nine"), found(client, "about")) == (True, True, False)


def test_an_excerpt_escapes_what_the_lesson_says():
    text = "<script>alert(1)</script> naloxone & more"
    assert lesson_search.excerpt(text, ["nalox"]) == escape(text).replace("naloxone", "<mark>naloxone</mark>")


@pytest.mark.parametrize("lessons", [1, 3])
def test_a_search_costs_the_same_with_one_lesson_and_with_three(client, amina, lessons, django_assert_num_queries):
    course = factories.course("Doses", lessons=lessons)
    enrolments.join(amina, course.translation_key)
    client.force_login(amina)
    search(client, "words")
    with django_assert_num_queries(11):
        assert search(client, "words").count("<mark>words</mark>") == lessons
