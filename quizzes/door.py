"""What somebody is told at the door of a test."""

from __future__ import annotations

from django.http import HttpRequest

from quizzes.drawing import short_pool
from quizzes.standing import items_needed, lessons_left, standing


def context(request: HttpRequest, quiz) -> dict:
    """How the person of this request stands to the quiz page, and whether the bank can fill it."""
    study = getattr(request, "study", None)
    enrolment = study.enrolment if study and study.here else None
    count = quiz.item_count
    return {
        "section": "courses",
        "study": study,
        "enrolment": enrolment,
        "standing": standing(enrolment, quiz) if enrolment else None,
        "lessons_left": lessons_left(study.steps, quiz.translation_key) if study and enrolment else [],
        "count": count,
        "needed": items_needed(count, quiz.pass_percent),
        "short_pool": short_pool(quiz.draw_list, quiz.locale.language_code),
    }
