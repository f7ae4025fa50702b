"""A lesson counts as done after a third of its minutes, counted from when it was first sent to the learner."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from certificates.models import Certificate
from courses import enrolment as enrolments
from courses import progress, reading, releases
from courses.models.records import Completion, CourseRelease, LessonReading
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]

OPENED = parse_datetime("2026-11-27T06:00:20Z")  # a third of 10 minutes is over at 06:03:40, told as 06:04
WAITS = "Marked as done. It counts from 09:04, your time."


@pytest.fixture(autouse=True)
def reading_time(settings):
    settings.READING_SHARE = 1 / 3


@pytest.fixture
def care(db):
    return factories.course(lessons=2)


@pytest.fixture
def enrolment(amina, care):
    return enrolments.join(amina, care.translation_key)


@pytest.fixture
def lesson(care):
    return factories.lessons_of(care)[0]


def after(seconds: int):
    """The clock so long after the lesson was opened."""
    return time_machine.travel(OPENED + timedelta(seconds=seconds), tick=False)


@pytest.fixture
def learner(client, amina, enrolment, lesson):
    """Amina's browser, which has opened the first lesson."""
    with after(0):
        client.force_login(amina)
        client.get(lesson.url)
    return client


def press_done(browser, enrolment, lesson):
    return browser.post(reverse("step_done", args=[enrolment.uuid, lesson.translation_key]), follow=True)


@pytest.fixture
def waiting(learner, enrolment, lesson):
    """Amina's browser after a "done" that came 40 seconds after opening the lesson."""
    with after(40):
        press_done(learner, enrolment, lesson)
    return learner


def html(browser, url: str) -> str:
    return " ".join(browser.get(url).content.decode().split())


def test_a_done_that_comes_too_early_says_from_when_it_counts(learner, enrolment, care, lesson):
    with after(40):
        page = press_done(learner, enrolment, lesson)
        assert page.redirect_chain[0][0].endswith("/lesson-2/")
        assert "“Lesson 1” is marked as done. It counts from 09:04, your time." in page.content.decode()
        assert WAITS in html(learner, lesson.url)
        assert "Mark as done" not in html(learner, lesson.url)
        assert html(learner, care.url).count(WAITS) == 2, "in the outline, and in why the course is not complete"
        assert "0 of 2 steps done." in html(learner, care.url)
        assert "Lesson 2" in html(learner, reverse("learning"))
    assert not Completion.objects.exists()


def test_the_sweep_counts_it_when_its_time_has_come(waiting, enrolment):
    with after(219):
        progress.sweep()
        assert not Completion.objects.exists()
    with after(220):
        progress.sweep()
        progress.sweep()
        assert Completion.objects.get().enrolment == enrolment


@pytest.mark.parametrize("where", ["lesson", "course", "learning"])
def test_the_next_page_counts_it_when_the_sweep_has_not(waiting, care, lesson, where):
    urls = {"lesson": lesson.url, "course": care.url, "learning": reverse("learning")}
    with after(220):
        assert WAITS not in html(waiting, urls[where])
        assert "1 of 2 steps done" in html(waiting, care.url)
    assert Completion.objects.count() == 1


def test_no_certificate_comes_before(waiting, enrolment, care):
    other = factories.lessons_of(care)[1]
    with after(60):
        progress.complete_step(enrolment, other.translation_key)
        assert progress.sweep() == 0
    assert not Certificate.objects.exists()
    with after(220):
        assert "See your certificate" in html(waiting, care.url)
    assert Certificate.objects.get().achievement == enrolment.uuid


def test_after_a_third_of_the_minutes_it_counts_at_once(learner, enrolment, lesson):
    with after(200):
        assert "You have done this lesson." not in html(learner, lesson.url)
        press_done(learner, enrolment, lesson)
        assert "You have done this lesson." in html(learner, lesson.url)


@pytest.mark.parametrize(("share", "minutes"), [(0, 10), (1 / 3, 0)])
def test_without_a_share_or_minutes_it_counts_at_once(settings, learner, enrolment, share, minutes):
    settings.READING_SHARE = share
    step = enrolment.release.steps[1] | {"minutes": minutes}
    assert progress.mark_done(enrolment, step) is None
    assert str(Completion.objects.get().step_key) == step["key"]


def test_without_a_share_the_page_says_so_and_who_was_sent_the_lesson_is_recorded(
    settings, client, amina, enrolment, lesson
):
    """A correction of safety tells them."""
    settings.READING_SHARE = 0
    client.force_login(amina)
    assert "reading time is switched off" in html(client, lesson.url)
    assert LessonReading.objects.get().step_key == lesson.translation_key


