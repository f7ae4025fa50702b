"""Regrades: previewed, applied as new marks, reverted. A regrade may grant a pass but never takes one away."""

from datetime import timedelta
from fractions import Fraction

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry, Email
from accounts.outbox import OutboxState
from certificates.models import Certificate
from courses.models.records import Completion
from quizzes import answers, attempts, grading, results
from quizzes.corrections import Choice, Fix, credit, offered
from quizzes.models.questions import Question
from quizzes.models.records import Mark
from quizzes.models.regrades import Change, Regrade, Stage
from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import FULL
from quizzes.regrades import verbs, worker
from tests.quizzes.factories import ITEMS, content, course_with_test, enrol
from tests.quizzes.regrades.regrading import (
    applied,
    apply,
    hand_in,
    option,
    previewed,
    revert,
    reverted,
    reviewer,
    scores,
    until_done,
)
from tests.support.people import person

pytestmark = pytest.mark.django_db
OTHERS = [name for name, question_type in QUESTION_TYPES.items() if question_type.can_rekey]


def test_a_preview_changes_nothing_and_counts_who_gains(attempts_made, version, kofi):
    regrade = previewed(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))
    assert (regrade.stage, regrade.done, regrade.total) == (Stage.LOOKED, 3, 3)
    assert verbs.count_changes(regrade) == {"up": 1, "down": 0, "gain": 1, "keep": 0, "certified": 0}
    assert scores(attempts_made) == [(2, True), (1, False), (1, False)]
    assert Mark.objects.count() == 3


def test_accepting_another_answer_gives_baraka_the_point_the_pass_and_the_certificate(
    attempts_made, version, kofi, baraka
):
    regrade = applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))
    assert regrade.stage == Stage.APPLIED
    assert scores(attempts_made) == [(2, True), (2, True), (1, False)]
    mark = attempts_made[1].marks.latest("number")
    assert (mark.number, mark.reason, mark.by, mark.regrade) == (2, "Aspirin was meant as well.", reviewer(), regrade)
    assert Completion.objects.filter(enrolment__learner=baraka, step_key=attempts_made[1].quiz_key).exists()
    assert Certificate.objects.filter(learner=baraka).count() == 1
    emails = Email.objects.filter(kind="regraded")
    assert [email.to for email in emails] == [baraka.email]
    assert "You have passed." in emails[0].text
    assert "You had 1 of 2 points. You now have 2 of 2." in emails[0].text


def test_another_key_lowers_a_score_and_takes_no_pass_away(attempts_made, version, kofi, amina):
    regrade = previewed(version, Choice.REKEY, kofi, option(version, "Aspirin"))
    assert verbs.count_changes(regrade) == {"up": 1, "down": 1, "gain": 1, "keep": 1, "certified": 1}
    apply(regrade)
    until_done(regrade)
    assert scores(attempts_made) == [(1, True), (2, True), (1, False)]
    assert Certificate.objects.get(learner=amina).standing == "valid"
    assert "You have passed, as before." in Email.objects.get(kind="regraded", user=amina).text


def test_a_question_can_be_left_out_or_give_everybody_the_point(attempts_made, version, kofi):
    dropped = applied(version, Choice.DROP, kofi)
    assert [(int(attempt.marks.latest("number").max_score), *scores([attempt])[0]) for attempt in attempts_made] == [
        (1, 1, True)
    ] * 3
    reverted(dropped)
    applied(version, Choice.FULL, kofi)
    assert scores(attempts_made) == [(2, True)] * 3


def test_reverting_after_a_day_adds_new_marks_and_passes_stay(attempts_made, version, kofi):
    regrade = applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert reverted(regrade).stage == Stage.REVERTED
    assert scores(attempts_made) == [(2, True), (1, True), (1, False)]
    assert list(attempts_made[1].marks.values_list("number", "passed")) == [(1, False), (2, True), (3, True)]
    audited = AuditEntry.objects.filter(verb__startswith="regrade").order_by("pk").values_list("verb", flat=True)
    assert list(audited) == ["regrade.begun", "regrade.applied", "regrade.reverted"]


def test_a_regrade_is_applied_once_and_only_after_its_preview(attempts_made, version, kofi):
    regrade = verbs.create(version, Choice.FULL, None, "Faulty.", kofi)
    assert not apply(regrade), "the preview is not ready"
    until_done(regrade)
    assert [apply(regrade), apply(regrade)] == [True, False]
    until_done(regrade)
    before = Mark.objects.count()
    Regrade.objects.filter(pk=regrade.pk).update(state=OutboxState.PENDING, done_at=None, cursor=0)
    until_done(regrade)
    assert Mark.objects.count() == before, "a repeated pass writes nothing"


def test_a_later_attempt_is_marked_by_the_corrections_in_force(attempts_made, version, kofi, test):
    applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))
    later = hand_in(person("Zawadi Maina", "KE"), test, "Aspirin")
    assert scores([later]) == [(2, True)]


