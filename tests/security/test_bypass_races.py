"""Twenty concurrent starts get no more attempts than twenty sequential ones."""

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


def start_and_submit_repeatedly(enrolment, page) -> list:
    """Start and submit more attempts than a round has."""
    return [attempts.submit(attempts.start(enrolment, page)) for _ in range(4)]


def test_twenty_concurrent_starts_get_no_more_attempts_than_a_round_has(on_disk):
    page = course_with_test(attempts_per_round=3)
    enrolment = enrol(person("Amina Yusuf Hassan", "KE"), page)
    on_disk()
    replies = together(*[lambda: start_and_submit_repeatedly(enrolment, page)] * 20, expected=(attempts.PauseNotOver,))
    assert {type(reply) for reply in replies} <= {list, attempts.PauseNotOver}, replies
    assert sorted(Attempt.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert Mark.objects.count() == 3


def test_control_counting_before_numbering_lets_more_through(on_disk):
    """The control: the limit is only checked, and an attempt's number does not depend on the attempts counted."""
    page = course_with_test()
    enrolment = enrol(person("Amina Yusuf Hassan", "KE"), page)
    attempt = attempts.start(enrolment, page)
    attempts.submit(attempt)
    values = Attempt.objects.values().get(pk=attempt.pk)
    barrier, numbers = threading.Barrier(6, timeout=30), itertools.count(2)
    on_disk()

    def start_without_protection():
        count = enrolment.attempts.count()
        barrier.wait()
        if count < 3:
            Attempt.objects.create(**{**values, "id": None, "uuid": uuid.uuid4(), "number": next(numbers)})

    together(*[start_without_protection] * 6)
    assert Attempt.objects.count() == 7
