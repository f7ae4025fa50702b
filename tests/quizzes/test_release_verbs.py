"""What trainers and reviewers release while people are under way, told as in test_staff_verbs.py.

Whoever decides that people need fewer tests is asked for those tests all the same.
"""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts import roles
from accounts.models import Role
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.records import CourseRelease
from quizzes import attempts
from quizzes.models.pages import QuizPurpose
from tests.quizzes.factories import enrol, question, quiz
from tests.quizzes.stories import ends_well, pass_test
from tests.support import factories
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]
EDITORIAL, REQUIRED, CORRECTION = CourseRelease.Kind


def practice_becomes_a_test(course, quiz_page, people, kofi, grace):
    question("single", pool="p3")
    practice = quiz(course, [("p3", 1)], title="Practice", purpose=QuizPurpose.PRACTICE)
    releases.release(course, REQUIRED, kofi)
    for enrolment in people[1:]:
        enrolment.refresh_from_db()
        pass_test(enrolment, practice)
    practice.purpose = QuizPurpose.TEST
    with pytest.raises(ValidationError):
        practice.save_revision().publish()
    assert releases.release(course, REQUIRED, kofi) is None


def first_release_without_the_test(course, quiz_page, people, kofi, grace):
    new = factories.course("New", lessons=1, released=False)
    draft = quiz(new, [("p1", 1)], title="New test")
    draft.unpublish()
    for decided, refusal in ((False, releases.DecisionNeeded), (True, PermissionDenied)):
        with pytest.raises(refusal):
            releases.release(new, EDITORIAL, kofi, without_test=decided)
    with pytest.raises(enrolments.NotReleased):
        enrolments.join(people[1].learner, new.translation_key)


def leave_and_rejoin_over_a_required_release(course, quiz_page, people, kofi, grace):
    second = quiz(course, [("p1", 1)], title="Second test")
    for enrolment in people[1:]:
        enrolments.leave(enrolment)
    releases.release(course, REQUIRED, kofi)
    for enrolment in people[1:]:
        assert enrolments.join(enrolment.learner, course.translation_key).release.number == "1.1"
    return [quiz_page, second]


def editorial_release_and_then_join(course, quiz_page, people, kofi, grace):
    quiz_page.unpublish()
    releases.release(course, EDITORIAL, grace, without_test=True)
    assert enrol(grace, quiz_page).release.number == "1.0"
    quiz_page.save_revision().publish()
    roles.revoke(grace, Role.REVIEWER, "*")  # with the role, the test would be closed to her


def correction_while_the_test_is_offline(course, quiz_page, people, kofi, grace):
    quiz_page.unpublish()
    lesson = factories.lessons_of(course)[0]
    lesson.save_revision().publish()
    releases.release(course, CORRECTION, kofi, "0.5 mg is right.", corrects=[str(lesson.translation_key)])
    joined = enrol(person("Joy Atieno", "KE"), quiz_page)
    assert (joined.release.number, len(joined.release.tests)) == ("1.1", 1)
    quiz_page.save_revision().publish()


def replace_the_test(course, quiz_page, people, kofi, grace):
    quiz_page.unpublish()
    successor = quiz(course, [("p1", 1)], title="New test")
    releases.release(course, REQUIRED, grace, without_test=True)
    return [successor]


VERBS = [practice_becomes_a_test, first_release_without_the_test, leave_and_rejoin_over_a_required_release,
         editorial_release_and_then_join, correction_while_the_test_is_offline, replace_the_test]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_no_release_certifies_who_has_not_passed_stops_anybody_or_serves_who_makes_it(
    people, course, quiz_page, verb, kofi, grace
):
    tests = verb(course, quiz_page, people, kofi, grace) or [quiz_page]
    ends_well(tests, people[0])


def test_who_decides_about_a_required_release_keeps_their_own(people, quiz_page, course, kofi, grace, as_person):
    enrolment = enrol(grace, quiz_page)
    quiz_page.unpublish()
    form = {"kind": "required", "note": "", "without_test": "on"}
    answer = as_person(grace).post(reverse("course_release", args=[course.pk]), form, follow=True)
    assert "If you take this course yourself, you need the tests that it had before." in answer.content.decode()
    progress.sweep()
    for row, number, is_complete in ((enrolment, "1.0", False), (people[2], "1.1", True)):
        row.refresh_from_db()
        assert (row.release.number, row.completed_at is not None) == (number, is_complete)
    with pytest.raises(releases.DecisionNeeded):
        releases.release(course, REQUIRED, kofi)


