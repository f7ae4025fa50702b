"""A result in words: heading, verdict, pass mark and percent, and what somebody can do next."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.eligibility import Eligibility, items_needed, items_short
from quizzes.models.records import Attempt, Mark

CLOSE = 3  # questions; a learner who misses the pass mark by at most this many is told that they are close


def heading(mark: Mark, attempt: Attempt) -> str:
    """The heading of the result page: the result in words."""
    if attempt.practice:
        return _("Practice finished")
    if mark.passed:
        return _("Passed")
    if mark.critical_errors:
        return _("Not passed: a critical error")
    short = items_short(mark.score, mark.max_score, attempt.pass_percent)
    words = {
        1: _("One point short of the pass mark"),
        2: _("Two points short of the pass mark"),
        3: _("Three points short of the pass mark"),
    }
    return words.get(short, _("Not there yet"))


def verdict(mark: Mark, attempt: Attempt) -> str:
    """What follows from the score, in a sentence."""
    if attempt.practice:
        return _("Practice counts as done once you have handed in an answer. You can take it again.")
    if mark.passed:
        return _("You have finished this test and need not take it again.")
    if mark.took_back:
        return _(
            "You had passed only because of a correction that was a mistake. You can take the test again. Everything"
            " else you have done still counts."
        )
    if mark.critical_errors:
        return ngettext(
            "A question on which a life may depend was not fully right. You need to get such questions fully right"
            " to pass, whatever the score.",
            "%(n)s questions on which a life may depend were not fully right. You need to get such questions fully"
            " right to pass, whatever the score.",
            mark.critical_errors,
        ) % {"n": mark.critical_errors}
    close = items_short(mark.score, mark.max_score, attempt.pass_percent) <= CLOSE
    return _("You are close, and now you know what to read again.") if close else _("Now you know what to read again.")


def what_next(mark: Mark, complete: bool, step_open: bool, eligibility: Eligibility | None, quiz_open: bool) -> str:
    """The name of the template for what somebody can do after this result; "" for nothing.

    `complete`: the course is complete. `step_open`: the course has another step to do, whose page is published.
    `quiz_open`: the page of the test is published.
    """
    if mark.passed or (eligibility and eligibility.practice):
        return "complete" if complete else "next_step" if step_open else "learning"
    if eligibility and eligibility.passed:
        return "passed_before"
    if eligibility and eligibility.running:
        return "running"
    if eligibility and eligibility.opens_at:
        return "pause"
    return "try_again" if quiz_open else ""


def needed(mark: Mark, pass_percent: int) -> Decimal:
    """The pass mark in points: rounded up, unless partial points have reached the exact mark below that."""
    exact = mark.max_score * pass_percent / 100
    whole = Decimal(items_needed(mark.max_score, pass_percent))
    return exact if exact <= mark.score < whole else whole


def percent(mark: Mark) -> Decimal:
    """The score in percent with one decimal. It is cut, so that 79.99 % is not shown as a missed pass mark of 80 %."""
    if not mark.max_score:  # regrades left out every question
        return Decimal(0)
    return (mark.score * 100 / mark.max_score).quantize(Decimal("0.1"), ROUND_FLOOR)
