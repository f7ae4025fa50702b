"""Extra time and attempts for one person in one test: a running test gets them at once; only for people in scope."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from quizzes import accommodations, attempts, eligibility
from quizzes.models.records import Accommodation, Attempt
from tests.quizzes.factories import course_with_test, enrol
from tests.support.tokens import without_tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def test(db):
    return course_with_test(minutes=40)


def give(person, test, by, minutes=0, tries=0) -> Accommodation:
    return accommodations.give(person, test, minutes, tries, "Reads slowly in English.", by)


def test_the_next_attempt_has_the_extra_time_and_says_so(client, amina, baraka, kofi, test, as_person):
    give(amina, test, kofi, minutes=20)
    hers, his = (attempts.start(enrol(person, test), test) for person in (amina, baraka))
    assert [(attempt.minutes, attempt.deadline - attempt.started_at) for attempt in (hers, his)] == [
        (60, timedelta(minutes=60)),
        (40, timedelta(minutes=40)),
    ]
    attempts.submit(hers)
    start_page = as_person(amina).get(test.get_url()).content.decode()
    assert "60 min" in start_page
    assert "including 20 extra minutes for you" in start_page


def test_a_running_test_gets_more_time_and_never_less(amina, kofi, test):
    running = attempts.start(enrol(amina, test), test)
    before = running.deadline
    accommodation = give(amina, test, kofi, minutes=20)
    running.refresh_from_db()
    assert (running.deadline - before, running.minutes) == (timedelta(minutes=20), 60)
    give(amina, test, kofi, minutes=30)  # ten more than before, not thirty
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=30)
    accommodation.refresh_from_db()
    accommodations.take_away(accommodation, kofi)
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=30)
    assert not Accommodation.objects.exists()
    give(amina, test, kofi, minutes=30)  # given again with another reason: no more time than it has
    running.refresh_from_db()
    assert (running.deadline - before, running.minutes) == (timedelta(minutes=30), 70)


@pytest.mark.parametrize("minutes", [20, 90])
def test_a_running_test_gets_the_extra_time_whatever_its_author_has_changed_since(amina, kofi, test, minutes):
    running = attempts.start(enrol(amina, test), test)
    before, test.minutes = running.deadline, minutes
    give(amina, test, kofi, minutes=10)
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=10)


def test_the_list_is_in_the_order_of_names(amina, baraka, kofi, test, prepared, as_person):
    for who in (amina, baraka):  # without an ordering the newest comes first
        give(who, test, kofi, minutes=10)
    page = as_person(kofi).get(reverse("accommodations:index"), {"ordering": "learner__name"}).content.decode()
    assert 0 < page.index(amina.name) < page.index(baraka.name)


def test_an_overdue_attempt_gets_no_extra_time(amina, kofi, test):
    overdue = attempts.start(enrol(amina, test), test)
    Attempt.objects.filter(pk=overdue.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    give(amina, test, kofi, minutes=20)
    overdue.refresh_from_db()
    assert overdue.deadline < timezone.now()


def test_extra_attempts_come_before_the_pause(amina, kofi, test):
    enrolment = enrol(amina, test)
    give(amina, test, kofi, tries=1)
    for _ in range(4):
        attempts.submit(attempts.start(enrolment, test))
    with pytest.raises(attempts.PauseNotOver):
        attempts.start(enrolment, test)
    give(amina, test, kofi, tries=2)
    assert eligibility.check(enrolment, test).left == 1
    assert attempts.start(enrolment, test).number == 5


def test_giving_is_audited_and_needs_a_reason_and_a_minute_or_attempt(client, kofi, amina, test, prepared, as_person):
    page = as_person(kofi)
    form = {"email": "Amina@example.org", "quiz": test.pk, "extra_minutes": 0, "extra_attempts": 0, "reason": ""}
    refused = page.post(reverse("accommodations:add"), form).content.decode()
    assert "Amina@example.org" in refused
    assert "This field is required" in refused
    assert "Give at least one extra minute or attempt." in refused
    page.post(reverse("accommodations:add"), form | {"extra_minutes": 15, "reason": "One hand is in plaster."})
    accommodation = Accommodation.objects.get()
    assert (accommodation.learner, accommodation.extra_minutes, accommodation.by) == (amina, 15, kofi)
    listed = page.get(reverse("accommodations:index")).content.decode()
    delete_url = reverse("accommodations:delete", args=[accommodation.pk])
    assert re.findall(rf'href="{delete_url}"[^>]*>', listed) and f"Remove: {amina}, {test.title}" in listed
    page.post(delete_url)
    assert list(AuditEntry.objects.filter(verb__startswith="accommodation").values_list("verb", flat=True)) == [
        "accommodation.taken",
        "accommodation.given",
    ]


def test_a_person_out_of_scope_gets_nothing_and_is_not_revealed(rosa, mona, amina, test, prepared, as_person):
    page, form = as_person(rosa), {"quiz": test.pk, "extra_minutes": 5, "extra_attempts": 0, "reason": "Ill."}
    replies = [
        without_tokens(page.post(reverse("accommodations:add"), form | {"email": email})).replace(email, "")
        for email in ("mona@example.org", "nobody@example.org")
    ]
    assert "Nobody in your countries has an account with this email address." in replies[0]
    assert replies[0] == replies[1]
    assert not Accommodation.objects.exists()
    accommodation = give(mona, test, None, minutes=5)
    assert page.post(reverse("accommodations:delete", args=[accommodation.pk])).status_code == 404
