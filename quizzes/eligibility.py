"""Whether and when somebody may start the next attempt of a test: attempts taken and left, pauses, lessons to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from wagtail.models import PageLogEntry

from courses.models.records import Enrolment
from courses.study import Step
from quizzes import permissions
from quizzes.models.records import Accommodation, Attempt, AttemptState


@dataclass(frozen=True)
class Eligibility:
    """The attempts of one enrolment in one test, each with its result, and when the next may begin.

    Only attempts of the purpose count that the person's release gives the quiz: practice is no try at a test. `others`
    are those of another purpose, from an earlier release.

    Rounds are counted by the rows, not by dividing: each attempt keeps its round, and what the rules granted when it
    began. Today's rules can add to a round and shorten its pause, but they take nothing away that was granted.
    """

    attempts: list[Attempt]
    per_round: int
    pause: timedelta
    now: datetime
    extra_minutes: int = 0
    practice: bool = False  # taken as often as one likes, also after passing
    others: Sequence[Attempt] = ()

    @property
    def running(self) -> Attempt | None:
        """The attempt that may still be answered."""
        return next(
            (
                attempt
                for attempt in self.attempts
                if attempt.state == AttemptState.OPEN and attempt.deadline > self.now
            ),
            None,
        )

    @property
    def unclosed(self) -> list[Attempt]:
        """The open attempts that are to be closed before another one starts: overdue, or of another purpose."""
        return [
            attempt
            for attempt in (*self.attempts, *self.others)
            if attempt.state == AttemptState.OPEN and attempt is not self.running
        ]

    @property
    def taken(self) -> int:
        return len(self.attempts)

    @property
    def next_number(self) -> int:
        """The number of the next attempt, counted over all purposes."""
        return len(self.attempts) + len(self.others) + 1

    @property
    def finished(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.state != AttemptState.OPEN]

    @property
    def passed(self) -> bool:
        return any(attempt.passed for attempt in self.attempts)

    @property
    def pending(self) -> Attempt | None:
        """The first finished attempt that people still have to mark."""
        return next((attempt for attempt in self.finished if attempt.score is None), None)

    @property
    def best(self) -> Attempt | None:
        """The marked attempt with the highest score; if several have it, the earliest of them."""
        marked = [attempt for attempt in self.finished if attempt.score is not None]
        return max(marked, key=lambda attempt: attempt.score or 0, default=None)

    @property
    def _round(self) -> list[Attempt]:
        """The attempts of the newest round."""
        return [attempt for attempt in self.attempts if attempt.round == self.attempts[-1].round]

    @property
    def _left_in_round(self) -> int:
        granted = max([self.per_round, *(attempt.per_round for attempt in self._round)])
        return granted - len(self._round)

    @property
    def next_round(self) -> int:
        """The round of the next attempt: the newest one, or the one after it when that is used up."""
        if not self.attempts:
            return 1
        return self.attempts[-1].round + (self._left_in_round <= 0)

    @property
    def opens_at(self) -> datetime | None:
        """When the next round begins; None when this round has attempts left or the pause is over."""
        if self.practice or not self.attempts or self._left_in_round > 0:
            return None
        last = self.attempts[-1]
        pause = min(self.pause, timedelta(hours=last.pause_hours))
        opens = (last.submitted_at or last.deadline) + pause
        return opens if opens > self.now else None

    @property
    def open(self) -> bool:
        """Whether a new attempt may be started now."""
        return not ((self.passed and not self.practice) or self.running or self.pending or self.opens_at)

    @property
    def left(self) -> int:
        """Attempts left in this round. Once it is used up, all attempts of the next round are left."""
        left = self._left_in_round if self.attempts else self.per_round
        return left if left > 0 else self.per_round


def check(enrolment: Enrolment, quiz) -> Eligibility:
    """The eligibility of this enrolment for this quiz page, accommodations included; two queries."""
    practice = not enrolment.release.certifies(quiz.translation_key)
    attempts = list(enrolment.attempts.of_quiz(quiz.translation_key).with_result())
    accommodation = Accommodation.objects.of(enrolment.learner_id).filter(quiz_key=quiz.translation_key).first()
    return Eligibility(
        [attempt for attempt in attempts if attempt.practice == practice],
        quiz.attempts_per_round + (accommodation.extra_attempts if accommodation else 0),
        timedelta(hours=quiz.pause_hours),
        timezone.now(),
        accommodation.extra_minutes if accommodation else 0,
        practice,
        [attempt for attempt in attempts if attempt.practice != practice],
    )


def sees_answers(enrolment: Enrolment, quiz) -> bool:
    """Whether the learner may open the answer keys at present, so that a pass would prove nothing.

    Practice gives nothing, so nobody asks.
    """
    return enrolment.release.certifies(quiz.translation_key) and permissions.may_ever_see_keys(enrolment.learner_id)


def is_own_test(enrolment: Enrolment, quiz) -> bool:
    """Whether the learner was the last to publish this test, or to schedule it: its rules are then their own decision.

    Their role may have been taken away since. Practice gives nothing, so nobody asks who published it.
    """
    if not enrolment.release.certifies(quiz.translation_key):
        return False
    published = PageLogEntry.objects.filter(page=quiz.pk, action__startswith="wagtail.publish", user__isnull=False)
    return published.order_by("-pk").values_list("user", flat=True).first() == enrolment.learner_id


def lessons_left(steps: list[Step], quiz_key) -> list[Step]:
    """The lessons to do before a test: those of its module, or of the whole course for a test of the course.

    Waived lessons are not among them.
    """
    test = next((step for step in steps if step.key == str(quiz_key)), None)
    module = test.module_key if test else None
    return [
        step
        for step in steps
        if step.kind == "lesson" and not step.done and not step.waived and module in (None, step.module_key)
    ]
