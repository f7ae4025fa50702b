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
RELEASED_AT_ONCE = 50  # scripts in one transaction


class TooLate(Exception):
    """The marking is given already, put back, or freed after HOLD. Nothing was saved."""


def may_mark(user) -> bool:
    """Whether this person is a trainer or reviewer for any country. Their scope decides which scripts they see."""
    return holds(user, Role.TRAINER, Role.REVIEWER)


def asked_in(attempt: Attempt) -> bool:
    """Whether this attempt asks a question that people mark."""
    return attempt.items.filter(version__content__kind__in=MARKED_BY_PEOPLE).exists()


def take(marker: User, version: int) -> Marking | None:
    """Take the script of this question version that has waited longest; None when none is free for this person."""
    waiting = Script.objects.waiting_for(marker).filter(item__version=version).order_by("handed_in_at", "pk")
    for script in waiting[:20]:
        for _again in range(script.wanted):  # others can take a place first at most this often
            # If the button was pressed twice, this person holds the script already.
            if taken := _take(script, marker) or in_hand(marker).filter(script=script).first():
                return taken
    return None


def in_hand(marker: User) -> MarkingQuerySet:
    """The markings that this person has begun and not given yet, with everything that their page shows."""
    return Marking.objects.in_hand_of(marker).select_related(
        "script__item__version", "script__item__attempt__enrolment__learner"
    )


def take_again(marker: User, script: int) -> Marking | None:
    """Take a script again that was freed while its marker worked on it; None when it is no longer free."""
    held = in_hand(marker).filter(script=script)
    if not held.exists() and (found := Script.objects.waiting_for(marker).filter(pk=script).first()):
        _take(found, marker)
    return held.first()


def has_given(marker: User, pk: int) -> bool:
    """Whether this person has given this marking, so that a form sent twice is answered as saved."""
    return Marking.objects.for_marker(marker).filter(pk=pk, marker=marker).exclude(at=None).exists()


def _take(script: Script, marker: User) -> Marking | None:
    """Take the lowest free place of a script; None when none is free or somebody else was faster."""
    held = set(Marking.objects.everybody("free places").filter(script=script).values_list("number", flat=True))
    number = next((place for place in range(1, script.wanted + 1) if place not in held), None)
    if number is None:
        return None
    try:
        with transaction.atomic():
            return Marking.objects.create(script=script, marker=marker, number=number, begun_at=timezone.now())
    except IntegrityError:
        return None


def put_back(marking: Marking, marker: User) -> bool:
    """Give the script back unmarked; False when the marking is given already or not this person's."""
    return bool(_begun(marking, marker).delete()[0])


def mark(marking: Marking, marker: User, points: dict[str, int], comment: str) -> Script:
    """Save points by criterion, once. Settles the script if it can, and marks the attempt after its last script.

    Returns the script. Raises TooLate.
    """
    now = timezone.now()
    with transaction.atomic():
        if not _begun(marking, marker).update(points=points, comment=comment, at=now):
            raise TooLate
        attempt = marking.script.item.attempt
        # This update locks the attempt: of two people who finish at once, the second waits and sees the first's points.
        Attempt.objects.this(attempt).update(seq=F("seq"))
        trail.record(Verb.SCRIPT_MARKED, marker, marking.script, marking=marking.number)
        script = Script.objects.select_related("item__version").this(marking.script).get()
        _settle(script, now)
        if script.settled_at:
            _result(attempt, now)
    return script


def release(version: int) -> bool:
    """Settle waiting scripts of this question version without points, because a regrade says what they earn.

    Returns whether there may be more than the RELEASED_AT_ONCE it handles. Call it in a transaction.
    """
    now = timezone.now()
    scripts = Script.objects.everybody("a regrade").unsettled().filter(item__version=version, item__attempt__marks=None)
    waiting = list(scripts.select_related("item__attempt__enrolment__learner")[:RELEASED_AT_ONCE])
    for script in waiting:
        attempt = script.item.attempt
        Attempt.objects.this(attempt).update(seq=F("seq"))
        if Script.objects.this(script).unsettled().update(settled_at=now):
            _result(attempt, now)
    return len(waiting) == RELEASED_AT_ONCE


def ask_again(version: int) -> None:
    """Undo release() after its regrade was taken back: unmarked scripts wait again, unless their attempt has a mark."""
    released = Script.objects.everybody("a regrade").exclude(settled_at=None).filter(points=None, item__version=version)
    released.filter(item__attempt__marks=None).update(settled_at=None)


def _begun(marking: Marking, marker: User):
    return Marking.objects.this(marking).filter(marker=marker, at=None)


def _left(attempt: Attempt) -> bool:
    scripts = Script.objects.everybody("an attempt in hand").filter(item__attempt=attempt)
    return scripts.unsettled().exists()


def _settle(script: Script, now) -> None:
    given = [found.total for found in script.given]
    points = agreed(given, script.wanted, script.item.version.content["body"])
    if points is not None:
        script.points, script.settled_at = points, script.settled_at or now
    elif len(given) >= script.wanted:
        script.wanted = len(given) + 1
    script.save(update_fields=["points", "settled_at", "wanted"])


def agreed(given: Sequence[Decimal], wanted: int, body: Content) -> Decimal | None:
    """The points that count, from the totals of all markings; None while one more person has to mark."""
    if len(given) < wanted:
        return None
    if len(given) > 2:
        return Decimal(median(given))
    return Decimal(mean(given)) if max(given) - min(given) <= body["tolerance"] else None


def _result(attempt: Attempt, now) -> None:
    """After the last script, make the attempt's first mark and send the email.

    Does nothing when there is a mark already, or when the end of a regrade leaves more to mark.
    """
    if _left(attempt) or attempt.marks.exists():
        return
    made = attempts.first_mark(attempt, now)
    if made is None:
        return
    learner = attempt.enrolment.learner
    context = {"attempt": attempt, "mark": made}
    outgoing.send("marked", learner.email, context, key=f"marked:{attempt.uuid}", user=learner)


def put_back_forgotten() -> int:
    """Delete markings that were begun more than HOLD ago and not given; returns how many."""
    old = Marking.objects.everybody("the sweep").filter(at=None, begun_at__lt=timezone.now() - HOLD)
    return old.delete()[0]
