"""A regrade that is reverted within a day goes with the passes and certificates that it alone gave."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry, Email
from certificates import delivery, issuing
from certificates.models import Certificate
from courses import progress
from courses.models.records import Completion, Enrolment
from quizzes import attempts, manual_marking
from quizzes.corrections import Choice
from quizzes.models.manual_marking import Script
from quizzes.models.regrades import Regrade
from quizzes.regrades import verbs
from tests.quizzes.factories import answer_all, course_with_test, enrol
from tests.quizzes.regrades.regrading import (  # fmt: skip
    applied,
    hand_in,
    option,
    revert,
    reverted,
    reviewer,
    scores,
    until_done,
)

pytestmark = pytest.mark.django_db
REASON = "Aspirin is wrong after all."


@pytest.fixture
def regrade(version, kofi):
    """Aspirin is accepted as well, which gives Baraka the pass and the certificate."""
    return applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))


def complete(learner) -> tuple[bool, bool, list[str]]:
    """Whether this person has done the test and the course, and the status of their certificates."""
    enrolment = Enrolment.objects.get(learner=learner)
    test_done = enrolment.completions.exclude(max_score=None).exists()
    certificates = Certificate.objects.filter(learner=learner).order_by("pk")
    return test_done, enrolment.completed_at is not None, list(certificates.values_list("standing", flat=True))


def test_a_pass_that_it_alone_gave_goes_with_its_certificate_and_the_person_is_told(
    attempts_made, regrade, amina, baraka, grace, as_person
):
    assert complete(baraka) == (True, True, ["valid"])
    reverted(regrade)
    assert scores(attempts_made) == [(2, True), (1, False), (1, False)]
    assert [complete(who) for who in (amina, baraka)] == [(True, True, ["valid"]), (False, False, ["revoked"])]
    certificate = Certificate.objects.get(learner=baraka)
    assert (certificate.standing_reason, certificate.standing_by) == (REASON, grace)
    emails = {email.kind: email.text for email in Email.objects.filter(user=baraka)}
    assert f"Reason: {REASON}" in emails["certificate_revoked"]
    assert "You had passed only because of an earlier correction" in Email.objects.filter(kind="regraded").last().text
    result = as_person(baraka).get(f"/en/quiz/{attempts_made[1].uuid}/result/").content.decode()
    assert "You had passed only because of a correction that was a mistake." in result
    assert REASON in result
    trail = AuditEntry.objects.filter(actor=grace.uuid).order_by("pk").values_list("verb", flat=True)
    assert list(trail) == ["regrade.applied", "regrade.reverted", "step.taken_back", "certificate.revoked"]


def test_the_person_goes_on_and_earns_another_certificate(test, attempts_made, regrade, baraka):
    reverted(regrade)
    assert progress.sweep() == 0
    again = hand_in(baraka, test, "Naloxone")
    assert again.marks.get().passed
    assert complete(baraka) == (True, True, ["revoked", "valid"])


def test_a_person_whose_round_is_used_up_goes_on_after_the_pause(version, kofi, test, baraka):
    for _ in range(2):
        hand_in(baraka, test, "Water")
    reverted(applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin")))
    with pytest.raises(attempts.PauseNotOver):
        hand_in(baraka, test, "Naloxone")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert hand_in(baraka, test, "Naloxone").marks.get().passed


@pytest.mark.parametrize(("hours", "standing"), [(23.9, "revoked"), (24.1, "valid")])
def test_a_day_is_counted_from_applying(regrade, baraka, hours, standing):
    with time_machine.travel(regrade.applied_at + timedelta(hours=hours)):
        reverted(regrade)
    assert Certificate.objects.get(learner=baraka).standing == standing


def test_an_attempt_handed_in_while_it_counted_loses_the_pass_too(test, regrade, mona):
    later = hand_in(mona, test, "Aspirin")
    assert complete(mona) == (True, True, ["valid"])
    reverted(regrade)
    assert later.marks.latest("number").passed is False
    assert complete(mona) == (False, False, ["revoked"])


def test_a_certificate_stays_when_another_attempt_is_passed_too(test, version, kofi, baraka):
    running = attempts.start(enrol(baraka, test), test)
    regrade = applied(version, Choice.ACCEPT, kofi, option(version, "Aspirin"))
    answer_all(running)
    attempts.submit(running)
    reverted(regrade)
    assert complete(baraka) == (True, True, ["valid"])


def test_one_regrade_over_another_takes_only_what_neither_carries(attempts_made, regrade, version, kofi, baraka, mona):
    everybody = applied(version, Choice.FULL, kofi)
    assert complete(mona) == (True, True, ["valid"])
    reverted(everybody)
    assert complete(mona) == (False, False, ["revoked"])
    assert complete(baraka) == (True, True, ["valid"]), "the first regrade still carries it"
    reverted(regrade)
    assert complete(baraka) == (False, False, ["revoked"])


def test_the_last_of_two_regrades_takes_what_both_gave(attempts_made, regrade, version, kofi, baraka):
    everybody = applied(version, Choice.FULL, kofi)
    reverted(regrade)
    assert complete(baraka) == (True, True, ["valid"])
    reverted(everybody)
    assert complete(baraka) == (False, False, ["revoked"])


def test_what_an_older_regrade_gave_stays(attempts_made, regrade, version, kofi, baraka):
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        reverted(regrade)
        reverted(applied(version, Choice.FULL, kofi))
    assert complete(baraka) == (True, True, ["valid"])


def test_a_certificate_that_was_reissued_is_revoked_in_its_new_form(regrade, baraka, rosa):
    successor = issuing.reissue(Certificate.objects.get(learner=baraka), rosa, "Name misspelt")
    delivery.deliver(successor.pk)
    reverted(regrade)
    assert complete(baraka) == (False, False, ["superseded", "revoked"])


def test_a_new_form_that_is_still_being_prepared_is_dropped(regrade, baraka, rosa):
    issuing.reissue(Certificate.objects.get(learner=baraka), rosa, "Name misspelt")
    reverted(regrade)
    assert complete(baraka) == (False, False, ["revoked"])


def test_a_revocation_by_a_person_stays_final(test, regrade, baraka, rosa):
    issuing.revoke(Certificate.objects.get(learner=baraka), "Somebody else sat the test.", rosa)
    reverted(regrade)
    assert hand_in(baraka, test, "Naloxone").marks.get().passed
    assert complete(baraka) == (True, True, ["revoked"])


def test_it_is_reverted_once(regrade):
    stale = Regrade.objects.get(pk=regrade.pk)
    assert [revert(regrade), revert(stale)] == [True, False]
    assert AuditEntry.objects.filter(verb="regrade.reverted").count() == 1


def test_a_completion_that_was_just_being_recorded_does_not_bring_it_back(regrade, baraka, monkeypatch):
    """The sweep has seen every step done; before it has the lock, the pass is taken back."""
    enrolment, seen_done = Enrolment.objects.get(learner=baraka), progress._finished
    Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=None)  # as if a lesson had just been waived

    def taken_back_meanwhile(*args):
        rows = list(seen_done(*args))
        Completion.objects.filter(enrolment__in=rows).delete()
        return rows

    monkeypatch.setattr(progress, "_finished", taken_back_meanwhile)
    assert progress.sweep() == 0
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None


class TestTexts:
    @pytest.fixture
    def attempt(self, amina, grace, prepared):
        """Two texts that wait for people."""
        page = course_with_test(["freetext", "freetext"], pass_percent=100)
        attempt = attempts.start(enrol(amina, page), page)
        answer_all(attempt)
        attempts.submit(attempt)
        return attempt

    def test_a_text_waits_for_people_again_and_they_decide(self, attempt, kofi, baraka, amina):
        first, second = (item.version for item in attempt.items.order_by("position"))
        regrades = [applied(version, Choice.FULL, kofi) for version in (first, second)]
        assert complete(amina) == (True, True, ["valid"])
        reverted(regrades[1])
        assert complete(amina) == (False, False, ["revoked"])
        assert Script.objects.waiting_for(kofi).get().item.version == second
        for marker in (kofi, reviewer()):
            mark_fully(marker, second)
        assert list(attempt.marks.order_by("number").values_list("passed", flat=True)) == [True, False, True]
        assert complete(amina) == (True, True, ["revoked", "valid"])

    def test_marking_one_text_while_the_regrade_of_the_other_is_reverted(self, attempt, kofi, grace):
        first, second = (item.version for item in attempt.items.order_by("position"))
        regrade = applied(first, Choice.FULL, kofi)
        assert verbs.revert(regrade, grace, REASON)  # the worker has not begun
        for marker in (kofi, grace):
            mark_fully(marker, second)
        assert not attempt.marks.exists()
        assert Script.objects.get(settled_at=None).item.version == first
        until_done(regrade)
        for marker in (kofi, grace):
            mark_fully(marker, first)
        assert attempt.marks.get().passed


def mark_fully(marker, version) -> None:
    """Take the next text of this version and give it all points."""
    points = {row["id"]: row["points"] for row in version.content["body"]["criteria"]}
    manual_marking.mark(manual_marking.take(marker, version.pk), marker, points, "")