class TestNoWayRoundOnesOwnDecision:
    """Grace has decided alone that new learners do not need the test. She joins after something else has happened."""

    @pytest.fixture
    def decided(self, quiz_page, course, grace):
        second = quiz(course, [("p1", 1)], title="Second test")
        releases.release(course, EDITORIAL, None)
        quiz_page.unpublish()
        releases.release(course, EDITORIAL, grace, without_test=True)
        return second

    def joins_with(self, grace, course) -> int:
        return len(enrolments.join(grace, course.translation_key).release.tests)

    def test_a_correction_by_somebody_else(self, decided, course, kofi, grace):
        releases.release(course, CORRECTION, kofi, "Note.")
        assert self.joins_with(grace, course) == 2

    def test_a_release_of_other_lessons_by_herself(self, decided, course, grace):
        factories.lesson(course.get_children().first().specific, "Brand new")
        releases.release(course, EDITORIAL, grace)
        assert self.joins_with(grace, course) == 2

    def test_another_test_in_its_place(self, decided, course, grace):
        quiz(course, [("p1", 1)], title="Easy test")
        releases.release(course, EDITORIAL, grace)
        assert self.joins_with(grace, course) == 2

    def test_the_test_is_back(self, decided, quiz_page, course, kofi, grace):
        quiz_page.save_revision().publish()
        assert releases.release(course, EDITORIAL, kofi).number == "1.3"
        assert enrolments.join(grace, course.translation_key).release.number == "1.3"

    def test_somebody_else_decides_for_her(self, decided, course, grace, administrator):
        enrolments.join(grace, course.translation_key)
        releases.release(course, REQUIRED, administrator, without_test=True)
        assert self.joins_with(grace, course) == 1


def test_whoever_releases_a_course_that_never_had_a_test_does_not_take_it(client, grace, kofi):
    care = factories.course(lessons=1, released=False)
    releases.release(care, EDITORIAL, grace, without_test=True)
    client.force_login(grace)
    answer = client.post(reverse("join", args=[care.translation_key]), follow=True)
    assert "You released this course without a test" in answer.content.decode()
    question("single", pool="p1")
    quiz(care, [("p1", 1)])
    releases.release(care, EDITORIAL, kofi)
    assert enrolments.join(grace, care.translation_key).release.number == "1.1"


def test_what_somebody_else_decided_before_is_open_to_her(grace, administrator):
    care = factories.course(lessons=1, released=False)
    releases.release(care, EDITORIAL, administrator, without_test=True)
    factories.lesson(care.get_children().first().specific, "Brand new")
    releases.release(care, EDITORIAL, grace, without_test=True)
    assert enrolments.join(grace, care.translation_key).release.number == "1.0"


def test_a_trainer_may_make_an_editorial_release_where_only_a_required_one_is_a_decision(
    people, quiz_page, course, kofi, grace, as_person
):
    quiz_page.unpublish()
    quiz(course, [("p1", 1)], title="New test")
    releases.release(course, EDITORIAL, grace, without_test=True)
    factories.lesson(course.get_children().first().specific, "Brand new")
    url = reverse("course_release", args=[course.pk])
    html = as_person(kofi).get(url).content.decode()
    assert "A required release would no longer ask for Final test." in html
    for kind, count in (("required", 2), ("editorial", 3)):
        as_person(kofi).post(url, {"kind": kind, "note": ""})
        assert CourseRelease.objects.count() == count


def test_a_test_that_comes_later_can_be_asked_of_those_under_way(client, kofi, amina, baraka):
    """The outline is that of the newest release already, so only "required" is offered, and a correction."""
    care = factories.course(lessons=1)
    under_way = [enrolments.join(who, care.translation_key) for who in (amina, baraka)]
    enrolments.leave(under_way[1])
    question("single", pool="p1")
    test = quiz(care, [("p1", 1)])
    releases.release(care, EDITORIAL, kofi)
    assert releases.changes(care)["kinds"] == ["required", "correction"]
    client.force_login(kofi)
    client.post(reverse("course_release", args=[care.pk]), {"kind": "required", "note": "A test."})
    for enrolment in under_way:
        enrolment.refresh_from_db()
        assert enrolment.release.tests == {str(test.translation_key)}
    assert releases.changes(care)["kinds"] == ["correction"]
    assert releases.release(care, REQUIRED, kofi) is None