def test_the_second_pass_finds_an_attempt_handed_in_during_the_first(attempts_made, version, kofi, test, monkeypatch):
    regrade = previewed(version, Choice.FULL, kofi)
    apply(regrade)
    worker.work(regrade.pk)
    regrade.refresh_from_db()
    assert (regrade.stage, regrade.done_at) == (Stage.APPLIED, None)
    assert regrade.due_at >= regrade.applied_at + worker.SECOND_PASS_DELAY
    # As if a process marks that does not know the new rule yet.
    monkeypatch.setattr(answers, "fixes_of", lambda versions: {})
    late = hand_in(person("Zawadi Maina", "KE"), test, "Water")
    assert scores([late]) == [(1, False)]
    until_done(regrade)
    assert scores([late]) == [(2, True)]


@pytest.mark.parametrize("back", [False, True], ids=["applied", "reverted"])
def test_there_is_a_second_pass_however_long_the_first_took(attempts_made, version, kofi, test, monkeypatch, back):
    regrade = applied(version, Choice.FULL, kofi) if back else previewed(version, Choice.FULL, kofi)
    (revert if back else apply)(regrade)
    Regrade.objects.filter(pk=regrade.pk).update(applied_at=timezone.now() - timedelta(minutes=5))
    worker.work(regrade.pk)
    regrade.refresh_from_db()
    assert (regrade.stage, regrade.done_at) == (Stage.REVERTED if back else Stage.APPLIED, None)
    # As if a process marks that does not know the new rule yet.
    monkeypatch.setattr(answers, "fixes_of", lambda versions: {version.pk: [Fix(Choice.FULL)]} if back else {})
    late = hand_in(person("Zawadi Maina", "KE"), test, "Water")
    assert scores([late])[0][0] == (2 if back else 1)
    until_done(regrade)
    assert scores([late])[0][0] == (1 if back else 2)


def test_a_worker_killed_between_slices_repeats_nothing(attempts_made, version, kofi, monkeypatch):
    regrade = previewed(version, Choice.FULL, kofi)
    apply(regrade)
    monkeypatch.setattr(worker, "SLICE", 1)
    real, calls = worker._add_mark, []

    def second_fails(regrade, rescored):
        calls.append(rescored.attempt.pk)
        if len(calls) == 2:
            raise RuntimeError("killed")
        real(regrade, rescored)

    monkeypatch.setattr(worker, "_add_mark", second_fails)
    assert not worker.work(regrade.pk)
    regrade.refresh_from_db()
    assert "killed" in regrade.last_error
    until_done(regrade)
    assert sorted(Mark.objects.filter(regrade=regrade).values_list("attempt", flat=True)) == sorted(
        attempt.pk for attempt in attempts_made[1:]
    )


def test_the_result_page_explains_the_question_by_its_new_key(attempts_made, version, kofi):
    applied(version, Choice.REKEY, kofi, option(version, "Aspirin"))
    context = results.context(attempts_made[1])
    first = next(question for question in context["explained"] if question.item.position == 1)
    assert (first.earned, [row["text"] for row in first.explanation["options"] if row["right"]]) == (1, ["Aspirin"])
    assert context["mark"].reason == "Aspirin was meant as well."


def test_an_open_attempt_is_not_marked_again(test, amina, kofi, attempts_made, version):
    running = attempts.start(enrol(person("Zawadi Maina", "KE"), test), test)
    applied(version, Choice.FULL, kofi)
    assert not running.marks.exists()


@pytest.mark.parametrize("kind", OTHERS)
def test_a_new_key_makes_that_answer_right_in_every_type_and_leaves_the_question_alone(kind):
    question_type, question = QUESTION_TYPES[kind], content(kind)
    before = question_type.key(question["body"])
    other = OTHER_ANSWERS[kind](question["body"], before)
    assert question_type.grade(question["body"], other).earned < FULL
    rekeyed = question_type.rekeyed(question["body"], other)
    assert question_type.grade(rekeyed, other).earned == FULL
    assert question_type.key(question["body"]) == before
    for fixes, earned in (
        ([Fix(Choice.REKEY, other)], FULL),
        ([Fix(Choice.ACCEPT, other)], FULL),
        ([Fix(Choice.FULL)], FULL),
    ):
        assert credit(question, other, fixes).earned == earned
    assert credit(question, before, [Fix(Choice.ACCEPT, other)]).earned == FULL
    assert credit(question, before, [Fix(Choice.REKEY, other)]).earned < FULL
    assert credit(question, before, [Fix(Choice.DROP)]) is None


