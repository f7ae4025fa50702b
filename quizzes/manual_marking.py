"""Take a script, mark it blind, put it back, settle it. The only writer of Marking; quizzes.attempts creates scripts.

A script is settled when as many people have marked it as its rubric asks for. Their mean counts if they differ by no
more than the rubric's tolerance. Otherwise one more person marks, and the median counts, so that no single marker can
move the result beyond another's points (the usual rule of adjudicated double marking). When the last script of an
attempt is settled, the attempt gets its first mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from statistics import mean, median

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.emails import outgoing
from accounts.models import Role, User
from accounts.roles import holds
from quizzes import attempts
from quizzes.models.manual_marking import Marking, MarkingQuerySet, Script
from quizzes.models.records import Attempt
from quizzes.question_types import MARKED_BY_PEOPLE
from quizzes.question_types.base import Content

HOLD = timedelta(hours=24)  # a script that was taken and not marked is free again after this time
SETTLED_AT_ONCE = 50  # scripts in one transaction


class TooLate(Exception):
    """The marking is finished already, put back, or freed after HOLD. Nothing was saved."""


def may_mark(user) -> bool:
    """Whether this person is a trainer or reviewer for any country. Their scope decides which scripts they see."""
    return holds(user, Role.TRAINER, Role.REVIEWER)


def has_manual_items(attempt: Attempt) -> bool:
    """Whether this attempt asks a question that people mark."""
    return attempt.items.filter(version__content__kind__in=MARKED_BY_PEOPLE).exists()


def take(marker: User, version: int) -> Marking | None:
    """Take the script of this question version that has waited longest; None when none is free for this person."""
    waiting = Script.objects.waiting_for(marker).filter(item__version=version).order_by("handed_in_at", "pk")
    for script in waiting[:20]:
        for _try in range(script.wanted):  # other people can be faster at most this often
            # If the button was pressed twice, this person holds the script already.
            if marking := _take(script, marker) or unfinished_markings(marker).filter(script=script).first():
                return marking
    return None


def unfinished_markings(marker: User) -> MarkingQuerySet:
    """The unfinished markings of this person, with everything that their page shows."""
    return Marking.objects.unfinished_of(marker).select_related(
        "script__item__version", "script__item__attempt__enrolment__learner"
    )


def take_again(marker: User, script: int) -> Marking | None:
    """Take a script again that was freed while its marker worked on it; None when it is no longer free."""
    markings = unfinished_markings(marker).filter(script=script)
    if not markings.exists() and (free := Script.objects.waiting_for(marker).filter(pk=script).first()):
        _take(free, marker)
    return markings.first()


def has_finished(marker: User, pk: int) -> bool:
    """Whether this person has finished this marking. A form that is sent twice is then answered as saved."""
    return Marking.objects.for_marker(marker).filter(pk=pk, marker=marker).exclude(at=None).exists()


def _take(script: Script, marker: User) -> Marking | None:
    """Take the lowest free place of a script; None when none is free or somebody else was faster."""
    taken = set(Marking.objects.everybody("free places").filter(script=script).values_list("number", flat=True))
    number = next((place for place in range(1, script.wanted + 1) if place not in taken), None)
    if number is None:
        return None
    try:
        with transaction.atomic():
            return Marking.objects.create(script=script, marker=marker, number=number, begun_at=timezone.now())
    except IntegrityError:
        return None


def put_back(marking: Marking, marker: User) -> bool:
    """Give the script back unmarked; False when the marking is finished already or not this person's."""
    return bool(_unfinished(marking, marker).delete()[0])


def mark(marking: Marking, marker: User, points: dict[str, int], comment: str) -> Script:
    """Save points by criterion, once. Settles the script if it can, and marks the attempt after its last script.

    Returns the script. Raises TooLate.
    """
    now = timezone.now()
    with transaction.atomic():
        if not _unfinished(marking, marker).update(points=points, comment=comment, at=now):
            raise TooLate
        attempt = marking.script.item.attempt
        # This update locks the attempt: of two people who finish at once, the second waits and sees the first's points.
        Attempt.objects.this(attempt).update(seq=F("seq"))
        trail.record(Verb.SCRIPT_MARKED, marker, marking.script, marking=marking.number)
        script = Script.objects.select_related("item__version").this(marking.script).get()
        waited = script.settled_at is None
        _settle(script, now)
        if script.settled_at:
            _mark_attempt(attempt, now, again=waited)
    return script


def settle_without_points(version: int) -> bool:
    """Settle waiting scripts of this question version without points, because a regrade says what they earn.

    Handles up to SETTLED_AT_ONCE scripts and returns whether there may be more. Call it in a transaction.
    """
    now = timezone.now()
    scripts = Script.objects.everybody("a regrade").unsettled().filter(item__version=version, item__attempt__marks=None)
    waiting = list(scripts.select_related("item__attempt__enrolment__learner")[:SETTLED_AT_ONCE])
    for script in waiting:
        attempt = script.item.attempt
        Attempt.objects.this(attempt).update(seq=F("seq"))
        if Script.objects.this(script).unsettled().update(settled_at=now):
            _mark_attempt(attempt, now)
    return len(waiting) == SETTLED_AT_ONCE


def reopen_scripts(version: int) -> None:
    """Undo settle_without_points() of a reverted regrade: scripts wait again, unless their attempt has a mark."""
    scripts = Script.objects.everybody("a regrade").exclude(settled_at=None).filter(points=None, item__version=version)
    scripts.filter(item__attempt__marks=None).update(settled_at=None)


def _unfinished(marking: Marking, marker: User):
    return Marking.objects.this(marking).filter(marker=marker, at=None)


def _has_unsettled_scripts(attempt: Attempt) -> bool:
    scripts = Script.objects.everybody("an attempt being marked").filter(item__attempt=attempt)
    return scripts.unsettled().exists()


def _settle(script: Script, now) -> None:
    totals = [marking.total for marking in script.finished_markings]
    points = agreed_points(totals, script.wanted, script.item.version.content["body"])
    if points is not None:
        script.points, script.settled_at = points, script.settled_at or now
    elif len(totals) >= script.wanted:
        script.wanted = len(totals) + 1
    script.save(update_fields=["points", "settled_at", "wanted"])


def agreed_points(totals: Sequence[Decimal], wanted: int, body: Content) -> Decimal | None:
    """The points that count, from the totals of all markings; None while one more person has to mark."""
    if len(totals) < wanted:
        return None
    if len(totals) > 2:
        return Decimal(median(totals))
    return Decimal(mean(totals)) if max(totals) - min(totals) <= body["tolerance"] else None


def _mark_attempt(attempt: Attempt, now, again: bool = False) -> None:
    """After the last script, mark the attempt and send the email.

    Does nothing when there is a mark already, except `again` after a regrade was taken back, or when the end of a
    regrade leaves more to mark.
    """
    before = attempt.marks.order_by("-number").first()
    if _has_unsettled_scripts(attempt) or (before and not again):
        return
    mark = attempts.add_mark(attempt, now, before)
    if mark is None:
        return
    learner = attempt.enrolment.learner
    context = {"attempt": Attempt.objects.this(attempt).with_title().get(), "mark": mark}
    outgoing.send("marked", learner.email, context, key=f"marked:{attempt.uuid}:{mark.number}", user=learner)


def put_back_forgotten() -> int:
    """Delete unfinished markings that were started more than HOLD ago; returns how many."""
    old = Marking.objects.everybody("the sweep").filter(at=None, begun_at__lt=timezone.now() - HOLD)
    return old.delete()[0]
