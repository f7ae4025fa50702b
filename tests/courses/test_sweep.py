"""The sweep completes what requests have left: finished enrolments, one by one."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, releases
from courses.models.pages import ModulePage
from courses.models.records import Completion, CompletionSweep, CourseRelease, Enrolment
from tests.support import factories
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def care(db):
    return factories.course()


def test_the_sweep_completes_a_finished_enrolment(amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    for step in factories.lessons_of(care):
        Completion.objects.create(
            enrolment=enrolment, step_key=step.translation_key, completed_at=enrolment.enrolled_at
        )
    assert Certificate.objects.count() == 0
    assert (progress.sweep(), progress.sweep()) == (1, 0)
    assert Certificate.objects.get().achievement == enrolment.uuid


def test_one_that_the_sweep_cannot_complete_holds_nobody_up(amina, baraka, care, monkeypatch):
    for learner in (amina, baraka):
        enrolment = enrolments.join(learner, care.translation_key)
        for step in factories.lessons_of(care):
            Completion.objects.create(enrolment=enrolment, step_key=step.translation_key, completed_at=timezone.now())
    facts = progress.facts

    def failing(enrolment, *args):
        if enrolment.learner == amina:
            raise ValueError("year 10000 is out of range")
        return facts(enrolment, *args)

    with monkeypatch.context() as broken:
        broken.setattr(progress, "facts", failing)
        assert progress.sweep() == 1
        assert Certificate.objects.get().learner == baraka
    assert progress.sweep() == 1, "the next sweep looks at the one that failed again"


def test_the_sweep_counts_a_waived_step_as_done(amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    *others, last = factories.lessons_of(care)
    for step in others:
        progress.complete_step(enrolment, step.translation_key)
    last.unpublish()
    assert progress.sweep() == 1


@pytest.mark.parametrize("people", [1, 3])
def test_the_sweep_costs_the_same_however_many_are_active(care, people, django_assert_num_queries):
    first = factories.lessons_of(care)[0]
    for number in range(people):
        learner = person(f"Learner{number} Otieno", "KE")
        progress.complete_step(enrolments.join(learner, care.translation_key), first.translation_key)
    progress.sweep()
    # The lessons whose "done" waited; the releases, their pages; the last sweep; the releases of those who were active,
    # and of each who has done all of it; the row of this sweep.
    with django_assert_num_queries(7):
        assert progress.sweep() == 0


def unpublish(care):
    factories.lessons_of(care)[-1].unpublish()


def delete(care):
    factories.lessons_of(care)[-1].delete()


def move_away(care):
    elsewhere = factories.module(factories.course("Elsewhere", lessons=0, released=False))
    factories.lessons_of(care)[-1].move(elsewhere, pos="last-child")


def release_without_it(care):
    chapter = ModulePage.objects.child_of(care).get()
    factories.lessons_of(care)[-1].move(factories.module(care, "Module two"), pos="last-child")
    ModulePage.objects.child_of(care).exclude(pk=chapter.pk).get().unpublish()
    assert progress.sweep() == 0, "the lesson is still published"
    releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)


def publish_again(care):
    """Nobody can complete a course of which nothing is published. Then what they have done is published again."""
    lessons = factories.lessons_of(care)
    for lesson in lessons:
        lesson.unpublish()
    lessons[0].save_revision().publish()


class TestWhomItLooksAt:
    """After a sweep that looked at everybody, at those only who may have become finished since."""

    @pytest.fixture
    def enrolment(self, amina, care):
        """Amina has the last lesson to do, and was last active two hours ago."""
        enrolment = enrolments.join(amina, care.translation_key)
        for lesson in factories.lessons_of(care)[:-1]:
            progress.complete_step(enrolment, lesson.translation_key)
        Enrolment.objects.update(active_at=timezone.now() - timedelta(hours=2))
        assert progress.sweep() == 0
        return enrolment

    @pytest.fixture
    def missed(self, enrolment, care):
        """Her last lesson is done too, and nobody has looked whether the course is complete."""
        step_key = factories.lessons_of(care)[-1].translation_key
        Completion.objects.create(enrolment=enrolment, step_key=step_key, completed_at=timezone.now())
        return enrolment

    def test_whoever_was_active(self, missed):
        assert progress.sweep() == 0
        Enrolment.objects.update(active_at=timezone.now() - timedelta(minutes=4))
        assert (progress.sweep(), progress.sweep()) == (1, 0)

    def test_whoever_was_active_while_no_sweep_ran(self, missed):
        Enrolment.objects.update(active_at=timezone.now() - timedelta(minutes=40))
        CompletionSweep.objects.update(
            at=timezone.now() - timedelta(minutes=41), all_at=timezone.now() - timedelta(minutes=50)
        )
        assert progress.sweep() == 1

    def test_everybody_once_an_hour(self, missed):
        for minutes, completed in ((59, 0), (61, 1)):
            with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
                assert progress.sweep() == completed

    def test_everybody_when_the_last_sweep_was_in_the_future_of_a_clock_that_was_wrong(self, missed):
        CompletionSweep.objects.update(at=timezone.now() + timedelta(days=1))
        assert progress.sweep() == 1

    @pytest.mark.parametrize("verb", [unpublish, delete, move_away, release_without_it, publish_again])
    def test_everybody_at_once_after_what_an_author_did(self, enrolment, care, verb):
        verb(care)
        assert (progress.sweep(), progress.sweep()) == (1, 0)
        assert Certificate.objects.get().achievement == enrolment.uuid

    def test_who_is_back_in_a_course_that_changed_while_they_were_away(self, enrolment, amina, care):
        enrolments.leave(enrolment)
        unpublish(care)
        assert progress.sweep() == 0
        enrolments.join(amina, care.translation_key)
        assert progress.sweep() == 1
