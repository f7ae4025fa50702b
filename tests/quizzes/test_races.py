"""Races of many requests on a real database (SQLite in a file, PostgreSQL), each with its negative control."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import roles
from accounts.models import AuditEntry, Email, Role
from certificates.models import Certificate
from courses import progress
from courses.models.records import Completion
from quizzes import attempts, manual_marking
from quizzes.corrections import Choice
from quizzes.models.manual_marking import Script
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptState, Mark, Response
from quizzes.regrades import verbs, worker
from tests.faults.experiment import Report, count
from tests.quizzes.factories import answer_all, course_with_test, enrol
from tests.support import factories as course_factories
from tests.support.people import person
from tests.support.races import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ground")]


def crowd(many: int, page) -> list[Attempt]:
    """Running attempts of `many` people, with every answer right."""
    all_attempts = []
    for number in range(many):
        attempt = attempts.start(enrol(person(f"learner{number} of Kenya", "KE"), page), page)
        answer_all(attempt)
        all_attempts.append(attempt)
    return all_attempts


def submit_carelessly(meet: threading.Barrier):
    """A submit() without a conditional update: it checks whether the attempt is open, waits for the others, writes."""

    def submit(attempt):
        is_open = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.OPEN).exists()
        meet.wait()
        if is_open:
            Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.SUBMITTED, submitted_at=timezone.now())
            return attempts.add_mark(attempt, timezone.now())
        return Mark.objects.filter(attempt=attempt).latest("number")

    return submit


def test_many_tests_each_handed_in_three_times_at_once_give_one_result_each_and_three_equal_replies(on_disk):
    page, many = course_with_test(), count(50, 500)
    all_attempts = crowd(many, page)
    on_disk()
    replies = together(
        *[lambda attempt=attempt: attempts.submit(attempt) for attempt in all_attempts for _ in range(3)]
    )
    assert [type(reply) for reply in replies] == [Mark] * 3 * many
    assert [len({mark.pk for mark in replies[at : at + 3]}) for at in range(0, 3 * many, 3)] == [1] * many
    assert (Mark.objects.count(), Certificate.objects.count()) == (many, many)
    assert Completion.objects.filter(step_key=page.translation_key).count() == many
    assert Report(f"R6 handed in thrice, {connection.vendor}", acknowledged=3 * many).holds()


def test_control_checking_before_writing_would_fail_for_two_of_three(on_disk):
    """The constraint still allows one mark only, but the second gets a database error instead of a result."""
    attempt = crowd(1, course_with_test())[0]
    on_disk()
    careless_submit = submit_carelessly(threading.Barrier(3, timeout=30))
    replies = together(*[lambda: careless_submit(attempt)] * 3, expected=(IntegrityError,))
    assert sorted(type(reply).__name__ for reply in replies) == ["IntegrityError", "IntegrityError", "Mark"]


def test_starting_in_twenty_tabs_at_once_makes_one_attempt(on_disk):
    page = course_with_test()
    enrolment = enrol(person("Amina Yusuf Hassan", "KE"), page)
    on_disk()
    begun = together(*[lambda: attempts.start(enrolment, page)] * 20)
    assert {reply.uuid for reply in begun} == set(Attempt.objects.values_list("uuid", flat=True))
    assert [(attempt.number, attempt.items.count()) for attempt in Attempt.objects.all()] == [(1, 2)]


def test_the_sweep_beside_the_learner_closes_an_attempt_once(on_disk):
    attempt = crowd(1, course_with_test())[0]
    Attempt.objects.filter(pk=attempt.pk).update(deadline=F("started_at"))
    on_disk()
    together(*[attempts.close_overdue, lambda: attempts.submit(attempt)] * 4)
    attempt.refresh_from_db()
    assert (Mark.objects.count(), attempt.state, attempt.submitted_at) == (1, AttemptState.CLOSED, attempt.deadline)


def save_and_submit(attempt: Attempt) -> tuple[bool, int]:
    """Take the last answer back while handing in. Returns whether that was accepted, and the score."""
    item = attempt.items.last()
    verbs = [lambda: attempts.save(attempt, item, 2, None, False), lambda: attempts.submit(attempt)]
    reply, mark = together(*verbs, expected=(attempts.AttemptClosed,))
    assert isinstance(reply, int | attempts.AttemptClosed), reply
    return isinstance(reply, int), int(mark.score)


def test_an_answer_saved_while_handing_in_counts_or_is_refused_never_half(on_disk):
    all_attempts = crowd(12, course_with_test())
    on_disk()
    for accepted, score in map(save_and_submit, all_attempts):
        assert score == (1 if accepted else 2)


def test_without_the_row_update_an_answer_would_be_accepted_after_the_marking(on_disk):
    """The control: a save that only checks whether the attempt is open accepts an answer that does not count."""
    attempt = crowd(1, course_with_test())[0]
    item = attempt.items.last()
    on_disk()
    looked, marked = threading.Event(), threading.Event()

    def save_carelessly():
        is_open = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.OPEN).exists()
        looked.set()
        assert marked.wait(30)
        if not is_open:
            raise attempts.AttemptClosed
        return Response.objects.create(item=item, op=2, payload=None, at=timezone.now()).op

    def submit():
        assert looked.wait(30)
        mark = attempts.submit(attempt)
        marked.set()
        return mark

    reply, mark = together(save_carelessly, submit)
    assert (reply, int(mark.score)) == (2, 2)  # accepted, and yet not counted


def test_the_same_operation_sent_by_many_at_once_is_stored_once(on_disk):
    attempt = crowd(1, course_with_test())[0]
    item = attempt.items.first()
    payload = item.version.question_type.key(item.version.content["body"])
    on_disk()
    replies = together(*[lambda: attempts.save(attempt, item, 2, payload, False)] * 10)
    assert replies == [2] * 10
    assert item.responses.count() == 2


@pytest.fixture
def last_two(on_disk):
    """An attempt, fully answered, of somebody who has two steps left: this test and a lesson."""
    page = course_with_test(lessons=2)
    enrolment = enrol(person("Amina Yusuf Hassan", "KE"), page)
    attempt = attempts.start(enrolment, page)
    answer_all(attempt)
    lesson = course_factories.lessons_of(page.get_parent())[1]
    Completion.objects.filter(enrolment=enrolment, step_key=lesson.translation_key).delete()
    on_disk()
    return attempt, enrolment, lesson.translation_key


def test_the_last_two_steps_in_two_transactions_leave_a_completion_and_a_certificate(last_two):
    attempt, enrolment, lesson = last_two
    replies = together(lambda: attempts.submit(attempt), lambda: progress.complete_step(enrolment, lesson))
    assert [type(reply) for reply in replies] == [Mark, bool]
    enrolment.refresh_from_db()
    assert enrolment.completed_at is not None
    assert Certificate.objects.count() == 1


@pytest.mark.services
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time")
def test_without_taking_the_enrolments_row_each_would_miss_the_other(last_two, monkeypatch):
    attempt, enrolment, lesson = last_two
    meet = threading.Barrier(2, timeout=30)
    real = progress.is_finished

    def look_at_the_same_moment(*args):
        left = real(*args)
        meet.wait()
        return left

    def complete_carelessly(enrolment, step_key, score=None, max_score=None):
        scores = {"score": score, "max_score": max_score}
        Completion.objects.create(enrolment=enrolment, step_key=step_key, completed_at=timezone.now(), **scores)
        return progress._complete_locked(enrolment, progress._look_again(enrolment))

    monkeypatch.setattr(progress, "is_finished", look_at_the_same_moment)
    monkeypatch.setattr(progress, "complete_step", complete_carelessly)

    def lesson_done():
        with transaction.atomic():
            return complete_carelessly(enrolment, lesson)

    together(lambda: attempts.submit(attempt), lesson_done)
    enrolment.refresh_from_db()
    assert (enrolment.completed_at, Certificate.objects.count()) == (None, 0)
    monkeypatch.setattr(progress, "is_finished", real)
    assert progress.sweep() == 1  # and what was missed is found


def texts_handed_in(many: int) -> list[Script]:
    page = course_with_test(["freetext"])
    for attempt in crowd(many, page):
        attempts.submit(attempt)
    return list(Script.objects.order_by("pk"))


def markers(many: int) -> list:
    people = [person(f"marker{number} of Ghana", "GH") for number in range(many)]
    for marker in people:
        roles.grant(marker, Role.TRAINER, "*")
    return people


def test_eight_who_take_at_once_get_every_free_place_and_no_more(on_disk):
    scripts, people = texts_handed_in(3), markers(8)
    version = scripts[0].item.version_id
    on_disk()
    taken = together(*[lambda who=who: manual_marking.take(who, version) for who in people])
    markings = [reply for reply in taken if reply]
    assert len(markings) == 6
    assert {(marking.script_id, marking.number) for marking in markings} == {
        (script.pk, n) for script in scripts for n in (1, 2)
    }


def both_mark(script, people) -> list:
    """Two people mark one text at once, with full points."""
    markings = [manual_marking.take(who, script.item.version_id) for who in people]
    points = {criterion["id"]: criterion["points"] for criterion in script.item.version.content["body"]["criteria"]}
    return together(
        *[
            lambda marking=marking, who=who: manual_marking.mark(marking, who, points, "")
            for marking, who in zip(markings, people, strict=True)
        ]
    )


@pytest.mark.parametrize("_round", range(3))
def test_two_who_finish_at_once_settle_the_text_once(on_disk, _round):
    [script], people = texts_handed_in(1), markers(2)
    on_disk()
    both_mark(script, people)
    script.refresh_from_db()
    assert (script.settled_at is not None, Mark.objects.count()) == (True, 1)
    assert Email.objects.filter(kind="marked").count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one transaction write at a time")
def test_without_the_lock_two_who_finish_at_once_leave_the_text_unsettled(on_disk, monkeypatch):
    """Each sees only their own points, so neither settles the text."""
    [script], people = texts_handed_in(1), markers(2)
    on_disk()
    meet, real = threading.Barrier(2, timeout=30), manual_marking.agreed_points

    def meet_first(*args):
        meet.wait()  # both have read the markings, and nobody has written
        return real(*args)

    monkeypatch.setattr(manual_marking, "agreed_points", meet_first)
    monkeypatch.setattr(manual_marking.Attempt.objects, "this", lambda _attempt: Attempt.objects.none())
    both_mark(script, people)
    script.refresh_from_db()
    assert (script.settled_at, Mark.objects.count()) == (None, 0)


def test_of_reviewers_who_apply_a_regrade_at_once_one_does(on_disk, kofi):
    page = course_with_test(["single"])
    attempts.submit(attempts.start(enrol(person("Amina Yusuf Hassan", "KE"), page), page))
    regrade = verbs.create(QuestionVersion.objects.get(), Choice.FULL, None, "It was faulty.", kofi)
    worker.work(regrade.pk)
    people = [person(f"reviewer{number} of Ghana", "GH") for number in range(8)]
    for who in people:
        roles.grant(who, Role.REVIEWER, "*")
    on_disk()
    assert sum(together(*[lambda who=who: verbs.apply(regrade, who) for who in people])) == 1
    assert AuditEntry.objects.filter(verb="regrade.applied").count() == 1