OTHER_ANSWERS = {
    "single": lambda body, key: next(row["id"] for row in body["options"] if row["id"] != key),
    "multiple": lambda body, key: sorted(row["id"] for row in body["options"] if row["id"] not in key),
    "weighted": lambda body, key: sorted(row["id"] for row in body["options"] if row["id"] not in key),
    "truefalse": lambda body, key: "true" if key == "false" else "false",
    "reasoned": lambda body, key: {
        **key, "reason": next(row["id"] for row in body["options"] if row["id"] != key["reason"]),
    },
    "kprim": lambda body, key: {name: "true" if value == "false" else "false" for name, value in key.items()},
    "numeric": lambda body, key: "1000",
    "short": lambda body, key: "quite another thing",
    "cloze": lambda body, key: {
        gap["id"]: gap["options"][1]["id"] if gap["options"] else "quite another" for gap in body["gaps"]
    },
    "matching": lambda body, key: dict(zip(key, [*list(key.values())[1:], next(iter(key.values()))], strict=True)),
    "categorise": lambda body, key: dict.fromkeys(key, body["categories"][0]["id"]),
    "ordering": lambda body, key: key[::-1],
}  # fmt: skip


def test_every_type_offers_the_corrections_it_allows(db):
    assert set(OTHER_ANSWERS) == set(OTHERS)
    assert offered(QUESTION_TYPES["single"]) == list(Choice)
    assert offered(QUESTION_TYPES["case"]) == [Choice.FULL, Choice.DROP]
    assert set(OTHERS) <= set(ITEMS)


def test_a_critical_question_that_is_left_out_fails_nobody():
    paper = [content("single"), {**content("truefalse"), "critical": True}]
    right = {1: QUESTION_TYPES["single"].key(paper[0]["body"]), 2: "true"}
    wrong = grading.grade(paper, right)
    assert (wrong.passes(50), len(wrong.critical_errors)) == (False, 1)
    fixed = grading.grade(paper, right, {2: [Fix(Choice.DROP)]})
    assert (fixed.passes(100), fixed.critical_errors, fixed.score, fixed.max_score) == (True, [], Fraction(1), 1)


def test_the_number_of_queries_of_a_slice_does_not_grow(
    attempts_made, version, kofi, test, django_assert_max_num_queries
):
    for number in range(9):
        hand_in(person(f"learner{number} of Kenya", "KE"), test, "Water")
    regrade = verbs.create(version, Choice.DROP, None, "Faulty.", kofi)
    with django_assert_max_num_queries(24):
        worker.work(regrade.pk)
    assert Change.objects.count() == 12


def test_a_regrade_does_not_change_the_question_in_the_bank(attempts_made, version, kofi):
    """A regrade does not change the bank. New papers ask the question as it is published."""
    before = Question.objects.get(translation_key=version.key).content.get_prep_value()
    applied(version, Choice.REKEY, kofi, option(version, "Aspirin"))
    assert Question.objects.get(translation_key=version.key).content.get_prep_value() == before
    version.refresh_from_db()
    assert [row["text"] for row in version.content["body"]["options"] if row["correct"]] == ["Naloxone"]


def test_reverting_during_the_second_pass_is_not_undone_by_the_worker(attempts_made, version, kofi, monkeypatch):
    """The worker ends its pass after somebody has reverted the regrade."""
    regrade = previewed(version, Choice.FULL, kofi)
    apply(regrade)
    worker.work(regrade.pk)
    Regrade.objects.filter(pk=regrade.pk).update(
        due_at=timezone.now(), applied_at=timezone.now() - timedelta(minutes=1)
    )
    real = worker._finish

    def finish_after_revert(regrade):
        assert revert(regrade)
        real(regrade)

    monkeypatch.setattr(worker, "_finish", finish_after_revert)
    worker.work(regrade.pk)
    monkeypatch.setattr(worker, "_finish", real)
    regrade.refresh_from_db()
    assert (regrade.stage, regrade.done_at) == (Stage.REVERTING, None)
    assert until_done(regrade).stage == Stage.REVERTED
    assert [int(attempt.marks.latest("number").score) for attempt in attempts_made] == [2, 1, 1]


def test_a_slice_is_done_by_one_worker_only(attempts_made, version, kofi, monkeypatch):
    """A worker whose lease has expired reaches a slice that another worker has done: it stops and writes nothing."""
    regrade = previewed(version, Choice.FULL, kofi)
    apply(regrade)
    stale = Regrade.objects.get(pk=regrade.pk)
    worker.work(regrade.pk)
    before = (Mark.objects.count(), Regrade.objects.get(pk=regrade.pk).done)
    assert not worker._slice(stale, {})
    assert (Mark.objects.count(), Regrade.objects.get(pk=regrade.pk).done) == before


def test_the_result_page_works_when_the_only_question_was_left_out(amina, kofi, grace, as_person):
    page = course_with_test(["single"])
    attempt = attempts.start(enrol(amina, page), page)
    attempts.submit(attempt)
    applied(attempt.items.get().version, Choice.DROP, kofi)
    shown = as_person(amina).get(f"/en/quiz/{attempt.uuid}/result/")
    assert (shown.status_code, b"0 of 0" in shown.content) == (200, True)
