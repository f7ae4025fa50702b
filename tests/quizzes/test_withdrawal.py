"""What authors do to a test while people are under way: nobody gets a certificate without having passed."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.records import CourseRelease, Enrolment
from quizzes import attempts
from tests.quizzes.factories import answer_all, course_with_test, enrol, quiz
from tests.support import factories

pytestmark = pytest.mark.once


@pytest.fixture
def quiz_page(db):
    return course_with_test(lessons=2)


@pytest.fixture
def waiting(quiz_page, amina):
    """Amina has read every lesson and not tried the test."""
    return enrol(amina, quiz_page)


@pytest.fixture
def failed(quiz_page, baraka):
    """Baraka has read every lesson and failed the test."""
    enrolment = enrol(baraka, quiz_page)
    attempts.submit(attempts.start(enrolment, quiz_page))
    return enrolment


def unpublish(quiz_page):
    quiz_page.unpublish()


def expire(quiz_page):
    quiz_page.expire_at = timezone.now() + timedelta(minutes=1)
    quiz_page.save_revision().publish()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        call_command("publish_scheduled")


def delete(quiz_page):
    quiz_page.delete()


def move_away(quiz_page):
    quiz_page.move(factories.course("Elsewhere", lessons=0, released=False), pos="last-child")


def unpublish_course(quiz_page):
    course = quiz_page.get_parent().specific
    for below in course.get_descendants():
        below.specific.unpublish()
    course.unpublish()


VERBS = [unpublish, expire, delete, move_away, unpublish_course]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_no_verb_of_an_author_certifies_who_has_not_passed(quiz_page, waiting, failed, verb):
    verb(quiz_page)
    progress.sweep()
    for enrolment in (waiting, failed):
        progress.complete_if_finished(enrolment)
        enrolment.refresh_from_db()
        assert enrolment.completed_at is None
    assert not Certificate.objects.exists()


def test_who_has_passed_and_everybody_else_go_on_when_the_test_is_back(quiz_page, waiting, amina):
    quiz_page.unpublish()
    quiz_page.save_revision().publish()
    quiz_page.refresh_from_db()
    attempt = attempts.start(waiting, quiz_page)
    answer_all(attempt)
    attempts.submit(attempt)
    assert Certificate.objects.get().learner == amina


def test_a_release_without_the_test_needs_a_decision(quiz_page, waiting):
    quiz_page.unpublish()
    course = quiz_page.get_parent().specific
    for kind in ("editorial", "required"):
        with pytest.raises(releases.DecisionNeeded):
            releases.release(course, kind, None)
    assert CourseRelease.objects.count() == 1


def test_a_required_release_without_the_test_lets_off_who_never_tried_and_nobody_who_failed(quiz_page, waiting, failed):
    quiz_page.unpublish()
    releases.release(quiz_page.get_parent().specific, CourseRelease.Kind.REQUIRED, None, without_test=True)
    progress.sweep()
    waiting.refresh_from_db()
    failed.refresh_from_db()
    assert waiting.completed_at is not None
    assert (failed.completed_at, failed.release.number) == (None, "1.0")


@pytest.mark.parametrize("left", [False, True], ids=["there", "left"])
def test_who_failed_a_test_that_is_replaced_is_asked_for_the_new_one(quiz_page, failed, left):
    course = quiz_page.get_parent().specific
    quiz_page.unpublish()
    second = quiz(course, [("p1", 1)], title="Second test")
    if left:
        enrolments.leave(failed)
    releases.release(course, CourseRelease.Kind.REQUIRED, None, without_test=True)
    failed = enrolments.join(failed.learner, course.translation_key)
    assert failed.release.tests == {str(second.translation_key)}
    attempt = attempts.start(failed, second)
    answer_all(attempt)
    attempts.submit(attempt)
    assert Certificate.objects.get().learner == failed.learner


def test_who_passed_one_of_two_withdrawn_tests_keeps_the_other(quiz_page, waiting):
    course = quiz_page.get_parent().specific
    second = quiz(course, [("p1", 1)], title="Second test")
    releases.release(course, CourseRelease.Kind.REQUIRED, None)
    waiting.refresh_from_db()
    first_attempt = attempts.start(waiting, quiz_page)
    answer_all(first_attempt)
    attempts.submit(first_attempt)
    attempts.submit(attempts.start(waiting, second))
    quiz_page.unpublish()
    second.unpublish()
    releases.release(course, CourseRelease.Kind.REQUIRED, None, without_test=True)
    progress.sweep()
    waiting.refresh_from_db()
    assert (waiting.completed_at, waiting.release.number) == (None, "1.1")


def test_a_later_required_release_asks_again_who_still_has_the_test_to_do(quiz_page, waiting):
    """An editorial release withdraws the test for new learners. The next, required one would take it from the others."""
    quiz_page.unpublish()
    course = quiz_page.get_parent().specific
    releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    factories.lesson(course.get_children().first().specific, "Brand new")
    with pytest.raises(releases.DecisionNeeded):
        releases.release(course, CourseRelease.Kind.REQUIRED, None)


def test_an_editorial_release_takes_nothing_from_those_under_way_so_it_asks_about_the_newest_release_only(
    quiz_page, waiting
):
    quiz_page.unpublish()
    course = quiz_page.get_parent().specific
    second = quiz(course, [("p1", 1)], title="Second test")
    releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)
    factories.lesson(course.get_children().first().specific, "Brand new")
    assert releases.release(course, CourseRelease.Kind.EDITORIAL, None).tests == {str(second.translation_key)}


def test_the_release_page_says_how_many_and_asks(quiz_page, waiting, failed, as_person, grace):
    quiz_page.unpublish()
    url = reverse("course_release", args=[quiz_page.get_parent().specific.pk])
    shown = as_person(grace).get(url).content.decode()
    assert "No longer required: Final test" in shown
    assert "1 person who has done everything else gets a certificate at once." in shown
    assert "1 person has tried the test and not passed" in shown
    form = {"kind": "required", "note": ""}
    assert "This release would no longer ask for Final test." in as_person(grace).post(url, form).content.decode()
    assert CourseRelease.objects.count() == 1
    as_person(grace).post(url, form | {"without_test": "on"})
    assert CourseRelease.objects.count() == 2


def test_a_trainer_is_told_that_a_reviewer_decides_and_cannot_do_it(quiz_page, as_person, kofi):
    quiz_page.unpublish()
    course = quiz_page.get_parent().specific
    url = reverse("course_release", args=[course.pk])
    form = {"kind": "editorial", "note": "", "without_test": "on"}
    for answer in (as_person(kofi).get(url), as_person(kofi).post(url, form)):
        html = answer.content.decode()
        assert "Publish it, or ask a reviewer for all countries to make this release." in html
        assert "No longer required" not in html
    with pytest.raises(PermissionDenied):
        releases.release(course, CourseRelease.Kind.EDITORIAL, kofi, without_test=True)
    assert CourseRelease.objects.count() == 1


def test_the_page_of_the_course_says_that_the_test_is_not_available(client, quiz_page, waiting, amina):
    quiz_page.unpublish()
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Not available at the moment." in client.get(quiz_page.get_parent().specific.url).content.decode()


@pytest.mark.parametrize("released", [False, True])
def test_the_page_of_a_test_that_stands_in_another_course_says_the_same(
    client, quiz_page, waiting, amina, baraka, released
):
    """Amina is asked for it, also once she has joined the other course. Baraka takes neither."""
    elsewhere = factories.course("Elsewhere", lessons=1, released=released)
    if released:
        enrolments.join(amina, elsewhere.translation_key)
    quiz_page.move(elsewhere, pos="last-child")
    quiz_page.refresh_from_db()
    words = "This page is not available at the moment. It is still part of your course."
    for who, is_told in ((amina, True), (baraka, False)):
        client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(quiz_page.url)
        assert (answer.status_code, words in answer.content.decode()) == (403, is_told)


UNDER_WAY = "1 person is in the middle of a course with this page."


def test_the_confirmation_pages_say_who_is_under_way(quiz_page, waiting, as_person, administrator):
    elsewhere = factories.course("Elsewhere", lessons=0, released=False)
    admin = as_person(administrator)
    ids = f"?id={quiz_page.pk}"
    for url in (
        reverse("wagtailadmin_pages:unpublish", args=[quiz_page.pk]),
        reverse("wagtailadmin_pages:move_confirm", args=[quiz_page.pk, elsewhere.pk]),
        reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"]) + ids,
        reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"]) + ids,
    ):
        assert UNDER_WAY in admin.get(url).content.decode(), url


@pytest.mark.parametrize("left", [False, True], ids=["there", "left"])
def test_a_test_that_people_under_way_need_cannot_be_deleted(quiz_page, waiting, as_person, administrator, left):
    if left:
        enrolments.leave(waiting)
    as_person(administrator).post(reverse("wagtailadmin_pages:delete", args=[quiz_page.pk]))
    assert type(quiz_page).objects.filter(pk=quiz_page.pk).exists()


def test_a_course_with_people_cannot_be_deleted(quiz_page, waiting, as_person, administrator):
    course = quiz_page.get_parent().specific
    as_person(administrator).post(reverse("wagtailadmin_pages:delete", args=[course.pk]))
    assert Enrolment.objects.filter(pk=waiting.pk).exists()
    assert type(course).objects.filter(pk=course.pk).exists()
