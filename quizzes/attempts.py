"""Sitting a test: start, save, submit, close. The only writer of Attempt, AttemptItem and Response, of their first Mark, and of new Scripts.

The clock is the server's. An answer counts when it is saved before the deadline, to the moment; handing in
later needs no grace, for it carries no answers: it closes the attempt at its deadline with what was saved,
as the sweep would have done.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from courses import progress
from courses.models.records import Enrolment
from quizzes import grading
from quizzes.eligibility import lessons_left, standing
from quizzes.models.manual_marking import Script
from quizzes.models.records import Attempt, AttemptItem, Mark, Response, State, Why
from quizzes.papers import paper, seen_by
from quizzes.question_types import QUESTION_TYPES
from quizzes.regrades.corrections import Fix
from quizzes.regrades.rescoring import decimal, fixes_of, judged_in

log = structlog.get_logger(__name__)


class NotOpen(Exception):
    """The test is not open to this person: left the course, not in their release, or passed already."""


class LessonsOpen(Exception):
    """Lessons come first."""


class Paused(Exception):
    """The round is used up; the next opens at `until`."""

    def __init__(self, until: datetime):
        super().__init__(until.isoformat())
        self.until = until


class BeingMarked(Exception):
    """People are marking the attempt before; whether another is needed is not known yet."""


class Closed(Exception):
    """The attempt is over, so nothing was saved."""


class Settled(Exception):
    """The answer would change a step that was settled before; nothing was saved."""


class Conflict(Exception):
    """Another answer was saved under this number; `latest` is the highest number so far."""

    def __init__(self, latest: int):
        super().__init__(latest)
        self.latest = latest


def start(enrolment: Enrolment, quiz) -> Attempt:
    """The sitting that is running, or a new one with a paper of its own.

    Raises NotOpen, LessonsOpen, BeingMarked, Paused, blueprint.CannotFill; then nothing was written.
    """
    before = standing(enrolment, quiz)
    if before.running:
        return before.running
    _refuse_unless_open(enrolment, quiz)
    if before.attempts and before.attempts[-1].state == State.OPEN:
        submit(before.attempts[-1])  # its time was up; the sweep had not come by yet
        before = standing(enrolment, quiz)
    if before.passed:
        raise NotOpen
    if before.pending:
        raise BeingMarked
    if before.opens_at:
        raise Paused(before.opens_at)
    seed, now = secrets.randbits(62), timezone.now()
    seen = seen_by(enrolment, quiz.translation_key) if before.taken else None
    drawn = paper(quiz.cells, enrolment.release.language, seed, seen, quiz.mixed)
    extra = before.extra_minutes
    minutes = quiz.minutes + extra
    try:
        with transaction.atomic():
            # The number says how many attempts were seen above: of two at once, one has the number taken.
            attempt = Attempt.objects.create(
                enrolment=enrolment,
                quiz_key=quiz.translation_key,
                quiz_title=quiz.title,
                number=before.taken + 1,
                started_at=now,
                deadline=now + timedelta(minutes=minutes),
                minutes=minutes,
                extra_minutes=extra,
                pass_percent=quiz.pass_percent,
                review=quiz.review,
                seed=seed,
            )
            AttemptItem.objects.bulk_create(
                AttemptItem(attempt=attempt, position=position, version=version, option_order=order)
                for position, (version, order) in enumerate(drawn, 1)
            )
    except IntegrityError:  # another tab was faster
        return enrolment.attempts.at(quiz.translation_key).reverse()[:1].get()
    return attempt


def _refuse_unless_open(enrolment: Enrolment, quiz) -> None:
    release = enrolment.release
    listed = any(step["key"] == str(quiz.translation_key) for step in release.steps)
    if enrolment.left_at or not listed or not quiz.live:
        raise NotOpen
    live = progress.live_keys([step["key"] for step in release.steps])
    if lessons_left(progress.steps_of(release, progress.done_keys(enrolment), live), quiz.translation_key):
        raise LessonsOpen


def save(attempt: Attempt, item: AttemptItem, op: int | None, payload, flagged: bool) -> int:
    """Keep an answer under its number and return the number that counts now; the same answer again changes nothing.

    Without a number it is the person's newest. Raises Closed, Settled, and Conflict for another answer under a known number.
    """
    with transaction.atomic():
        now = timezone.now()
        # First this row: while it is ours, nobody can hand in or close the attempt, and no other save runs.
        if not Attempt.objects.this(attempt).open().filter(deadline__gt=now).update(seq=F("seq") + 1):
            return _known_in_time(item, op, payload)
        was_flagged, newest, last = AttemptItem.objects.this(item).now()
        if op is None:
            op = newest if payload == last else newest + 1
        if op > newest:
            if not item.version.question_type.may_follow(item.version.content["body"], last, payload):
                raise Settled
            # Not create(): its signals ask the reference and search indexes, which know nothing of answers.
            Response.objects.bulk_create([Response(item=item, op=op, payload=payload, at=now)])
        elif op:
            _repeat(item, op, payload, newest, now)
        if op >= newest and was_flagged != flagged:
            AttemptItem.objects.this(item).update(flagged=flagged)
    return max(op, newest)


def _known_in_time(item: AttemptItem, op: int | None, payload) -> int:
    """The reply that was lost: the operation had been stored before the attempt was over. Raises Closed where it had not."""
    _flagged, newest, _last = AttemptItem.objects.this(item).now()
    known = item.responses.filter(op=op).first() if op else None
    if known is None or known.payload != payload:
        raise Closed
    return newest


def _repeat(item: AttemptItem, op: int, payload, newest: int, now: datetime) -> None:
    """An operation that is not newer than what is there: known and the same, or one that was late."""
    known = item.responses.filter(op=op).first()
    if known is None:
        Response.objects.create(item=item, op=op, payload=payload, at=now)
    elif known.payload != payload:
        raise Conflict(newest)


def submit(attempt: Attempt) -> Mark | None:
    """Hand in and mark the attempt, once; whoever comes second gets the mark that was made.

    None while people have to mark some of it: that is then written down, and quizzes.manual_marking goes on.
    """
    with transaction.atomic():
        now = timezone.now()
        mine = Attempt.objects.this(attempt).open()
        # Two conditional updates, of which one at most finds the row: in time, or too late.
        won = mine.filter(deadline__gt=now).update(state=State.SUBMITTED, submitted_at=now) or mine.filter(
            deadline__lte=now
        ).update(state=State.CLOSED, why=Why.TIME, submitted_at=F("deadline"))
        if won:
            return first_mark(attempt, now)
    return attempt.marks.order_by("-number").first()


def first_mark(attempt: Attempt, now: datetime) -> Mark | None:
    """Mark an attempt that is over; None where people have to mark something first. In a transaction."""
    paper, payloads, fixes, judged = answers(attempt)
    result = grading.grade(paper, payloads, fixes, judged)
    if result.pending:
        _owe(attempt, {found.position: paper[found.position - 1] for found in result.pending}, now)
        return None
    passed = result.passes(attempt.pass_percent)
    score, most = decimal(result.score), Decimal(result.max_score)
    mark = Mark.objects.create(
        attempt=attempt,
        score=score,
        max_score=most,
        passed=passed,
        critical_errors=len(result.critical_errors),
        at=now,
    )
    if passed:
        progress.complete_step(attempt.enrolment, attempt.quiz_key, score, most)
    return mark


def _owe(attempt: Attempt, contents: dict[int, dict], now: datetime) -> None:
    """Write down that people have to mark these items."""
    items = attempt.items.filter(position__in=contents)
    Script.objects.bulk_create(
        Script(
            item=item,
            handed_in_at=min(now, attempt.deadline),
            wanted=contents[item.position]["body"]["markers"],
            most=QUESTION_TYPES[contents[item.position]["kind"]].most(contents[item.position]["body"]),
        )
        for item in items
    )


def answers(attempt: Attempt) -> tuple[grading.Paper, dict[int, object], dict[int, list[Fix]], dict[int, Fraction]]:
    """The paper of an attempt, the answers that count, what was decided about faulty items and what people gave, by position.

    Two queries, and one more where people mark.
    """
    asked = attempt.items.with_answer().order_by("position")
    rows = list(asked.values_list("position", "version_id", "version__content", "payload"))  # type: ignore[misc]
    fixes = fixes_of({version for _position, version, _content, _payload in rows})
    return (
        [content for _position, _version, content, _payload in rows],
        {position: payload for position, _version, _content, payload in rows},
        {position: fixes[version] for position, version, _content, _payload in rows if version in fixes},
        judged_in([attempt.pk], (content for _position, _version, content, _payload in rows)).get(attempt.pk, {}),
    )


def close_overdue() -> int:
    """Close every attempt whose time is up, with what was saved; how many. One that cannot be marked is left and logged."""
    closed = 0
    overdue = Attempt.objects.everybody("the sweep").overdue(timezone.now())
    for attempt in overdue.select_related("enrolment").order_by("deadline")[:500]:
        try:
            submit(attempt)
        except Exception:
            log.exception("attempt_not_closed", attempt=attempt.pk)
        else:
            closed += 1
    return closed
