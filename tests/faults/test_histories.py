"""Random histories of two phones on a bad line: whatever arrives, late, twice or in another order, the same counts (R8)."""

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

from quizzes import attempt_pages, attempts
from quizzes.models.records import Attempt, Response, State
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
    """One sitting, two phones, and the air between them and the server. The scene is set by the test."""

    scene = None  # (a client that is signed in, an enrolment, the page of the test)
    report = Report("")

    @initialize()
    def begin(self):
        client, mine, page = self.scene
        self.client = client
        self.history = transaction.atomic()
        self.history.__enter__()
        self.sitting = attempts.start(mine, page)
        self.items = list(self.sitting.items.select_related("version").order_by("position"))
        self.phones = [Phone(0), Phone(1)]
        self.air: list[Operation] = []
        self.acknowledged: dict[tuple[int, int], object] = {}

    def answer(self, item: int, choice: int):
        """One of the options, or nothing."""
        options = self.items[item - 1].version.content["body"]["options"]
        return options[choice]["id"] if choice < len(options) else None

    @property
    def over(self) -> bool:
        return Attempt.objects.get(pk=self.sitting.pk).state != State.OPEN

    @rule(phone=st.integers(0, 1), item=st.integers(1, ITEMS), choice=st.integers(0, 3))
    def choose(self, phone, item, choice):
        self.air.append(self.phones[phone].choose(item, self.answer(item, choice)))

    @precondition(lambda self: self.air)
    @rule(data=st.data(), heard=st.booleans())
    def arrive(self, data, heard):
        """Any request that was ever sent, now or once more; its reply may be lost."""
        self.deliver(data.draw(st.sampled_from(self.air)), heard)

    @precondition(lambda self: self.air)
    @rule(order=st.randoms(use_true_random=False))
    def arrive_all_again(self, order):
        """An old batch is played again, in any order."""
        for sent in order.sample(self.air, len(self.air)):
            self.deliver(sent, heard=False)

    @rule(phone=st.integers(0, 1))
    def restart(self, phone):
        newest = {}
        for item, op in self.acknowledged:
            newest[item] = max(op, newest.get(item, 0))
        self.phones[phone].restart(newest)

    @precondition(lambda self: len(self.air) > 4)
    @rule(die=st.integers(0, 5))
    def hand_in(self, die):
        if die == 0:
            attempts.submit(self.sitting)

    def deliver(self, sent: Operation, heard: bool) -> None:
        form = {"op": sent.op} | ({"answer": sent.answer} if sent.answer else {})
        url = reverse("quizzes:save", args=[self.sitting.uuid, sent.item])
        reply = self.client.post(url, form)
        latest = reply.json().get("latest", 0)
        assert reply.status_code == self.expected(sent), (sent, reply.content)
        if reply.status_code == 200:
            self.acknowledged[sent.item, sent.op] = sent.answer
            type(self).report.acknowledged += 1
            assert self.client.post(url, form).content == reply.content
        if reply.status_code != 410:
            assert latest == max(op for item, op in self.acknowledged if item == sent.item)
        if heard:
            self.phones[sent.phone].hear(sent, reply.status_code, latest)

    def expected(self, sent: Operation) -> int:
        if self.over:  # what was stored in time is acknowledged whenever it is asked again
            stored = (sent.item, sent.op) in self.acknowledged
            return 200 if stored and self.acknowledged[sent.item, sent.op] == sent.answer else 410
        known = self.acknowledged.get((sent.item, sent.op), sent.answer)
        return 200 if known == sent.answer else 409

    def counts(self) -> dict[int, object]:
        """What the acknowledged operations say, as a set."""
        newest = {}
        for item, op in sorted(self.acknowledged):
            newest[item] = self.acknowledged[item, op]
        return newest

    def teardown(self):
        """The line is good again: every phone gets rid of what it holds; then the end is looked at."""
        try:
            for phone in self.phones:
                self.empty(phone)
            self.look(self.sitting)
            self.look(self.in_another_order())
        finally:
            transaction.set_rollback(True)
            self.history.__exit__(None, None, None)
        type(self).report.faults += 1

    def empty(self, phone: Phone) -> None:
        wishes = {} if self.over else {item: kept.answer for item, kept in phone.unsent.items()}
        for _round in range(9):
            for sent in list(phone.unsent.values()):
                self.deliver(sent, heard=True)
        assert not phone.unsent
        assert {item: self.counts()[item] for item in wishes} == wishes

    def look(self, played: Attempt) -> None:
        """Stored is what was acknowledged, once each; what counts and what it earns follow from that alone."""
        rows = Response.objects.filter(item__attempt=played).values_list("item__position", "op", "payload")
        assert sorted(row[:2] for row in rows) == sorted(self.acknowledged)
        assert {(item, op): payload for item, op, payload in rows} == self.acknowledged
        counts = self.counts()
        assert attempts.answers(played)[1] == {item: counts.get(item) for item in range(1, ITEMS + 1)}
        shown = attempt_pages.overview(attempt_pages.items_of(played))
        given = sum(answer is not None for answer in counts.values())
        assert shown["answered"] == given <= shown["count"] == ITEMS
        mark = attempts.submit(played)
        right = sum(
            item.version.question_type.key(item.version.content["body"]) == counts.get(item.position)
            for item in self.items
        )
        assert mark.score == right <= given
        assert mark.score <= mark.max_score == ITEMS

    def in_another_order(self) -> Attempt:
        """Another sitting of the same paper that is told the same set, shuffled."""
        first = Attempt.objects.get(pk=self.sitting.pk)
        items = {item.position: item for item in self.items}
        other = Attempt.objects.get(pk=first.pk)
        other.pk, other.uuid, other.number = None, uuid.uuid4(), 2
        other.state, other.submitted_at, other.deadline = State.OPEN, None, timezone.now() + timedelta(hours=1)
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
    """Answers that are refused are no news here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def histories(client, amina):
    """The machine with its scene set, which every history leaves as it was."""
    page = course_with_test(["single"] * ITEMS)
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")

    @seed(SEED)
    class Here(Histories):
        scene = (client, enrol(amina, page), page)
        report = Report(f"R8 histories, {connection.vendor}")

    return Here


def test_what_counts_follows_from_the_set_of_acknowledged_operations_whatever_their_order(histories):
    run_state_machine_as_test(histories, settings=HOW)
    assert histories.report.faults >= HISTORIES
    assert histories.report.holds()


def test_a_save_that_lets_the_last_to_arrive_win_is_caught(histories, monkeypatch):
    """The negative control."""

    def save(attempt, item, op, payload, flagged):
        item.responses.all().delete()
        item.responses.create(op=op, payload=payload, at=timezone.now())
        return op

    monkeypatch.setattr(attempts, "save", save)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(histories, settings=settings(HOW, phases=[Phase.generate]))


def test_a_save_that_takes_another_answer_under_a_known_number_is_caught(histories, monkeypatch):
    """The negative control of the 409."""
    monkeypatch.setattr(attempts, "_repeat", lambda item, op, payload, newest, now: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(histories, settings=settings(HOW, phases=[Phase.generate]))
