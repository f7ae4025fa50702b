"""The steps of a regrade that staff take: create, apply, revert. Each queues work for quizzes.regrades.worker.

One person proposes; another one, whom it cannot help, decides (quizzes.permissions). A regrade may grant a pass but takes
none away. Reverting it within TAKES_BACK undoes it wholly, with the passes and certificates that it alone gave.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from quizzes import permissions
from quizzes.models.questions import QuestionVersion
from quizzes.models.regrades import Change, Regrade, Stage
from quizzes.regrades import tasks


def create(version: QuestionVersion, choice: str, answer: Any, reason: str, by: User) -> Regrade:
    """Create a regrade and queue the search for the attempts that it would change. No mark changes yet."""
    with transaction.atomic():
        regrade = Regrade.objects.create(version=version, choice=choice, answer=answer, reason=reason, made_by=by)
        trail.record(Verb.REGRADE_BEGUN, by, regrade, question=version.key, version=version.number, choice=choice)
        tasks.regrade.delay_on_commit(regrade.pk)
    return regrade


def apply(regrade: Regrade, by: User) -> bool:
    """Queue the new marks; False when it is not ready, somebody else was faster, or `by` may not decide about it."""
    fields = {"applied_by": by, "applied_at": timezone.now()}
    return _decide(regrade, Stage.LOOKED, Stage.APPLYING, Verb.REGRADE_APPLIED, by, fields)


def revert(regrade: Regrade, by: User, reason: str) -> bool:
    """Queue marks without this correction; False when it is not applied, or `by` may not decide about it.

    Passes that it gave stay, unless it was applied less than TAKES_BACK ago. `reason` is then printed on the public page
    of each certificate that is revoked.
    """
    fields = {"reverted_by": by, "reverted_at": timezone.now(), "revert_reason": reason}
    return _decide(regrade, Stage.APPLIED, Stage.REVERTING, Verb.REGRADE_REVERTED, by, fields)


def _decide(regrade: Regrade, before: Stage, after: Stage, verb: Verb, by: User, fields: dict[str, Any]) -> bool:
    if not permissions.may_decide(by):
        return False
    with transaction.atomic():
        rows = permissions.decidable(Regrade.objects.filter(pk=regrade.pk, stage=before), regrade, by)
        requeued = rows.requeue(stage=after, cursor=0, done=0, **fields)
        if requeued:
            trail.record(verb, by, regrade)
            tasks.regrade.delay_on_commit(regrade.pk)
    return bool(requeued)


def count_changes(regrade: Regrade) -> dict[str, int]:
    """How many changes, over everybody: scores up and down, passes gained and kept, certificates affected."""
    rows = Change.objects.everybody("figures").filter(regrade=regrade)
    return {
        "up": rows.filter(score_after__gt=F("score_before")).count(),
        "down": rows.filter(score_after__lt=F("score_before")).count(),
        "gain": rows.filter(reaches=True, passed_before=False).count(),
        "keep": rows.filter(reaches=False, passed_before=True).count(),
        "certified": rows.filter(certified=True).count(),
    }