class TestWhoPublishedTheTest:
    """Grace has published it, and is no reviewer any more."""

    def test_they_cannot_take_it_until_somebody_else_publishes_it(self, quiz_page, grace, administrator, as_person):
        enrolment = enrol(grace, quiz_page)
        quiz_page.save_revision().publish(user=grace)
        roles.revoke(grace, Role.REVIEWER, "*")
        with pytest.raises(attempts.OwnTest):
            attempts.start(enrolment, quiz_page)
        words = "You published this test, so somebody else must publish it before you can take it."
        start = reverse("quizzes:start", args=[enrolment.uuid, quiz_page.translation_key])
        assert as_person(grace).post(start, follow=True).content.decode().count(words) == 2
        quiz_page.save_revision().publish(user=administrator)
        assert attempts.start(enrolment, quiz_page)

    def test_to_schedule_it_is_the_same(self, quiz_page, grace):
        """Wagtail publishes it later without a person."""
        enrolment = enrol(grace, quiz_page)
        quiz_page.go_live_at = timezone.now() + timedelta(minutes=1)
        quiz_page.save_revision().publish(user=grace)
        roles.revoke(grace, Role.REVIEWER, "*")
        with travel(timezone.now() + timedelta(hours=1)):
            call_command("publish_scheduled")
            quiz_page.refresh_from_db()
            assert quiz_page.live
            with pytest.raises(attempts.OwnTest):
                attempts.start(enrolment, quiz_page)

    def test_practice_is_free(self, quiz_page, course, grace):
        question("single", pool="p3")
        practice = quiz(course, [("p3", 1)], title="Practice", purpose=QuizPurpose.PRACTICE)
        releases.release(course, REQUIRED, None)
        practice.save_revision().publish(user=grace)
        assert attempts.start(enrol(grace, practice), practice)


class TestWhoMayOpenTheAnswers:
    WORDS = "Your role lets you open the answers of this test, so a pass would prove nothing."

    @pytest.mark.parametrize("name", ["kofi", "grace", "administrator"])
    def test_they_cannot_start_a_test_and_can_rehearse_it(self, quiz_page, as_person, request, name):
        who = request.getfixturevalue(name)
        enrolment = enrol(who, quiz_page)
        start = reverse("quizzes:start", args=[enrolment.uuid, quiz_page.translation_key])
        html = as_person(who).post(start, follow=True).content.decode()
        assert html.count(self.WORDS) == 2  # the message, and what stands in place of the button
        assert f'href="{reverse("quizzes:rehearse", args=[quiz_page.translation_key])}"' in html
        assert not enrolment.attempts.exists()

    def test_a_session_without_the_second_step_is_no_way_round(self, quiz_page, kofi, as_person, settings):
        settings.MFA_REQUIRED_OF_STAFF = True
        enrolment = enrol(kofi, quiz_page)
        as_person(kofi).post(reverse("quizzes:start", args=[enrolment.uuid, quiz_page.translation_key]))
        assert not enrolment.attempts.exists()

    def test_managers_and_whoever_has_lost_the_role_take_it(self, quiz_page, rosa, kofi):
        roles.revoke(kofi, Role.TRAINER, "*")
        assert all(attempts.start(enrol(who, quiz_page), quiz_page) for who in (rosa, kofi))

    def test_an_attempt_that_runs_when_the_role_comes_goes_on_and_is_judged(self, quiz_page, baraka):
        enrolment = enrol(baraka, quiz_page)
        running = attempts.start(enrolment, quiz_page)
        roles.grant(baraka, Role.TRAINER, "*")
        assert attempts.start(enrolment, quiz_page) == running
        pass_test(enrolment, quiz_page)
        enrolment.refresh_from_db()
        assert enrolment.completed_at is not None

    def test_practice_is_free(self, quiz_page, course, kofi):
        question("single", pool="p3")
        practice = quiz(course, [("p3", 1)], title="Practice", purpose=QuizPurpose.PRACTICE)
        releases.release(course, REQUIRED, None)
        assert attempts.start(enrol(kofi, practice), practice)
