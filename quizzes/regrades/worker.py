"""The background work of a regrade, in slices. The only writer of Change. It adds marks to those that quizzes.attempts made.

A slice is one transaction that also moves the cursor, so a worker that is killed repeats nothing. A slice begins with
an update of the regrade's row that requires the stage and cursor as they were read. Of two workers, or of a worker and
a person who reverts the regrade, only one can go on.
"""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import outbox
from accounts.emails import outgoing
from certificates.models import Certificate, CertificateStatus
from courses import progress
from quizzes import attempts, manual_marking
from quizzes.corrections import WITHOUT_MARKING
from quizzes.models.records import Attempt, AttemptState, Mark
from quizzes.models.regrades import IN_FORCE, Change, Regrade, RegradeQuerySet, Stage
from quizzes.regrades import rescoring
from quizzes.regrades.rescoring import Rescored

SLICE = 200
SECONDS = 8.0  # for one task, below its hard limit of 20
SECOND_PASS_DELAY = outbox.LEASE  # after this time, no process still marks by the old rule
SECOND_PASS = (Stage.APPLIED, Stage.REVERTED)  # stages in which the worker goes through the attempts a second time
NEXT_STAGE = {Stage.LOOKING: Stage.LOOKED, Stage.APPLYING: Stage.APPLIED, Stage.REVERTING: Stage.REVERTED}


def work(pk: int) -> bool:
    """Work on one regrade for SECONDS; True when there is more to do now. It is safe to kill at any point."""
    return outbox.work(Regrade, pk, _work)


def _work(regrade: Regrade) -> bool:
    contents: dict[int, dict] = {}
    end = time.monotonic() + SECONDS
    more = True
    while more and time.monotonic() < end:
        more = _slice(regrade, contents)
    if more:
        # Let other tasks run in between. requeue() resets the tries, so progress does not count as a failed try.
        return bool(_unchanged(regrade).requeue())
    _finish(regrade)
    return False


def _unchanged(regrade: Regrade) -> RegradeQuerySet:
    """The row of this regrade, unless its stage or cursor has changed since it was read."""
    return Regrade.objects.unfinished().filter(pk=regrade.pk, stage=regrade.stage, cursor=regrade.cursor)


def _finish(regrade: Regrade) -> None:
    """End a stage. After applying or reverting, queue a second pass over all attempts.

    During the first pass, an attempt may have been marked by the old rule.
    """
    rows = _unchanged(regrade)
    stage = NEXT_STAGE.get(Stage(regrade.stage), regrade.stage)
    if regrade.stage in (Stage.APPLYING, Stage.REVERTING):
        rows.requeue(due_at=timezone.now() + SECOND_PASS_DELAY, stage=stage, cursor=0)
    else:
        rows.finish(stage=stage)


def affected_attempts(regrade: Regrade):
    """The closed and marked attempts in which the version was asked, in the order of the work."""
    asked = Attempt.objects.everybody("marked again").filter(items__version=regrade.version_id)
    return asked.exclude(state=AttemptState.OPEN).filter(marks__isnull=False).distinct().order_by("pk")


def _slice(regrade: Regrade, contents: dict[int, dict]) -> bool:
    """Do one slice in one transaction; True when there may be more."""
    first = regrade.cursor == 0 and regrade.stage not in SECOND_PASS
    with transaction.atomic():
        total = {"total": affected_attempts(regrade).count()} if first else {}
        if not _unchanged(regrade).renew(**total):
            return False
        left = affected_attempts(regrade).filter(pk__gt=regrade.cursor)
        rows = list(left.with_title().select_related("enrolment__learner")[:SLICE])
        if not rows:
            return _handle_unmarked(regrade)
        looking = regrade.stage == Stage.LOOKING
        rescored = rescoring.rescore(
            rows, contents, also=regrade if looking else None, taken_back=regrade if regrade.takes_back else None
        )
        if looking:
            _store_changes(regrade, [row for row in rescored if not row.same or row.passed != row.reaches])
        else:
            for row in rescored:
                if row.pending and regrade.takes_back:
                    attempts.create_scripts(row.attempt, row.pending, timezone.now())
                if not row.same:
                    _add_mark(regrade, row)
        again = regrade.stage in SECOND_PASS  # a second pass must not count attempts twice
        _unchanged(regrade).update(cursor=rows[-1].pk, done=F("done") + (0 if again else len(rows)))
    regrade.cursor = rows[-1].pk
    return True


def _handle_unmarked(regrade: Regrade) -> bool:
    """Handle attempts that have no mark yet because people mark this question; True when there may be more.

    A correction that says what the answer earns settles their scripts; reverting it reopens them.
    """
    if regrade.stage in IN_FORCE and regrade.choice in WITHOUT_MARKING:
        return manual_marking.settle_without_points(regrade.version_id)
    if regrade.stage in (Stage.REVERTING, Stage.REVERTED):
        manual_marking.reopen_scripts(regrade.version_id)
    return False


def _store_changes(regrade: Regrade, rescored: list[Rescored]) -> None:
    """Store what the regrade would change for whom, so that staff can look at it before they apply it."""
    enrolments = [row.attempt.enrolment.uuid for row in rescored]
    valid = Certificate.objects.everybody("marked again").filter(
        achievement__in=enrolments, standing=CertificateStatus.VALID
    )
    certified = set(valid.values_list("achievement", flat=True))
    Change.objects.bulk_create(
        [
            Change(
                regrade=regrade,
                attempt=row.attempt,
                score_before=row.mark.score,
                score_after=row.score,
                max_after=row.max_score,
                passed_before=row.mark.passed,
                reaches=row.reaches,
                certified=row.attempt.enrolment.uuid in certified,
            )
            for row in rescored
        ],
        ignore_conflicts=True,
    )


def _add_mark(regrade: Regrade, rescored: Rescored) -> None:
    attempt, back = rescored.attempt, regrade.stage not in IN_FORCE
    Attempt.objects.this(attempt).update(seq=F("seq"))  # whoever marks a text of it at this moment waits
    mark = Mark.objects.create(
        attempt=attempt,
        number=rescored.mark.number + 1,
        score=rescored.score,
        max_score=rescored.max_score,
        passed=rescored.passed,
        critical_errors=rescored.critical_errors,
        reason=regrade.revert_reason if back else regrade.reason,
        by_id=regrade.reverted_by_id if back else regrade.applied_by_id,
        regrade=regrade,
        at=timezone.now(),
    )
    if mark.passed and not rescored.mark.passed and not attempt.practice:
        progress.complete_step(attempt.enrolment, attempt.quiz_key, mark.score, mark.max_score)
    if rescored.mark.passed and not mark.passed and not attempt.practice:
        tries = attempt.enrolment.attempts.of_quiz(attempt.quiz_key).exclude(pk=attempt.pk)
        other_passes = tries.with_result().filter(passed=True)  # type: ignore[misc]
        progress.take_back_step(attempt.enrolment, attempt.quiz_key, other_passes, mark.reason, regrade.reverted_by)
    learner = attempt.enrolment.learner
    outgoing.send(
        "regraded",
        learner.email,
        {"attempt": attempt, "mark": mark, "before": rescored.mark, "back": back},
        key=f"regraded:{attempt.uuid}:{mark.number}",
        user=learner,
    )
