"""Random histories of two phones on a bad line: late, repeated or reordered requests do not change what counts (R8)."""

import logging
import random
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from quizzes import answer_states, answers, attempt_pages, attempts
from quizzes.models.records import Attempt, AttemptState, Response
from tests.faults.experiment import SEED, Report, count
from tests.faults.phones import Operation, Phone
from tests.quizzes.factories import course_with_test, enrol

pytestmark = [pytest.mark.django_db]
HISTORIES = count(100 if connection.vendor == "sqlite" else 30, 2000)
ITEMS = 3
HOW = settings(
    max_examples=HISTORIES,
    stateful_step_count=25,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


class Histories(RuleBasedStateMachine):
    """One attempt, two phones, and the requests between them and the server. The test sets the scene."""

    scene = None  # (a client that is signed in, an enrolment, the page of the test)
    report = Report("")

    @initialize()
    def begin(self):
        client, enrolment, page = self.scene
        self.client = client
        self.history = transaction.atomic()
        self.history.__enter__()
        self.attempt = attempts.start(enrolment, page)
        self.items = list(self.attempt.items.select_related("version").order_by("position"))
        self.phones = [Phone(0), Phone(1)]
        self.sent_operations: list[Operation] = []
        self.acknowledged: dict[tuple[int, int], object] = {}

    def answer(self, item: int, choice: int):
        """One of the options, or nothing."""
        options = self.items[item - 1].version.content["body"]["options"]
        return options[choice]["id"] if choice < len(options) else None

    @property
    def over(self) -> bool:
        return Attempt.objects.get(pk=self.attempt.pk).state != AttemptState.OPEN

    @rule(phone=st.integers(0, 1), item=st.integers(1, ITEMS), choice=st.integers(0, 3))
    def choose(self, phone, item, choice):
        self.sent_operations.append(self.phones[phone].choose(item, self.answer(item, choice)))

    @precondition(lambda self: self.sent_operations)
    @rule(data=st.data(), reply_arrives=st.booleans())
    def arrive(self, data, reply_arrives):
        """Deliver any request that was ever sent, perhaps again. Its reply may be lost."""
        self.deliver(data.draw(st.sampled_from(self.sent_operations)), reply_arrives)

    @precondition(lambda self: self.sent_operations)
    @rule(order=st.randoms(use_true_random=False))
    def arrive_all_again(self, order):
        """Deliver all requests again, in any order."""
        for sent in order.sample(self.sent_operations, len(self.sent_operations)):
            self.deliver(sent, reply_arrives=False)

    @rule(phone=st.integers(0, 1))
    def restart(self, phone):
        newest = {}
        for item, op in self.acknowledged:
            newest[item] = max(op, newest.get(item, 0))
        self.phones[phone].restart(newest)

    @precondition(lambda self: len(self.sent_operations) > 4)
    @rule(die=st.integers(0, 5))
    def hand_in(self, die):
        if die == 0:
            attempts.submit(self.attempt)

    def deliver(self, sent: Operation, reply_arrives: bool) -> None:
        form = {"op": sent.op} | ({"answer": sent.answer} if sent.answer else {})
        url = reverse("quizzes:save", args=[self.attempt.uuid, sent.item])
        reply = self.client.post(url, form)
        latest = reply.json().get("latest", 0)
        assert reply.status_code == self.expected(sent), (sent, reply.content)
        if reply.status_code == 200:
            self.acknowledged[sent.item, sent.op] = sent.answer
            type(self).report.acknowledged += 1
            assert self.client.post(url, form).content == reply.content
        if reply.status_code != 410:
            assert latest == max(op for item, op in self.acknowledged if item == sent.item)
        if reply_arrives:
            self.phones[sent.phone].handle_reply(sent, reply.status_code, latest)

    def expected(self, sent: Operation) -> int:
        if self.over:  # what was stored in time is acknowledged whenever it is asked again
            stored = (sent.item, sent.op) in self.acknowledged
            return 200 if stored and self.acknowledged[sent.item, sent.op] == sent.answer else 410
        known = self.acknowledged.get((sent.item, sent.op), sent.answer)
        return 200 if known == sent.answer else 409

    def counts(self) -> dict[int, object]:
        """Return the answers that follow from the set of acknowledged operations."""
        newest = {}
        for item, op in sorted(self.acknowledged):
            newest[item] = self.acknowledged[item, op]
        return newest

    def teardown(self):
        """Let every phone deliver its unsent operations, then check the result."""
        try:
            for phone in self.phones:
                self.empty(phone)
            self.look(self.attempt)
            self.look(self.in_another_order())
        finally:
            transaction.set_rollback(True)
            self.history.__exit__(None, None, None)
        type(self).report.faults += 1

    def empty(self, phone: Phone) -> None:
        wishes = {} if self.over else {item: operation.answer for item, operation in phone.unsent.items()}
        for _round in range(9):
            for sent in list(phone.unsent.values()):
                self.deliver(sent, reply_arrives=True)
        assert not phone.unsent
        assert {item: self.counts()[item] for item in wishes} == wishes

    def look(self, played: Attempt) -> None:
        """Check that each acknowledged operation is stored once, and that answers and mark follow from them alone."""
        rows = Response.objects.filter(item__attempt=played).values_list("item__position", "op", "payload")
        assert sorted(row[:2] for row in rows) == sorted(self.acknowledged)
        assert {(item, op): payload for item, op, payload in rows} == self.acknowledged
        counts = self.counts()
        assert answers.grading_input(played)[1] == {item: counts.get(item) for item in range(1, ITEMS + 1)}
        shown = attempt_pages.overview(answer_states.items_of(played))
        answered = sum(answer is not None for answer in counts.values())
        assert shown["answers"].saved == answered <= shown["count"] == ITEMS
        mark = attempts.submit(played)
        right = sum(
            item.version.question_type.key(item.version.content["body"]) == counts.get(item.position)
            for item in self.items
        )
        assert mark.score == right <= answered
        assert mark.score <= mark.max_score == ITEMS

    def in_another_order(self) -> Attempt:
        """Return another attempt of the same paper with the same operations in another order."""
        first = Attempt.objects.get(pk=self.attempt.pk)
        items = {item.position: item for item in self.items}
        other = Attempt.objects.get(pk=first.pk)
        other.pk, other.uuid, other.number = None, uuid.uuid4(), 2
        other.state, other.submitted_at, other.deadline = AttemptState.OPEN, None, timezone.now() + timedelta(hours=1)
        other.save(force_insert=True)
        for item in items.values():
            item.pk, item.attempt = None, other
            item.save(force_insert=True)
        operations = list(self.acknowledged.items())
        random.Random(len(operations)).shuffle(operations)
        for (item, op), answer in operations:
            attempts.save(other, items[item], op, answer, False)
        return other


@pytest.fixture(autouse=True)
def quiet():
    """Silence the log: refused answers are expected here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def histories(client, amina):
    """The state machine with its scene. Every history rolls its changes back."""
    page = course_with_test(["single"] * ITEMS)
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")

    @seed(SEED)
    class SeededHistories(Histories):
        scene = (client, enrol(amina, page), page)
        report = Report(f"R8 histories, {connection.vendor}")

    return SeededHistories


def test_answers_follow_from_the_set_of_acknowledged_operations_in_any_order(histories):
    run_state_machine_as_test(histories, settings=HOW)
    assert histories.report.faults >= HISTORIES
    assert histories.report.holds()


def test_control_a_save_in_which_the_last_to_arrive_wins_is_noticed(histories, monkeypatch):

    def save(attempt, item, op, payload, flagged):
        item.responses.all().delete()
        item.responses.create(op=op, payload=payload, at=timezone.now())
        return op

    monkeypatch.setattr(attempts, "save", save)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(histories, settings=settings(HOW, phases=[Phase.generate]))


def test_control_a_save_that_accepts_another_answer_under_a_known_number_is_noticed(histories, monkeypatch):
    """The negative control of the 409."""
    monkeypatch.setattr(attempts, "_handle_older_operation", lambda item, op, payload, newest, now: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(histories, settings=settings(HOW, phases=[Phase.generate]))
