"""What somebody is told at the door of a test."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes import papers
from quizzes.blueprint import Missing, shortage
from quizzes.eligibility import items_needed, lessons_left, standing
from quizzes.models.questions import Level


def context(request: HttpRequest, quiz) -> dict:
    """How the person of this request stands to the quiz page, and whether the bank can fill it."""
    study = getattr(request, "study", None)
    enrolment = study.enrolment if study and study.here else None
    count = quiz.item_count
    cards = papers.bank(quiz.cells, quiz.locale.language_code)
    missing = shortage(quiz.cells, cards)
    stands = standing(enrolment, quiz) if enrolment else None
    return {
        "section": "courses",
        "page_perms": quiz.permissions_for_user(request.user) if not enrolment else None,
        "study": study,
        "enrolment": enrolment,
        "standing": stands,
        "minutes": quiz.minutes + (stands.extra_minutes if stands else 0),
        "per_round": stands.per_round if stands else quiz.attempts_per_round,
        "critical": any(card.critical for card in cards),
        "by_people": sum(card.by_people for card in cards),
        "lessons_left": lessons_left(study.steps, quiz.translation_key) if study and enrolment else [],
        "count": count,
        "needed": items_needed(count, quiz.pass_percent),
        "not_ready": not count or bool(missing),
        "missing": [words_of(one) for one in missing],
    }


def words_of(lacking: Missing) -> str:
    """What is lacking, for who can do something about it."""
    cell = lacking.cell
    if cell.key:
        return _("The question that always stands in the paper is not published, or stands in it twice.")
    where = ", ".join(filter(None, (cell.pool, cell.module, str(Level(cell.level).label) if cell.level else "")))
    return ngettext(
        "%(where)s: %(n)d published question is lacking.",
        "%(where)s: %(n)d published questions are lacking.",
        lacking.lacking,
    ) % {"where": where, "n": lacking.lacking}
