"""A released course has a title of its own, because certificates print it."""

import pytest
from django.urls import reverse
from wagtail.models import Locale

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.records import CourseRelease
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EDITORIAL, REQUIRED, CORRECTION = CourseRelease.Kind
WORDS = "The course CARE has the same title or short title."


@pytest.fixture
def care(db):
    return factories.course("Care", lessons=1)


@pytest.fixture
def copy(care):
    """A published copy of the course, with a code of its own and the same short title."""
    made = care.copy(recursive=True, update_attrs={"title": "Copy", "slug": "copy"})
    return named(made, "Copy", "Copy")


def named(course, title: str, short_title: str):
    course.title, course.short_title = title, short_title
    course.save_revision().publish()
    course.refresh_from_db()
    return course


def release(course):
    return releases.release(course, EDITORIAL, None, without_test=True)


@pytest.mark.parametrize("names", [("Care", "Other"), (" CARE ", "Other"), ("Other", "care")])
def test_a_copy_is_not_released_under_the_title_of_the_other(copy, names):
    named(copy, *names)
    with pytest.raises(releases.CannotRelease, match=WORDS):
        release(copy)
    assert not CourseRelease.objects.filter(course_key=copy.translation_key).exists()


def test_the_release_page_names_the_other_course(client, grace, copy):
    named(copy, "Care", "Care")
    client.force_login(grace)
    url = reverse("course_release", args=[copy.pk])
    assert WORDS in client.get(url).content.decode()
    refused = client.post(url, {"kind": "editorial", "note": "", "without_test": "on"})
    assert (refused.status_code, refused.content.decode().count(WORDS)) == (200, 2)
    named(copy, "Care, second edition", "Care 2")
    client.post(url, {"kind": "editorial", "note": "", "without_test": "on"})
    assert releases.current(copy.translation_key).title == "Care, second edition"


def test_the_title_of_today_counts_too(care, copy):
    """Certificates print it, while a release keeps the title that it had."""
    named(care, "Helping", "Helping")
    for title in ("Care", "Helping"):
        with pytest.raises(releases.CannotRelease):
            release(named(copy, title, "Copy"))


def test_a_course_that_is_released_does_not_take_the_title_of_another_later(client, administrator, amina, copy):
    release(copy)
    client.force_login(administrator)
    assert copy.lacking() == []
    edit_url = reverse("wagtailadmin_pages:edit", args=[copy.pk])
    form = {
        **{"title": "Care", "slug": "copy", "code": copy.code, "short_title": "Copy", "hours": "2", "valid_years": "3"},
        **{f"{name}-count": "0" for name in ("outcomes", "on_monday", "authors")},
        **{"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"},
    }
    assert WORDS in client.post(edit_url, form | {"action-publish": "yes"}).content.decode()
    assert client.post(edit_url, form).status_code == 302, "a draft may say anything"
    copy.refresh_from_db()
    assert copy.get_latest_revision_as_object().lacking()[0].startswith(WORDS)
    enrolment = enrolments.join(amina, copy.translation_key)
    progress.complete_step(enrolment, factories.lessons_of(copy)[0].translation_key)
    assert Certificate.objects.get().course == "Copy"


def test_a_translation_a_later_release_and_a_correction_are_no_conflict(care):
    arabic = factories.translate(care, "ar", "Care")
    assert arabic.title_problems() == []
    factories.lesson(care.get_children().first().specific, "Brand new")
    assert release(care).number == "1.1"
    other = factories.course("Other", lessons=1)
    named(other, "Care", "Other")
    assert releases.release(other, CORRECTION, None, "0.5 mg is right.").title == "Other"


def test_another_language_has_titles_of_its_own(care, copy):
    copy.locale = Locale.objects.get_or_create(language_code="ar")[0]
    copy.save()
    assert named(copy, "Care", "Care").title_problems() == []


@pytest.mark.parametrize("others", [1, 3])
def test_it_costs_the_same_for_one_course_and_for_three(care, others, django_assert_num_queries):
    for number in range(others - 1):
        factories.course(f"Other {number}", lessons=1)
    own = factories.course("Mine", lessons=0, released=False)
    with django_assert_num_queries(3):  # one for the locale
        assert own.title_problems() == []
