"""Start, save, submit and close attempts. Creates Attempt, AttemptItem, Response, Script and Mark.

No other module writes these rows, with three exceptions: quizzes.accommodations extends a running attempt,
quizzes.manual_marking settles scripts (and updates `seq` to lock the attempt), quizzes.regrades.worker adds marks.

The server's clock decides. An answer counts when it is saved before the deadline. There is no grace period: handing in
later carries no answers, so it closes the attempt at its deadline with the saved answers, as the sweep does.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from courses import progress, reading, studies
from courses.models.records import Enrolment
from quizzes import eligibility, grading
from quizzes.answers import decimal, grading_input
from quizzes.models.manual_marking import Script
from quizzes.models.records import Attempt, AttemptItem, AttemptState, CloseReason, Mark, Response, Review
from quizzes.papers import draw_paper, times_seen
from quizzes.question_types import QUESTION_TYPES

log = structlog.get_logger(__name__)


class QuizNotOpen(Exception):
    """The test is not open: the person left the course or passed, or it is not published or not in their release."""


class LessonsNotDone(Exception):
    """The lessons before the test are not done yet, see eligibility.lessons_left()."""


class SeesAnswers(Exception):
    """The person's role opens the answers of the test, so that a pass would prove nothing."""


class OwnTest(Exception):
    """The person was the last to publish the test, so somebody else must publish it before they can take it."""


class PauseNotOver(Exception):
    """The round is used up. The next round begins at `until`."""

    def __init__(self, until: datetime):
        super().__init__(until.isoformat())
        self.until = until


class MarkingPending(Exception):
    """People are still marking an earlier attempt, so it is not known whether another attempt is needed."""


class AttemptClosed(Exception):
    """The attempt is over. Nothing was saved."""


class StepSettled(Exception):
    """The answer would change a settled step of a case, see QuestionType.may_follow(). Nothing was saved."""


class OperationConflict(Exception):
    """A different answer is stored under this operation number. `latest` is the highest number so far."""

    def __init__(self, latest: int):
        super().__init__(latest)
        self.latest = latest


def start(enrolment: Enrolment, quiz) -> Attempt:
    """Return the running attempt, or create one with its own paper.

    Raises QuizNotOpen, LessonsNotDone, SeesAnswers, OwnTest, MarkingPending, PauseNotOver or blueprint.CannotFill;
    creates no attempt then.
    """
    progress.complete_due(reading.waiting(enrolment.readings.all()))
    state = eligibility.check(enrolment, quiz)
    if state.running:
        return state.running
    _refuse_unless_open(enrolment, quiz)
    for attempt in state.unclosed:
        submit(attempt)
    if state.unclosed:
        state = eligibility.check(enrolment, quiz)
    if state.passed and not state.practice:
        raise QuizNotOpen
    if state.pending:
        raise MarkingPending
    if state.opens_at:
        raise PauseNotOver(state.opens_at)
    seed, now = secrets.randbits(62), timezone.now()
    seen = times_seen(enrolment, quiz.translation_key) if state.taken else None
    drawn = draw_paper(quiz.cells, enrolment.release.language, seed, seen, quiz.mixed)
    extra = state.extra_minutes
    minutes = quiz.minutes + extra
    try:
        with transaction.atomic():
            # The number follows from the attempts read above, so one of two concurrent starts violates a constraint.
            attempt = Attempt.objects.create(
                enrolment=enrolment,
                quiz_key=quiz.translation_key,
                quiz_title=quiz.title,
                number=state.next_number,
                started_at=now,
                deadline=now + timedelta(minutes=minutes),
                minutes=minutes,
                extra_minutes=extra,
                pass_percent=quiz.pass_percent,
                round=state.next_round,
                per_round=state.per_round,
                pause_hours=quiz.pause_hours,
                practice=state.practice,
                review=Review.QUESTIONS if state.practice else quiz.review,
                seed=seed,
            )
            AttemptItem.objects.bulk_create(
                AttemptItem(attempt=attempt, position=position, version=version, option_order=order)
                for position, (version, order) in enumerate(drawn, 1)
            )
    except IntegrityError:  # another tab has just started an attempt
        return enrolment.attempts.of_quiz(quiz.translation_key).reverse()[:1].get()
    return attempt


def _refuse_unless_open(enrolment: Enrolment, quiz) -> None:
    release = enrolment.release
    listed = any(step["key"] == str(quiz.translation_key) for step in release.steps)
    if enrolment.left_at or not listed or not quiz.live:
        raise QuizNotOpen
    if eligibility.lessons_left(studies.steps(enrolment), quiz.translation_key):
        raise LessonsNotDone
    if eligibility.sees_answers(enrolment, quiz):
        raise SeesAnswers
    if eligibility.is_own_test(enrolment, quiz):
        raise OwnTest


