"""What is granted never takes away: rounds and pauses when the rules change between attempts."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from quizzes import accommodations, attempts, eligibility
from tests.quizzes.factories import course_with_test, enrol

pytestmark = pytest.mark.once


@pytest.fixture
def quiz_page(db):
    return course_with_test(attempts_per_round=3, pause_hours=24)


@pytest.fixture
def enrolment(quiz_page, amina):
    return enrol(amina, quiz_page)


def fail(enrolment, quiz_page, times: int):
    for _ in range(times):
        attempts.submit(attempts.start(enrolment, quiz_page))


def state(enrolment, quiz_page):
    return eligibility.check(enrolment, quiz_page)


def rules(quiz_page, **fields):
    type(quiz_page).objects.filter(pk=quiz_page.pk).update(**fields)
    quiz_page.refresh_from_db()


def test_one_more_attempt_in_the_second_round_is_one_more(quiz_page, enrolment, amina, kofi):
    fail(enrolment, quiz_page, 3)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        fail(enrolment, quiz_page, 1)
        before = state(enrolment, quiz_page)
        accommodations.give(amina, quiz_page, 0, 1, "A short night.", kofi)
        after = state(enrolment, quiz_page)
        assert (before.open, before.left, after.open, after.left) == (True, 2, True, 3)


def test_fewer_attempts_a_round_hold_from_the_next_round_on(quiz_page, enrolment):
    fail(enrolment, quiz_page, 1)
    rules(quiz_page, attempts_per_round=1)
    assert (state(enrolment, quiz_page).open, state(enrolment, quiz_page).left) == (True, 2)
    fail(enrolment, quiz_page, 2)
    assert state(enrolment, quiz_page).opens_at is not None
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert state(enrolment, quiz_page).left == 1


def test_more_attempts_a_round_end_a_pause(quiz_page, enrolment):
    fail(enrolment, quiz_page, 3)
    rules(quiz_page, attempts_per_round=5)
    assert (state(enrolment, quiz_page).open, state(enrolment, quiz_page).left) == (True, 2)


@pytest.mark.parametrize(("hours", "opens_after"), [(48, 24), (2, 2), (0, 0)])
def test_a_pause_gets_shorter_by_a_new_rule_and_never_longer(quiz_page, enrolment, hours, opens_after):
    fail(enrolment, quiz_page, 3)
    rules(quiz_page, pause_hours=hours)
    with time_machine.travel(timezone.now() + timedelta(hours=opens_after, minutes=1)):
        assert state(enrolment, quiz_page).open
    if opens_after:
        with time_machine.travel(timezone.now() + timedelta(hours=opens_after, minutes=-1)):
            assert not state(enrolment, quiz_page).open


def test_taking_an_accommodation_away_ends_no_round_that_it_was_granted_for(quiz_page, enrolment, amina, kofi):
    accommodation = accommodations.give(amina, quiz_page, 0, 2, "A short night.", kofi)
    fail(enrolment, quiz_page, 3)
    accommodations.take_away(accommodation, kofi)
    assert (state(enrolment, quiz_page).open, state(enrolment, quiz_page).left) == (True, 2)
