"""A result in words: heading, verdict, and what somebody can do next."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.shares import pass_mark
from quizzes.eligibility import Eligibility
from quizzes.models.records import Attempt, Mark

CLOSE = 3  # points; a learner who misses the pass mark by at most this many is told that they are close


def heading(mark: Mark, attempt: Attempt) -> str:
    """The heading of the result page: the result in words."""
    if attempt.practice:
        return _("Practice finished")
    if mark.passed:
        return _("Passed")
    if mark.critical_errors:
        return _("Not passed: a critical error")
    short = points_short(mark, attempt)
    exactly = {
        1: _("One point short of the pass mark"),
        2: _("Two points short of the pass mark"),
        3: _("Three points short of the pass mark"),
    }
    less_than = {
        1: _("Less than one point short of the pass mark"),
        2: _("Less than two points short of the pass mark"),
        3: _("Less than three points short of the pass mark"),
    }
    words = exactly if short == ceil(short) else less_than
    return words.get(ceil(short), _("Not there yet"))


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
    close = points_short(mark, attempt) <= CLOSE
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


def points_short(mark: Mark, attempt: Attempt) -> Fraction:
    """The points that were missing to reach the pass mark, exactly."""
    return max(Fraction(0), pass_mark(mark.max_score, attempt.pass_percent) - Fraction(mark.score))
