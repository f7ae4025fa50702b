"""The background work of a regrade, in slices. The only writer of Change, and of every Mark after the first.

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
from certificates.models import Certificate, Standing
from courses import progress
from quizzes import manual_marking
from quizzes.models.records import Attempt, Mark, State
from quizzes.models.regrades import IN_FORCE, Change, Regrade, RegradeQuerySet, Stage
from quizzes.regrades import rescoring
from quizzes.regrades.corrections import WITHOUT_MARKING
from quizzes.regrades.rescoring import Remarked

SLICE = 200
SECONDS = 8.0  # for one task, below its hard limit of 20
STRAGGLERS = outbox.LEASE  # by then, whatever was marking by the old rule has ended
SECOND = (Stage.APPLIED, Stage.REVERTED)  # stages in which the attempts are looked at a second time
THEN = {Stage.LOOKING: Stage.LOOKED, Stage.APPLYING: Stage.APPLIED, Stage.REVERTING: Stage.REVERTED}


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
        # Let other tasks come between. requeue() resets the tries, so progress does not count as a failed try.
        return bool(_still(regrade).requeue())
    _finish(regrade)
    return False


def _still(regrade: Regrade) -> RegradeQuerySet:
    """The row of this regrade, unless its stage or cursor has changed since it was read."""
    return Regrade.objects.unfinished().filter(pk=regrade.pk, stage=regrade.stage, cursor=regrade.cursor)


def _finish(regrade: Regrade) -> None:
    """End a stage. After applying or reverting, queue a second look at all attempts.

    While the first look ran, an attempt may have been marked by the old rule.
    """
    rows = _still(regrade)
    stage = THEN.get(Stage(regrade.stage), regrade.stage)
    if regrade.stage in (Stage.APPLYING, Stage.REVERTING):
        rows.requeue(due_at=timezone.now() + STRAGGLERS, stage=stage, cursor=0)
    else:
        rows.finish(stage=stage)


def concerned(regrade: Regrade):
    """The closed and marked attempts in which the version was asked, in the order of the work."""
    asked = Attempt.objects.everybody("marked again").filter(items__version=regrade.version_id)
    return asked.exclude(state=State.OPEN).filter(marks__isnull=False).distinct().order_by("pk")


def _slice(regrade: Regrade, contents: dict[int, dict]) -> bool:
    """Do one slice in one transaction; True when there may be more."""
    first = regrade.cursor == 0 and regrade.stage not in SECOND
    with transaction.atomic():
        total = {"total": concerned(regrade).count()} if first else {}
        if not _still(regrade).renew(**total):
            return False
        rows = list(concerned(regrade).filter(pk__gt=regrade.cursor).select_related("enrolment__learner")[:SLICE])
        if not rows:
            return _texts(regrade)
        looking = regrade.stage == Stage.LOOKING
        found = rescoring.remark(rows, contents, also=regrade if looking else None)
        changed = [one for one in found if not one.same]
        if looking:
            _keep(regrade, [one for one in found if not one.same or one.passed != one.reaches])
        else:
            for one in changed:
                _new_mark(regrade, one)
        again = regrade.stage in SECOND  # a second look must not count attempts twice
        _still(regrade).update(cursor=rows[-1].pk, done=F("done") + (0 if again else len(rows)))
    regrade.cursor = rows[-1].pk
    return True


def _texts(regrade: Regrade) -> bool:
    """Handle attempts that have no mark yet because people mark this question; True when there may be more.

    A correction that says what the answer earns releases their scripts; reverting it asks for them again.
    """
    if regrade.stage in IN_FORCE and regrade.choice in WITHOUT_MARKING:
        return manual_marking.release(regrade.version_id)
    if regrade.stage in (Stage.REVERTING, Stage.REVERTED):
        manual_marking.ask_again(regrade.version_id)
    return False


def _keep(regrade: Regrade, found: list[Remarked]) -> None:
    """Store what the regrade would change for whom, so that staff can look at it before they apply it."""
    earned = [one.attempt.enrolment.uuid for one in found]
    valid = Certificate.objects.everybody("marked again").filter(achievement__in=earned, standing=Standing.VALID)
    certified = set(valid.values_list("achievement", flat=True))
    Change.objects.bulk_create(
        [
            Change(
                regrade=regrade,
                attempt=one.attempt,
                score_before=one.mark.score,
                score_after=one.score,
                max_after=one.max_score,
                passed_before=one.mark.passed,
                reaches=one.reaches,
                certified=one.attempt.enrolment.uuid in certified,
            )
            for one in found
        ],
        ignore_conflicts=True,
    )


def _new_mark(regrade: Regrade, one: Remarked) -> None:
    attempt = one.attempt
    mark = Mark.objects.create(
        attempt=attempt,
        number=one.mark.number + 1,
        score=one.score,
        max_score=one.max_score,
        passed=one.passed,
        critical_errors=one.critical_errors,
        reason=regrade.reason,
        by=regrade.made_by,
        regrade=regrade,
        at=timezone.now(),
    )
    if mark.passed and not one.mark.passed:
        progress.complete_step(attempt.enrolment, attempt.quiz_key, mark.score, mark.max_score)
    learner = attempt.enrolment.learner
    outgoing.send(
        "regraded",
        learner.email,
        {"attempt": attempt, "mark": mark, "before": one.mark, "back": regrade.stage not in IN_FORCE},
        key=f"regraded:{attempt.uuid}:{mark.number}",
        user=learner,
    )