def save(attempt: Attempt, item: AttemptItem, op: int | None, payload, flagged: bool) -> int:
    """Store an answer under its operation number and return the highest number now. Repeating it changes nothing.

    Without `op`, a changed answer becomes the newest one. With 0, no answer is stored. A `payload` of None takes the
    answer back. Raises AttemptClosed, StepSettled, and OperationConflict when a different answer has this number.
    """
    with transaction.atomic():
        now = timezone.now()
        # This update comes first: it locks the row, so no other save, hand-in or sweep runs until this commits.
        if not Attempt.objects.this(attempt).filter(state=AttemptState.OPEN, deadline__gt=now).update(seq=F("seq") + 1):
            return _stored_before_end(item, op, payload)
        was_flagged, newest, last = AttemptItem.objects.this(item).newest_answer()
        if op is None:
            op = newest if payload == last else newest + 1
        if op > newest:
            if not item.version.question_type.may_follow(item.version.content["body"], last, payload):
                raise StepSettled
            # bulk_create() sends no signals. Those of create() would ask Wagtail's reference and search indexes, which
            # hold no answers.
            Response.objects.bulk_create([Response(item=item, op=op, payload=payload, at=now)])
        elif op:
            _handle_older_operation(item, op, payload, newest, now)
        if op >= newest and was_flagged != flagged:
            AttemptItem.objects.this(item).update(flagged=flagged)
    return max(op, newest)


def _stored_before_end(item: AttemptItem, op: int | None, payload) -> int:
    """Return the highest number if this operation was stored before the attempt ended. Raises AttemptClosed otherwise.

    The browser sends an operation again when its reply was lost.
    """
    _flagged, newest, _last = AttemptItem.objects.this(item).newest_answer()
    stored = item.responses.filter(op=op).first() if op else None
    if stored is None or stored.payload != payload:
        raise AttemptClosed
    return newest


def _handle_older_operation(item: AttemptItem, op: int, payload, newest: int, now: datetime) -> None:
    """Handle an operation that is not the newest: ignore a repeated one, store a late one. Raises OperationConflict."""
    stored = item.responses.filter(op=op).first()
    if stored is None:
        Response.objects.create(item=item, op=op, payload=payload, at=now)
    elif stored.payload != payload:
        raise OperationConflict(newest)


def submit(attempt: Attempt) -> Mark | None:
    """Hand in and mark an attempt, once. A second call returns the mark that exists.

    Returns None while people have to mark a part of it. Then there are Scripts, and quizzes.manual_marking makes the
    mark after the last of them.
    """
    with transaction.atomic():
        now = timezone.now()
        rows = Attempt.objects.this(attempt).open()
        # At most one of the two conditional updates matches: the attempt is handed in on time, or closed as overdue.
        ended = rows.filter(deadline__gt=now).update(state=AttemptState.SUBMITTED, submitted_at=now) or rows.filter(
            deadline__lte=now
        ).update(state=AttemptState.CLOSED, why=CloseReason.TIME, submitted_at=F("deadline"))
        if ended:
            return add_mark(attempt, now)
    return attempt.marks.order_by("-number").first()


def add_mark(attempt: Attempt, now: datetime, before: Mark | None = None) -> Mark | None:
    """Mark an attempt that is over, or create its Scripts and return None. Call it in a transaction.

    It is the first mark, unless `before` is given: a text was marked whose regrade had been taken back. That mark takes
    no pass away.
    """
    paper, payloads, fixes, shares = grading_input(attempt)
    if attempt.practice and any(payload is not None for payload in payloads.values()):
        progress.complete_step(attempt.enrolment, attempt.quiz_key)
    result = grading.grade(paper, payloads, fixes, shares)
    if result.pending:
        create_scripts(attempt, {item.position: paper[item.position - 1] for item in result.pending}, now)
        return None
    passed = result.passes(attempt.pass_percent) or (before is not None and before.passed)
    score, most = decimal(result.score), Decimal(result.max_score)
    mark = Mark.objects.create(
        attempt=attempt,
        number=before.number + 1 if before else 1,
        score=score,
        max_score=most,
        passed=passed,
        critical_errors=len(result.critical_errors),
        at=now,
    )
    if passed and not attempt.practice:  # a practice test was completed when it was handed in, without a score
        progress.complete_step(attempt.enrolment, attempt.quiz_key, score, most)
    return mark


def create_scripts(attempt: Attempt, contents: dict[int, dict], now: datetime) -> None:
    """Let these texts wait for people. `contents` are the contents of question versions, by position.

    A text may have a Script already, settled without points by a regrade that is reverted. It waits again.
    """
    items = attempt.items.filter(position__in=contents)
    scripts = Script.objects.of(attempt.enrolment.learner_id).filter(item__in=items)
    scripts.filter(points=None).update(settled_at=None)
    items = items.filter(script=None)
    Script.objects.bulk_create(
        Script(
            item=item,
            handed_in_at=min(now, attempt.deadline),
            wanted=contents[item.position]["body"]["markers"],
            most=QUESTION_TYPES[contents[item.position]["kind"]].max_points(contents[item.position]["body"]),
        )
        for item in items
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
