"""The rate limit of data copies: a copy takes a minute of work and occupies a file for a day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.outbox import OutboxState
from accounts.ratelimit import limits
from privacy.models import DataCopy
from tests.privacy.test_exports import sign_in
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, amina):
    factories.home()
    sign_in(client, amina)
    return client


def copies_made(client, user, tries: int) -> int:
    """Request a copy as often as `tries`, each time after the last one is ready. Return the number of copies."""
    for _ in range(tries):
        assert client.post(reverse("make_copy")).status_code == 302
        DataCopy.objects.of(user).update(state=OutboxState.DONE)
    return DataCopy.objects.of(user).count()


def test_a_person_gets_five_copies_and_then_a_message(signed_in, amina):
    assert copies_made(signed_in, amina, 8) == limits.COPIES.free == 5
    assert "You can ask for another one tomorrow" in signed_in.get(reverse("your_data")).content.decode()


def test_the_limit_ends_on_the_next_day_and_is_for_each_person(signed_in, amina, baraka, client, time_machine):
    copies_made(signed_in, amina, 6)
    sign_in(client, baraka)
    assert copies_made(client, baraka, 1) == 1
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))
    sign_in(client, amina)
    assert copies_made(client, amina, 3) == 6


def test_a_request_during_the_making_is_not_counted(signed_in, amina):
    for _ in range(8):
        signed_in.post(reverse("make_copy"))
    assert DataCopy.objects.of(amina).count() == 1
    DataCopy.objects.of(amina).update(state=OutboxState.DONE)
    assert copies_made(signed_in, amina, 1) == 2


def test_control_without_the_limit_every_copy_is_made(signed_in, amina, monkeypatch):
    monkeypatch.setattr("privacy.requests.limiter.take", lambda limit, who: None)
    assert copies_made(signed_in, amina, 8) == 8
