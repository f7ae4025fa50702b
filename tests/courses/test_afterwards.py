"""After a course: the certificate with its state, the next course, and what to do on Monday."""

import re

import pytest

from certificates import delivery
from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress
from courses.models.pages import CoursePage
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def care(amina):
    """A course that Amina has completed, between an earlier and a later one."""
    factories.course("Earlier", lessons=1)
    course = factories.course("Care", lessons=1)
    course.on_monday = CoursePage._meta.get_field("on_monday").to_python(
        '[{"type": "item", "value": "Look into the cupboard.", "id": "5dbd6f7e-1f1c-4f39-8e0e-0f6a0b2f6a11"}]'
    )
    course.save_revision().publish()
    factories.course("Later", lessons=1)
    enrolment = enrolments.join(amina, course.translation_key)
    for lesson in factories.lessons_of(course):
        progress.complete_step(enrolment, lesson.translation_key)
    return course


@pytest.fixture
def shown(client, amina, care):
    """What the course page says, to the end of its part about what comes after."""

    def read(language: str = "en") -> str:
        client.force_login(amina)
        html = client.get(f"/{language}/care/").content.decode()
        part = html.split('id="after"', 1)[1].split("</section>", 1)[0]
        return " ".join(re.sub(r"<[^>]+>", " ", part).split())

    return read


def test_certificate_next_course_and_monday_follow_each_other(shown):
    text = shown()
    parts = ["Your PDF is being made.", "Next for you Later 2 hours", "On Monday, at work Look into the cupboard."]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert delivery.deliver(Certificate.objects.get().pk)
    assert "Valid until" in shown()


def test_the_next_course_is_the_first_one_that_was_never_joined(shown, amina):
    later, earlier = (CoursePage.objects.get(title=title) for title in ("Later", "Earlier"))
    left = enrolments.join(amina, later.translation_key)
    enrolments.leave(left)
    assert "Next for you Earlier" in shown()
    enrolments.join(amina, earlier.translation_key)
    assert "Next for you" not in shown()


def test_the_next_course_is_in_the_language_of_the_reader_if_there_is_one(shown):
    later = CoursePage.objects.get(title="Later")
    assert "Later" in shown("ar")
    arabic = factories.translate(later, "ar", "لاحق")
    arabic.short_title = "لاحق"
    arabic.save_revision().publish()
    assert "Later" not in shown("ar")
    assert "Later" in shown("en")


@pytest.mark.parametrize("others", [1, 3])
def test_it_costs_the_same_queries_with_one_more_course_and_with_three(
    client, amina, care, others, django_assert_num_queries
):
    for number in range(others):
        factories.course(f"Other {number}", lessons=1)
    client.force_login(amina)
    client.get(care.url)
    with django_assert_num_queries(7):
        client.get(care.url)
