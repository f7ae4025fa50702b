"""The size that a page tells is the size that is sent, and a statement's text is sent once."""

import gzip
import re

import pytest
from django.urls import reverse

from courses import enrolment as enrolments
from courses import releases
from courses.models.pages import LessonPage
from courses.models.records import CourseRelease
from courses.templatetags.courses_tags import weight
from tests.quizzes.factories import statement
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CLOSE = 1_000  # bytes; pages tell kilobytes, and names and outlines differ
WORDS = next((factories.LIBRARY / "foundations").rglob("3-diagnosis*.md")).read_text()


def blocks_of(case: str) -> list[dict]:
    pictures = [factories.picture_block(factories.image(f"{case}-{number}.png")) for number in range(2)]
    return {
        "a line": [factories.text_block("One line.")],
        "many words": [factories.text_block(WORDS)],
        "pictures": [factories.text_block(WORDS), *pictures, pictures[0] | {"id": pictures[1]["id"][::-1]}],
    }[case]


@pytest.fixture
def care():
    return factories.course(lessons=0, released=False)


@pytest.fixture
def learner(client, amina):
    client.force_login(amina)
    return client


def released(care, amina) -> None:
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    enrolments.join(amina, care.translation_key)


def sent(client, url: str) -> int:
    """The bytes of a page as it is sent, and of its pictures."""
    page = client.get(url, headers={"Accept-Encoding": "gzip, deflate, br"})
    pictures = set(re.findall(r'src="(/media/[^"]+)"', gzip.decompress(page.content).decode()))
    return len(page.content) + sum(len(client.get(picture).getvalue()) for picture in pictures)


@pytest.mark.parametrize("case", ["a line", "many words", "pictures"])
def test_the_size_told_is_the_size_sent(learner, amina, care, case):
    lesson = factories.lesson(factories.module(care), "Sizes", *blocks_of(case))
    released(care, amina)
    told = LessonPage.objects.get().bytes
    assert abs(told - sent(learner, lesson.url)) <= CLOSE
    assert f"{weight(told)}." in learner.get(lesson.url).content.decode()


def test_a_picture_that_is_published_later_is_told_at_once(learner, amina, care):
    lesson = factories.lesson(factories.module(care), "Sizes")
    released(care, amina)
    picture = factories.picture_block(factories.image())
    lesson.body = lesson.body.stream_block.to_python([*lesson.body.get_prep_value(), picture])
    lesson.save_revision()
    assert LessonPage.objects.get().bytes < 10_000, "a draft tells nothing"
    lesson.get_latest_revision().publish()
    told = LessonPage.objects.get().bytes
    assert (told > 100_000, abs(told - sent(learner, lesson.url)) <= CLOSE) == (True, True)
    for url in (lesson.url, reverse("learning"), reverse("catalogue")):
        assert weight(told) in learner.get(url).content.decode(), url


def test_a_statement_stands_once_in_a_lesson_and_the_second_citation_leads_there(learner, amina, care):
    first, second = statement("1.3.6"), statement("1.3.9")
    lesson = factories.lesson(
        factories.module(care),
        "Statements",
        factories.text_block("Words.", [first.pk, second.pk]),
        factories.text_block("More words.", [first.pk, first.pk]),
    )
    released(care, amina)
    html = learner.get(lesson.url).content.decode()
    assert [html.count(f"What {row.code} says.") for row in (first, second)] == [1, 1]
    assert html.count('href="#statement-test-1.3.6"') == 2
    assert html.index('id="statement-test-1.3.6"') < html.index('href="#statement-test-1.3.6"')
