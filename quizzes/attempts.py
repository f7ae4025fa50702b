"""Start, save, submit and close attempts. Creates Attempt, AttemptItem, Response, Script and the first Mark.

No other module writes these rows, with three exceptions: quizzes.accommodations extends a running attempt,
quizzes.manual_marking settles scripts (and updates `seq` to lock the attempt), quizzes.regrades.worker adds marks.

The server's clock decides. An answer counts when it is saved before the deadline. There is no grace period: handing in
later carries no answers, so it closes the attempt at its deadline with the saved answers, as the sweep does.
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
    """The test is not open: the person left the course or passed, or it is not published or not in their release."""


class LessonsOpen(Exception):
    """The lessons before the test are not done yet, see eligibility.lessons_left()."""


class Paused(Exception):
    """The round is used up. The next round begins at `until`."""

    def __init__(self, until: datetime):
        super().__init__(until.isoformat())
        self.until = until


class BeingMarked(Exception):
    """People are still marking an earlier attempt, so it is not known whether another attempt is needed."""


class Closed(Exception):
    """The attempt is over. Nothing was saved."""


class Settled(Exception):
    """The answer would change a settled step of a case, see QuestionType.may_follow(). Nothing was saved."""


class Conflict(Exception):
    """A different answer is stored under this operation number. `latest` is the highest number so far."""

    def __init__(self, latest: int):
        super().__init__(latest)
        self.latest = latest


def start(enrolment: Enrolment, quiz) -> Attempt:
    """Return the running attempt, or create one with its own paper.

    Raises NotOpen, LessonsOpen, BeingMarked, Paused or blueprint.CannotFill. No attempt is created then.
    """
    before = standing(enrolment, quiz)
    if before.running:
        return before.running
    _refuse_unless_open(enrolment, quiz)
    if before.attempts and before.attempts[-1].state == State.OPEN:
        submit(before.attempts[-1])  # its time is up, and the sweep has not closed it yet
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
            # The number follows from the attempts read above, so one of two concurrent starts violates a constraint.
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
    except IntegrityError:  # another tab has just started an attempt
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
    """Store an answer under its operation number and return the highest number now. Repeating it changes nothing.

    Without `op`, a changed answer becomes the newest one. With 0, no answer is stored. A `payload` of None takes the
    answer back. Raises Closed, Settled, and Conflict when a different answer has this number.
    """
    with transaction.atomic():
        now = timezone.now()
        # This update comes first: it locks the row, so no other save, hand-in or sweep runs until this commits.
        if not Attempt.objects.this(attempt).open().filter(deadline__gt=now).update(seq=F("seq") + 1):
            return _known_in_time(item, op, payload)
        was_flagged, newest, last = AttemptItem.objects.this(item).now()
        if op is None:
            op = newest if payload == last else newest + 1
        if op > newest:
            if not item.version.question_type.may_follow(item.version.content["body"], last, payload):
                raise Settled
            # bulk_create() sends no signals. Those of create() would ask Wagtail's reference and search indexes, which
            # hold no answers.
            Response.objects.bulk_create([Response(item=item, op=op, payload=payload, at=now)])
        elif op:
            _repeat(item, op, payload, newest, now)
        if op >= newest and was_flagged != flagged:
            AttemptItem.objects.this(item).update(flagged=flagged)
    return max(op, newest)


def _known_in_time(item: AttemptItem, op: int | None, payload) -> int:
    """Return the highest number if this operation was stored before the attempt ended. Raises Closed otherwise.

    The browser sends an operation again when its reply was lost.
    """
    _flagged, newest, _last = AttemptItem.objects.this(item).now()
    known = item.responses.filter(op=op).first() if op else None
    if known is None or known.payload != payload:
        raise Closed
    return newest


def _repeat(item: AttemptItem, op: int, payload, newest: int, now: datetime) -> None:
    """Handle an operation that is not the newest: ignore a repeated one, store a late one. Raises Conflict."""
    known = item.responses.filter(op=op).first()
    if known is None:
        Response.objects.create(item=item, op=op, payload=payload, at=now)
    elif known.payload != payload:
        raise Conflict(newest)


def submit(attempt: Attempt) -> Mark | None:
    """Hand in and mark an attempt, once. A second call returns the mark that exists.

    Returns None while people have to mark a part of it. Then there are Scripts, and quizzes.manual_marking makes the
    mark after the last of them.
    """
    with transaction.atomic():
        now = timezone.now()
        mine = Attempt.objects.this(attempt).open()
        # At most one of the two conditional updates matches: the attempt is handed in on time, or closed as overdue.
        won = mine.filter(deadline__gt=now).update(state=State.SUBMITTED, submitted_at=now) or mine.filter(
            deadline__lte=now
        ).update(state=State.CLOSED, why=Why.TIME, submitted_at=F("deadline"))
        if won:
            return first_mark(attempt, now)
    return attempt.marks.order_by("-number").first()


def first_mark(attempt: Attempt, now: datetime) -> Mark | None:
    """Mark an attempt that is over, or create its Scripts and return None. Call it in a transaction."""
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
    """Create a Script for each of these items. `contents` are contents of question versions by position."""
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
    """Return an attempt's paper and, by position, its answers, its corrections in force and what people gave (0 to 1).

    Two queries, and a third where people mark.
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
    """Close up to 500 overdue attempts and return how many. One that cannot be marked stays open and is logged."""
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
