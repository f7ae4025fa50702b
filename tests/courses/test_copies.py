"""Copies, aliases and expired pages: what Wagtail's verbs make of a course."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from time_machine import travel
from wagtail.test.utils.form_data import nested_form_data, streamfield

from courses import enrolment, releases
from courses.importing.course import read_package
from courses.models.pages import CoursePage, LessonPage, free_code
from courses.models.records import CourseRelease
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course(lessons=1)


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


def copy_form(page, parent, **more) -> dict:
    return {"new_title": "Copy", "new_slug": "copy", "new_parent_page": parent.pk, "copy_subpages": "on", **more}


@pytest.mark.parametrize("live", [{}, {"publish_copies": "on"}])
def test_a_copied_course_has_new_keys_and_a_code_of_its_own(admin, care, live):
    admin.post(reverse("wagtailadmin_pages:copy", args=[care.pk]), copy_form(care, factories.home(), **live))
    copy = CoursePage.objects.get(slug="copy")
    assert (copy.code, copy.get_latest_revision_as_object().code) == ("C1", "C1")
    keys = {str(page.translation_key) for course in (care, copy) for page in course.get_descendants(inclusive=True)}
    assert len(keys) == 6
    assert releases.current(copy.translation_key) is None


def test_a_module_copied_into_another_course_has_lessons_of_its_own(admin, care):
    other = factories.course("Other", lessons=0, released=False)
    module = care.get_children().get()
    form = copy_form(module, other, publish_copies="on")
    admin.post(reverse("wagtailadmin_pages:copy", args=[module.pk]), form)
    assert len(releases.live_outline(other)) == 1
    assert not {step["key"] for step in releases.live_outline(other)} & {
        step["key"] for step in releases.live_outline(care)
    }


def test_two_courses_cannot_have_one_code(care):
    other = factories.course("Other", lessons=0, released=False)
    other.code = "care"
    with pytest.raises(ValidationError, match="Another course has this code"):
        other.full_clean()
    assert other.lacking() == [
        "Another course has this code, or had it before. Certificates print it, so choose another."
    ]


def test_a_code_stays_with_the_course_whose_releases_print_it(care):
    other = factories.course("Other", lessons=0, released=False)
    care.code = "C1"
    care.save()
    releases.release(care, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    care.code = "C9"
    care.save()
    for course, allowed in ((care, True), (other, False)):
        course.code = "c1"
        assert (course.lacking() == []) == allowed
    assert free_code() == "C2"
    assert any(
        "C1, or had it before" in str(problem) for problem in read_package(factories.LIBRARY / "foundations").problems
    )


def test_a_package_with_the_code_of_another_course_is_refused(care):
    care.code = "c1"
    care.save()
    problems = read_package(factories.LIBRARY / "foundations").problems
    assert any("another course has the code C1" in str(problem) for problem in problems)


def test_an_alias_is_no_step_and_not_released_and_leads_to_its_page(client, admin, administrator, amina, care):
    lesson = factories.lessons_of(care)[0]
    lesson.create_alias(parent=lesson.get_parent(), update_slug="alias")
    course_alias = care.create_alias(recursive=True, update_slug="course-alias")
    assert releases.changes(care)["same"]
    with pytest.raises(ValueError, match="an alias"):
        releases.release(course_alias, CourseRelease.Kind.EDITORIAL, None)
    assert admin.get(reverse("course_release", args=[course_alias.pk])).status_code == 404
    enrolment.join(amina, care.translation_key)
    client.force_login(amina)
    for alias, page in (("care/module-one/alias", lesson), ("course-alias", care)):
        assert client.get(f"/en/{alias}/").headers["Location"] == page.url

    admin.force_login(administrator)
    assert 'name="alias"' not in admin.get(reverse("wagtailadmin_pages:copy", args=[lesson.pk])).content.decode()


def expired(lesson: LessonPage) -> LessonPage:
    lesson.expire_at = (timezone.now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    lesson.save_revision().publish()
    return lesson


def lesson_form(lesson: LessonPage) -> dict:
    form = {
        "title": "After all", "slug": lesson.slug, "number": "", "minutes": "5", "objectives": streamfield([]),
        "body": streamfield([]), "comments": {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"},
        "expire_at": lesson.expire_at.strftime("%Y-%m-%d %H:%M"),
    }  # fmt: skip
    return nested_form_data(form)


@pytest.mark.parametrize("action", ["", "action-publish"])
def test_a_page_whose_expiry_is_over_can_be_saved_and_published_again(admin, administrator, care, action):
    administrator.time_zone = "UTC"
    administrator.save()
    lesson = expired(factories.lessons_of(care)[0])
    with travel(timezone.now() + timedelta(hours=1), tick=False):
        call_command("publish_scheduled")
        form = lesson_form(lesson) | ({action: "yes"} if action else {})
        answer = admin.post(reverse("wagtailadmin_pages:edit", args=[lesson.pk]), form)
        assert answer.status_code == 302
        lesson.refresh_from_db()
        assert lesson.get_latest_revision_as_object().title == "After all"
        assert lesson.live == bool(action)


def test_a_review_of_a_page_whose_expiry_is_over_says_so(care):
    lesson = factories.lessons_of(care)[0]
    assert lesson.lacking() == []
    lesson.expire_at = timezone.now() - timedelta(hours=1)
    assert len(lesson.lacking()) == 1
