"""Texts marked by people: taken, marked blind, put back, settled. The only writer of Marking; quizzes.attempts creates a Script.

A text is settled when as many people as its rubric asks for have marked it: by their mean where they differ by no more than the
rubric allows; otherwise one more person marks, and the median counts, which no single judgement can move beyond another (the usual
rule of adjudicated double marking). With the last text of an attempt its first mark is made.
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

HOLD = timedelta(hours=24)  # a text that was taken and not marked is free again
RELEASED_AT_ONCE = 50  # texts in one transaction


class TooLate(Exception):
    """The marking is no longer this person's to give: put back, or free again after a day. Nothing was saved."""


def may_mark(user) -> bool:
    """Whether this person trains or reviews anywhere; whose texts they see is asked of the scope."""
    return holds(user, Role.TRAINER, Role.REVIEWER)


def asked_in(attempt: Attempt) -> bool:
    """Whether people will have to mark something of this paper."""
    return attempt.items.filter(version__content__kind__in=MARKED_BY_PEOPLE).exists()


def take(marker: User, version: int) -> Marking | None:
    """The text of this question that has waited longest, for this person to mark; None when none waits for them."""
    waiting = Script.objects.waiting_for(marker).filter(item__version=version).order_by("handed_in_at", "pk")
    for script in waiting[:20]:
        for _again in range(script.wanted):  # as often as somebody else may be faster
            # It is theirs already where a button was pressed twice.
            if taken := _take(script, marker) or in_hand(marker).filter(script=script).first():
                return taken
    return None


def in_hand(marker: User) -> MarkingQuerySet:
    """What this person has taken and not marked yet, with all that a page about it shows."""
    return Marking.objects.in_hand_of(marker).select_related(
        "script__item__version", "script__item__attempt__enrolment__learner"
    )


def take_again(marker: User, script: int) -> Marking | None:
    """The place of a text that was freed under its marker's hands, where it is still free."""
    held = in_hand(marker).filter(script=script)
    if not held.exists() and (found := Script.objects.waiting_for(marker).filter(pk=script).first()):
        _take(found, marker)
    return held.first()


def has_given(marker: User, pk: int) -> bool:
    """Whether this marking is theirs and given: what is sent twice was saved once."""
    return Marking.objects.for_marker(marker).filter(pk=pk, marker=marker).exclude(at=None).exists()


def _take(script: Script, marker: User) -> Marking | None:
    """The lowest place that is free; None when none is, or somebody was faster."""
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
    """Give the text back unmarked; False when it is marked already or not theirs."""
    return bool(_begun(marking, marker).delete()[0])


def mark(marking: Marking, marker: User, points: dict[str, int], comment: str) -> Script:
    """Give points by criterion, once; settles the text, and with the last one the attempt. Raises TooLate."""
    now = timezone.now()
    with transaction.atomic():
        if not _begun(marking, marker).update(points=points, comment=comment, at=now):
            raise TooLate
        attempt = marking.script.item.attempt
        # Two who finish at once must see one another: the second waits here for the first.
        Attempt.objects.this(attempt).update(seq=F("seq"))
        trail.record(Verb.SCRIPT_MARKED, marker, marking.script, marking=marking.number)
        script = Script.objects.select_related("item__version").this(marking.script).get()
        _settle(script, now)
        if script.settled_at:
            _result(attempt, now)
    return script


def release(version: int) -> bool:
    """Nobody has to mark texts of this question any more: a regrade says what they earn. In a transaction; whether there may be more."""
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
    """The regrade was taken back: what it had released and nobody has marked is waited for, unless there is a result."""
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
    """The points that count; None while somebody has to mark, or mark as well."""
    if len(given) < wanted:
        return None
    if len(given) > 2:
        return Decimal(median(given))
    return Decimal(mean(given)) if max(given) - min(given) <= body["tolerance"] else None


def _result(attempt: Attempt, now) -> None:
    """With the last text the first mark of the attempt, and an email that tells of it; unless a regrade was faster, or left more to mark."""
    if _left(attempt) or attempt.marks.exists():
        return
    made = attempts.first_mark(attempt, now)
    if made is None:
        return
    learner = attempt.enrolment.learner
    context = {"attempt": attempt, "mark": made}
    outgoing.send("marked", learner.email, context, key=f"marked:{attempt.uuid}", user=learner)


def put_back_forgotten() -> int:
    """Free what was taken more than a day ago and not marked; how many."""
    old = Marking.objects.everybody("the sweep").filter(at=None, begun_at__lt=timezone.now() - HOLD)
    return old.delete()[0]
