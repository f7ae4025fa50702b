"""The template context of the result page: the result, and what somebody can do next."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from accounts.authentication.requests import SignedInRequest
from courses import afterwards
from courses.outline import DELETED, OutlinePage, pages_by_key
from quizzes import answer_keys, eligibility, result_words, results
from quizzes.answer_keys import TestToPass
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt, Review

QUIZ_FIELDS = ("url_path", "translation_key", "attempts_per_round", "pause_hours")  # of the test's page, for a result


def context(request: SignedInRequest, attempt: Attempt, quiz: QuizPage | None) -> dict[str, Any]:
    """What the page of a finished attempt shows; a constant number of queries. `quiz` is None while not published.
    It needs QUIZ_FIELDS only.

    Raises Mark.DoesNotExist while people are marking a part of it.
    """
    withheld = answer_keys.withheld_from(attempt)
    result = results.context(attempt, withheld)
    mark, steps = result["mark"], results.next_steps(attempt)
    state = eligibility.check(attempt.enrolment, quiz) if quiz and not mark.passed else None
    next_step = next((step for step in steps if not step.done and not step.offline), None)
    complete = bool(attempt.enrolment.completed_at)
    what_next = result_words.what_next(
        mark, complete=complete, step_open=bool(next_step), eligibility=state, quiz_open=bool(quiz)
    )
    return result | {
        "eligibility": state,
        "tests_to_pass": _tests_to_pass(attempt, set().union(*withheld.values())),
        "score_only": attempt.review == Review.SCORE and not attempt.practice,
        "folded": not (mark.passed or attempt.practice),
        "next_template": f"quizzes/result/{what_next}.html" if what_next else "",
        "reread": [] if mark.passed else results.lessons_to_reread(result["missed"], steps),
        "next_step": next_step,
        "afterwards": afterwards.of(request, attempt.enrolment) if what_next == "complete" else None,
    }


def _tests_to_pass(attempt: Attempt, withholding: set[TestToPass]) -> list[OutlinePage]:
    """The tests after which answers of this result are shown; [] when it is only the test of this attempt. One query."""
    if withholding <= {(attempt.enrolment_id, attempt.quiz_key)}:
        return []
    keys = {str(quiz_key) for _enrolment, quiz_key in withholding}
    pages = pages_by_key(keys, get_language() or "", attempt.enrolment.release.language)
    return sorted((pages.get(key, DELETED) for key in keys), key=lambda page: str(page.title))
