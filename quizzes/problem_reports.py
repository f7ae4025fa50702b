"""Report a problem with one question of a result. The report says which question and version, never its key."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.authentication.decorators import signed_in
from accounts.authentication.requests import SignedInRequest
from courses.models.problem_reports import ProblemReport
from courses.problem_reports.reports import Subject
from courses.problem_reports.views import report_form
from quizzes.models.questions import Question
from quizzes.models.records import Attempt, AttemptItem, AttemptState

ABOUT = "question"


@signed_in
@never_cache
def report(request: SignedInRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Report a problem with a question of one's own finished attempt; 404 for any other."""
    items = AttemptItem.objects.of(request.user).select_related("attempt__enrolment__release", "version")
    item = get_object_or_404(items, attempt__uuid=attempt, position=position)
    if item.attempt.state == AttemptState.OPEN:
        raise Http404
    return report_form(request, subject_of(item))


def subject_of(item: AttemptItem) -> Subject:
    """The question without its words, which a result may not show any more."""
    attempt, version = (
        Attempt.objects.this(item.attempt).with_title().select_related("enrolment__release").get(),
        item.version,
    )
    return Subject(
        ABOUT,
        title=_("%(test)s, question %(number)d") % {"test": attempt.title, "number": item.position},
        path=reverse("quizzes:result", args=[attempt.uuid]),
        key=version.key,
        course_key=attempt.enrolment.course_key,
        language=version.language,
        details={
            "release": attempt.enrolment.release.number,
            "question": version.content["code"],
            "version": version.number,
            "attempt": str(attempt.uuid),
        },
    )


def question_link(report: ProblemReport) -> tuple[str, str] | None:
    """Where to edit the question that a report is about: (label, URL)."""
    if report.about != ABOUT or report.key is None:
        return None
    rows = Question.objects.filter(translation_key=report.key, locale__language_code=report.language)
    pk = rows.values_list("pk", flat=True).first()
    return (_("Edit the question"), reverse("wagtailsnippets_quizzes_question:edit", args=[pk])) if pk else None
