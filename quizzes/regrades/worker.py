"""The worker's part of a regrade, in slices. The only writer of Change, and beside quizzes.attempts of Mark.

A slice is one transaction that also moves the cursor, so that a worker killed anywhere repeats nothing. It begins by taking the row
where its stage and cursor are still as they were read: of two workers, or a worker and a person who takes it back, one goes on.
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
SECONDS = 8.0  # at a stretch; the hard limit of a task is 20
STRAGGLERS = outbox.LEASE  # whoever was being marked while it was applied or taken back is surely done by then
SECOND = (Stage.APPLIED, Stage.REVERTED)  # looked at once more
THEN = {Stage.LOOKING: Stage.LOOKED, Stage.APPLYING: Stage.APPLIED, Stage.REVERTING: Stage.REVERTED}


def work(pk: int) -> bool:
    """Go on with one regrade, for some seconds; True when there is more to do now. It may be killed anywhere."""
    return outbox.work(Regrade, pk, _work)


def _work(regrade: Regrade) -> bool:
    contents: dict[int, dict] = {}
    end = time.monotonic() + SECONDS
    more = True
    while more and time.monotonic() < end:
        more = _slice(regrade, contents)
    if more:
        # Other tasks come between; what was done counts as no failed try.
        return bool(_still(regrade).requeue())
    _finish(regrade)
    return False


def _still(regrade: Regrade) -> RegradeQuerySet:
    """Its row, unless somebody has moved it on since it was read."""
    return Regrade.objects.unfinished().filter(pk=regrade.pk, stage=regrade.stage, cursor=regrade.cursor)


def _finish(regrade: Regrade) -> None:
    """Done after a second look: while the first went on, somebody may have been marked by the old rule."""
    rows = _still(regrade)
    stage = THEN.get(Stage(regrade.stage), regrade.stage)
    if regrade.stage in (Stage.APPLYING, Stage.REVERTING):
        rows.requeue(due_at=timezone.now() + STRAGGLERS, stage=stage, cursor=0)
    else:
        rows.finish(stage=stage)


def concerned(regrade: Regrade):
    """The closed attempts in which the version was asked, in the order of the work."""
    asked = Attempt.objects.everybody("marked again").filter(items__version=regrade.version_id)
    return asked.exclude(state=State.OPEN).filter(marks__isnull=False).distinct().order_by("pk")


def _slice(regrade: Regrade, contents: dict[int, dict]) -> bool:
    """One transaction; whether there may be more."""
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
        again = regrade.stage in SECOND  # a second look counts nobody twice
        _still(regrade).update(cursor=rows[-1].pk, done=F("done") + (0 if again else len(rows)))
    regrade.cursor = rows[-1].pk
    return True


def _texts(regrade: Regrade) -> bool:
    """Papers that have no mark because people are marking this very item; whether there may be more."""
    if regrade.stage in IN_FORCE and regrade.choice in WITHOUT_MARKING:
        return manual_marking.release(regrade.version_id)
    if regrade.stage in (Stage.REVERTING, Stage.REVERTED):
        manual_marking.ask_again(regrade.version_id)
    return False


def _keep(regrade: Regrade, found: list[Remarked]) -> None:
    """What it would do to whom, to be looked at before it is applied."""
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
