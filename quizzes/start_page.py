"""The template context of a test's start page."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.shares import pass_mark
from courses.models.records import Enrolment
from courses.study import Step
from quizzes import eligibility
from quizzes.blueprint import shortage
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from quizzes.models.shortages import describe_missing


def context(request: HttpRequest, quiz: QuizPage) -> dict:
    """The rules of the quiz page, this person's eligibility, and whether the bank can fill the test."""
    study = getattr(request, "study", None)
    enrolment = study.enrolment if study and study.current_step else None
    count = quiz.item_count
    cards = Question.objects.cards_for(quiz.cells, quiz.locale.language_code)
    shortages = shortage(quiz.cells, cards)
    state = eligibility.check(enrolment, quiz) if enrolment else None
    lessons = eligibility.lessons_left(study.steps, quiz.translation_key) if study and enrolment else []
    not_ready = not count or bool(shortages)
    refusal = _refusal(enrolment, quiz) if enrolment else ""
    practice = state.practice if state else quiz.is_practice
    return {
        "section": "courses",
        "page_perms": quiz.permissions_for_user(request.user) if refusal or not enrolment else None,
        "study": study,
        "enrolment": enrolment,
        "eligibility": state,
        "minutes": quiz.minutes + (state.extra_minutes if state else 0),
        "practice": practice,
        "per_round": state.per_round if state else quiz.attempts_per_round,
        "critical": not practice and any(card.critical for card in cards),
        "by_people": sum(card.by_people for card in cards),
        "lessons_left": lessons,
        "count": count,
        "needed": pass_mark(count, quiz.pass_percent),
        "now_template": f"quizzes/start/{_next_action(state, not_ready, refusal, lessons)}.html",
        "missing": [describe_missing(missing) for missing in shortages],
    }


def _refusal(enrolment: Enrolment, quiz: QuizPage) -> str:
    """The name of the template that says why the person may not take this test as who they are; "" if they may."""
    if eligibility.sees_answers(enrolment, quiz):
        return "sees_answers"
    return "own_test" if eligibility.is_own_test(enrolment, quiz) else ""


def _next_action(state: eligibility.Eligibility | None, not_ready: bool, refusal: str, lessons: list[Step]) -> str:
    """The name of the template for what somebody can do now. `state` is None for a person who is not enrolled."""
    actions = (
        ("running", state and state.running),
        ("passed", state and state.passed and not state.practice),
        ("being_marked", state and state.pending),
        ("not_ready", not_ready),
        ("not_enrolled", state is None),
        (refusal, refusal),
        ("lessons_left", lessons),
        ("pause", state and state.opens_at),
        ("begin", True),
    )
    return next(name for name, applies in actions if applies)
