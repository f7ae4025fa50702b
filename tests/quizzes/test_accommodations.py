"""Extra time and attempts: given to one person in one test, at once where it is running, within one's own countries."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from quizzes import accommodations, attempts
from quizzes.eligibility import standing
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
    assert [(one.minutes, one.deadline - one.started_at) for one in (hers, his)] == [
        (60, timedelta(minutes=60)),
        (40, timedelta(minutes=40)),
    ]
    attempts.submit(hers)
    door = as_person(amina).get(test.get_url()).content.decode()
    assert "60 min" in door
    assert "20 of them are yours in addition" in door


def test_a_running_test_gets_more_time_and_never_less(amina, kofi, test):
    running = attempts.start(enrol(amina, test), test)
    before = running.deadline
    given = give(amina, test, kofi, minutes=20)
    running.refresh_from_db()
    assert (running.deadline - before, running.minutes) == (timedelta(minutes=20), 60)
    give(amina, test, kofi, minutes=30)  # ten more than before, not thirty
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=30)
    given.refresh_from_db()
    accommodations.take_away(given, kofi)
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=30)
    assert not Accommodation.objects.exists()
    give(amina, test, kofi, minutes=30)  # again, with another reason: no longer than it was given
    running.refresh_from_db()
    assert (running.deadline - before, running.minutes) == (timedelta(minutes=30), 70)


@pytest.mark.parametrize("minutes", [20, 90])
def test_a_running_test_gets_what_was_given_whatever_its_author_has_changed_since(amina, kofi, test, minutes):
    running = attempts.start(enrol(amina, test), test)
    before, test.minutes = running.deadline, minutes
    give(amina, test, kofi, minutes=10)
    running.refresh_from_db()
    assert running.deadline - before == timedelta(minutes=10)


def test_the_list_is_in_the_order_of_names(amina, baraka, kofi, test, prepared, as_person):
    for who in (amina, baraka):  # the newest comes first, where nobody asks for another order
        give(who, test, kofi, minutes=10)
    page = as_person(kofi).get(reverse("accommodations:index"), {"ordering": "learner__name"}).content.decode()
    assert 0 < page.index(amina.name) < page.index(baraka.name)


def test_time_that_was_up_stays_up(amina, kofi, test):
    over = attempts.start(enrol(amina, test), test)
    Attempt.objects.filter(pk=over.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    give(amina, test, kofi, minutes=20)
    over.refresh_from_db()
    assert over.deadline < timezone.now()


def test_more_attempts_come_before_the_pause(amina, kofi, test):
    mine = enrol(amina, test)
    give(amina, test, kofi, tries=1)
    for _ in range(4):
        attempts.submit(attempts.start(mine, test))
    with pytest.raises(attempts.Paused):
        attempts.start(mine, test)
    give(amina, test, kofi, tries=2)
    assert standing(mine, test).left == 1
    assert attempts.start(mine, test).number == 5


def test_giving_leaves_a_trail_and_needs_a_reason_and_something_given(client, kofi, amina, test, prepared, as_person):
    page = as_person(kofi)
    form = {"email": "Amina@example.org", "quiz": test.pk, "extra_minutes": 0, "extra_attempts": 0, "reason": ""}
    refused = page.post(reverse("accommodations:add"), form).content.decode()
    assert "Amina@example.org" in refused
    assert "This field is required" in refused
    assert "Give at least one minute or one attempt more." in refused
    page.post(reverse("accommodations:add"), form | {"extra_minutes": 15, "reason": "One hand is in plaster."})
    given = Accommodation.objects.get()
    assert (given.learner, given.extra_minutes, given.by) == (amina, 15, kofi)
    listed = page.get(reverse("accommodations:index")).content.decode()
    away = reverse("accommodations:delete", args=[given.pk])
    assert re.findall(rf'href="{away}"[^>]*>', listed) and f"Take away: {amina}, {test.title}" in listed
    page.post(away)
    assert list(AuditEntry.objects.filter(verb__startswith="accommodation").values_list("verb", flat=True)) == [
        "accommodation.taken",
        "accommodation.given",
    ]


def test_rosa_gives_nothing_to_mona_and_does_not_learn_whether_she_is_there(
    rosa, mona, amina, test, prepared, as_person
):
    page, form = as_person(rosa), {"quiz": test.pk, "extra_minutes": 5, "extra_attempts": 0, "reason": "Ill."}
    told = [
        without_tokens(page.post(reverse("accommodations:add"), form | {"email": email})).replace(email, "")
        for email in ("mona@example.org", "nobody@example.org")
    ]
    assert "Nobody of your countries signs in with this address." in told[0]
    assert told[0] == told[1]
    assert not Accommodation.objects.exists()
    given = give(mona, test, mona, minutes=5)
    assert page.post(reverse("accommodations:delete", args=[given.pk])).status_code == 404
