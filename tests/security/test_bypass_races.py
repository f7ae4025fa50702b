"""Twenty at once get no more attempts than one after the other would."""

import itertools
import threading
import uuid

import pytest

from quizzes import attempts
from quizzes.models.records import Attempt, Mark
from tests.quizzes.conftest import ground, no_broker  # noqa: F401
from tests.quizzes.factories import course_with_test, enrol
from tests.support.people import person
from tests.support.races import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ground")]


def over_and_over(mine, page) -> list:
    """Begin and hand in, more often than a round allows."""
    return [attempts.submit(attempts.start(mine, page)) for _ in range(4)]


def test_twenty_at_once_get_no_more_attempts_than_a_round_has(on_disk):
    page = course_with_test(attempts_per_round=3)
    mine = enrol(person("Amina Yusuf Hassan", "KE"), page)
    on_disk()
    replies = together(*[lambda: over_and_over(mine, page)] * 20, expected=(attempts.Paused,))
    assert {type(reply) for reply in replies} <= {list, attempts.Paused}, replies
    assert sorted(Attempt.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert Mark.objects.count() == 3


def test_counting_first_and_numbering_then_would_let_more_through(on_disk):
    """The control: a limit that is looked at, and a number that does not say how many were seen."""
    page = course_with_test()
    mine = enrol(person("Amina Yusuf Hassan", "KE"), page)
    sitting = attempts.start(mine, page)
    attempts.submit(sitting)
    kept = Attempt.objects.values().get(pk=sitting.pk)
    meet, numbers = threading.Barrier(6, timeout=30), itertools.count(2)
    on_disk()

    def start_carelessly():
        seen = mine.attempts.count()
        meet.wait()
        if seen < 3:
            Attempt.objects.create(**{**kept, "id": None, "uuid": uuid.uuid4(), "number": next(numbers)})

    together(*[start_carelessly] * 6)
    assert Attempt.objects.count() == 7