class TestOneAfterTheOther:
    """Nobody reads two lessons at once: the time of one begins when that of the one before is over."""

    @pytest.fixture
    def both_open(self, learner, care):
        """Amina's browser with both lessons opened at the same moment, in two tabs."""
        with after(0):
            learner.get(factories.lessons_of(care)[1].url)
        return learner

    def counts_after(self, browser, enrolment, lesson, seconds) -> int | None:
        """Mark the lesson as done so long after both were opened. Return how long after that it counts; None: at once."""
        with after(seconds):
            press_done(browser, enrolment, lesson)
        counts_at = LessonReading.objects.get(step_key=lesson.translation_key).counts_at
        return counts_at and (counts_at - OPENED).seconds

    def test_two_lessons_opened_together_take_the_time_of_both(self, both_open, enrolment, care):
        first, second = factories.lessons_of(care)
        assert self.counts_after(both_open, enrolment, first, 200) is None
        assert self.counts_after(both_open, enrolment, second, 201) == 400

    def test_whoever_marks_them_late_waits_for_nothing(self, both_open, enrolment, care):
        first, second = factories.lessons_of(care)
        assert self.counts_after(both_open, enrolment, first, 3000) is None
        assert self.counts_after(both_open, enrolment, second, 3001) is None

    def test_both_marked_at_once_wait_one_after_the_other_and_asking_again_adds_nothing(
        self, both_open, enrolment, care
    ):
        first, second = factories.lessons_of(care)
        waits = [self.counts_after(both_open, enrolment, lesson, 5) for lesson in (first, second, first, second)]
        assert waits == [220, 400, 220, 400]


@pytest.mark.parametrize("request_of", [
    lambda browser, url: browser.head(url),
    lambda browser, url: browser.get(url, headers={"Sec-Purpose": "prefetch;prerender"}),
    lambda browser, url: browser.post(url, {"check": "x"}),
])  # fmt: skip
def test_what_nobody_reads_is_no_delivery(client, amina, enrolment, lesson, request_of):
    client.force_login(amina)
    assert request_of(client, lesson.url).status_code == 200
    assert not LessonReading.objects.exists()


def test_staff_who_look_at_a_lesson_leave_no_row(client, kofi, lesson):
    client.force_login(kofi)
    assert client.get(lesson.url).status_code == 200
    assert not LessonReading.objects.exists()


def test_a_done_without_a_delivery_begins_the_time(client, amina, enrolment, lesson):
    client.force_login(amina)
    with after(20):
        press_done(client, enrolment, lesson)
    assert LessonReading.objects.get(step_key=lesson.translation_key).counts_at == OPENED + timedelta(seconds=220)


@pytest.mark.parametrize(("minutes", "counts_after"), [(60, 220), (6, 160), (1, None)])
def test_nobody_waits_longer_than_they_were_told(waiting, enrolment, minutes, counts_after):
    """A required release gives the lesson other minutes, and the person presses "done" again."""
    step = enrolment.release.steps[0] | {"minutes": minutes}
    with after(60):
        counts_at = progress.mark_done(enrolment, step)
    assert counts_at == (counts_after and OPENED + timedelta(seconds=counts_after))
    assert Completion.objects.exists() == (counts_after is None)


def test_opening_the_lesson_again_and_another_release_move_nothing(waiting, enrolment, care, lesson):
    factories.lesson(factories.module(care, "Module two"), "Brand new")
    releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
    with after(100):
        waiting.get(lesson.url)
    row = LessonReading.objects.get(step_key=lesson.translation_key)
    assert (row.delivered_at, row.counts_at) == (OPENED, OPENED + timedelta(seconds=220))


def test_a_lesson_that_is_unpublished_and_released_away_meanwhile_still_counts(waiting, enrolment, care, lesson):
    lesson.unpublish()
    releases.release(care, CourseRelease.Kind.REQUIRED, None, without_test=True)
    with after(220):
        assert progress.sweep() == 0, "the other lesson is left"
    assert Completion.objects.get().step_key == lesson.translation_key


def test_a_course_that_was_left_waits_until_the_person_is_back(waiting, amina, enrolment, care):
    enrolments.leave(enrolment)
    with after(220):
        progress.sweep()
        assert not Completion.objects.exists()
        enrolments.join(amina, care.translation_key)
        progress.sweep()
    assert Completion.objects.count() == 1


def test_one_of_two_callers_takes_a_waiting_done(waiting):
    with after(220):
        first, second = LessonReading.objects.get(counts_at__isnull=False), reading.due()[0]
        assert (reading.take(first), reading.take(second)) == (True, False)


def test_one_that_fails_holds_nobody_up(waiting, enrolment, baraka, care, lesson, monkeypatch):
    other = enrolments.join(baraka, care.translation_key)
    with after(40):
        progress.mark_done(other, other.release.steps[0])
    complete = progress.complete_step

    def failing(row, step_key):
        if row == enrolment:
            raise RuntimeError
        return complete(row, step_key)

    monkeypatch.setattr(progress, "complete_step", failing)
    with after(600):
        progress.sweep()
    assert Completion.objects.get().enrolment == other
    assert LessonReading.objects.filter(enrolment=enrolment, counts_at__isnull=False).exists(), "it is tried again"


@pytest.mark.parametrize("others", [0, 2])
def test_one_query_reads_what_waits_however_much(waiting, enrolment, lesson, others, django_assert_num_queries):
    for _ in range(others):
        LessonReading.objects.create(
            enrolment=enrolment, step_key=uuid.uuid4(), delivered_at=OPENED, counts_at=OPENED + timedelta(days=1)
        )
    with after(100):
        waiting.get(lesson.url)
        with django_assert_num_queries(5):
            waiting.get(lesson.url)
