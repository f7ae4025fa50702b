"""The lessons that a test waits for."""

from datetime import timedelta

import pytest
from time_machine import travel

from courses import enrolment as enrolments
from courses import progress, releases
from quizzes import attempts
from tests.quizzes.factories import course_with_test, enrol, question, quiz
from tests.support import factories as course_factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_test_of_a_module_waits_for_the_lessons_of_that_module_only(amina):
    course = course_factories.course(lessons=1, released=False)
    second = course_factories.module(course, "Module two")
    lesson = course_factories.lesson(second, "Lesson A")
    question()
    question()
    page = quiz(second)
    releases.release(course, "editorial", None)
    enrolment = enrolments.join(amina, course.translation_key)
    with pytest.raises(attempts.LessonsNotDone):
        attempts.start(enrolment, page)
    progress.complete_step(enrolment, lesson.translation_key)
    assert attempts.start(enrolment, page).number == 1


def test_a_done_that_waited_opens_the_test_when_its_time_has_come(amina, settings):
    """Neither a page nor the sweep has counted it yet: the button was on a page that was open."""
    settings.READING_SHARE = 1 / 3
    page = course_with_test()
    enrolment = enrol(amina, page, lessons_done=False)
    lesson = next(step for step in enrolment.release.steps if step["kind"] == "lesson")
    counts_at = progress.mark_done(enrolment, lesson)
    with pytest.raises(attempts.LessonsNotDone):
        attempts.start(enrolment, page)
    with travel(counts_at + timedelta(seconds=1)):
        assert attempts.start(enrolment, page).number == 1
