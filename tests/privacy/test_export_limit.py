"""What one person may have us do with their own data: a copy is a minute of work and a file for a day."""

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
def asking(client, amina):
    factories.home()
    sign_in(client, amina)
    return client


def copies_made(client, user, tries: int) -> int:
    """How many copies of their data somebody gets who asks each time the last is ready."""
    for _ in range(tries):
        assert client.post(reverse("make_copy")).status_code == 302
        DataCopy.objects.of(user).update(state=OutboxState.DONE)
    return DataCopy.objects.of(user).count()


def test_one_person_has_five_copies_made_and_is_told_when_the_next_may_be(asking, amina):
    assert copies_made(asking, amina, 8) == limits.COPIES.free == 5
    assert "Another can be made tomorrow" in asking.get(reverse("your_data")).content.decode()


def test_the_next_is_made_on_the_next_day_and_nobody_else_waits(asking, amina, baraka, client, time_machine):
    copies_made(asking, amina, 6)
    sign_in(client, baraka)
    assert copies_made(client, baraka, 1) == 1
    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))
    sign_in(client, amina)
    assert copies_made(client, amina, 3) == 6


def test_a_copy_that_is_being_made_is_not_counted_again(asking, amina):
    for _ in range(8):
        asking.post(reverse("make_copy"))
    assert DataCopy.objects.of(amina).count() == 1
    DataCopy.objects.of(amina).update(state=OutboxState.DONE)
    assert copies_made(asking, amina, 1) == 2


def test_control_without_the_limit_there_is_no_end(asking, amina, monkeypatch):
    monkeypatch.setattr("privacy.requests.limiter.take", lambda limit, who: None)
    assert copies_made(asking, amina, 8) == 8
