"""The sweep completes what requests have left: finished enrolments, one by one."""

import pytest
from django.utils import timezone

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress
from courses.models.records import Completion
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

    monkeypatch.setattr(progress, "facts", failing)
    assert progress.sweep() == 1
    assert Certificate.objects.get().learner == baraka


def test_the_sweep_counts_a_waived_step_as_done(amina, care):
    enrolment = enrolments.join(amina, care.translation_key)
    *others, last = factories.lessons_of(care)
    for step in others:
        progress.complete_step(enrolment, step.translation_key)
    last.unpublish()
    assert progress.sweep() == 1


def test_the_sweep_makes_four_queries_however_many_are_enrolled(amina, baraka, mona, care, django_assert_num_queries):
    first = factories.lessons_of(care)[0]
    for learner in (amina, baraka, mona):
        progress.complete_step(enrolments.join(learner, care.translation_key), first.translation_key)
    enrolments.join(person("Joy Atieno", "KE"), care.translation_key)
    # The lessons whose "done" waited; the releases in use; for each its published steps, and who has done all of them.
    with django_assert_num_queries(4):
        assert progress.sweep() == 0
