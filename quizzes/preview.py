"""Let authors try a test as a learner would take it: the same questions and marking rules, but no attempt is recorded.

The session of the author holds the answers. The blueprint is that of the newest draft; the questions are the published
ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.authentication.decorators import signed_in
from quizzes import grading, papers, results
from quizzes.attempt_pages import overview, question_context
from quizzes.blueprint import CannotFill
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import AttemptItem
from quizzes.question_types.base import BadAnswer
from standards.display import display_statements


@dataclass
class PreviewAttempt:
    """One preview of a test: the newest draft of the page, what the session holds (seed, answers), and the paper.

    Answers are kept by question version: when the draft or the bank changes, another question may stand in their place.
    """

    page: QuizPage
    stored: dict[str, Any]
    paper: list[tuple[QuestionVersion, list[str]]] = field(default_factory=list)

    @property
    def items(self) -> list[AttemptItem]:
        """Unsaved AttemptItems with their answers."""
        items = []
        for position, (version, order) in enumerate(self.paper, 1):
            item = AttemptItem(position=position, version=version, option_order=order)
            item.payload, item.last_op = self.stored["answers"].get(str(version.pk)), None
            items.append(item)
        return items


def _get_or_begin(request: HttpRequest, quiz) -> PreviewAttempt:
    """Return this session's preview, or start one. Raises Http404 unless the user may edit the page, and CannotFill."""
    live = QuizPage.objects.filter(translation_key=quiz).first()
    if live is None or not live.permissions_for_user(request.user).can_edit():
        raise Http404
    page, session_key = live.get_latest_revision_as_object(), f"preview:{quiz}"
    stored = request.session.get(session_key)
    if stored is None or request.POST.get("again"):
        stored = request.session[session_key] = {"seed": secrets.randbits(62), "answers": {}}
    preview = PreviewAttempt(page, stored)
    preview.paper = papers.draw_paper(page.cells, page.locale.language_code, stored["seed"], mixed=page.mixed)
    return preview


def preview_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view so that it gets this session's preview. Answers 409 when the bank cannot fill the test."""

    @wraps(view)
    def wrapper(request: HttpRequest, quiz, **kwargs) -> HttpResponse:
        try:
            preview = _get_or_begin(request, quiz)
        except CannotFill:
            return render(request, "quizzes/preview_empty.html", status=409)
        return view(request, preview, **kwargs)

    return signed_in(never_cache(wrapper))


@preview_view
def begin(request: HttpRequest, preview: PreviewAttempt) -> HttpResponse:
    """Redirect to the first question. A posted `again` draws a new paper first."""
    return redirect("quizzes:rehearse_item", preview.page.translation_key, 1)


@preview_view
def item(request: HttpRequest, preview: PreviewAttempt, position: int) -> HttpResponse:
    """Show one question, or keep the posted answer and redirect to the next page."""
    if not 1 <= position <= len(preview.paper):
        raise Http404
    item = preview.items[position - 1]
    if request.method != "POST":
        return _render_item(request, preview, item)
    question_type, body = item.version.question_type, item.version.content["body"]
    try:
        payload = question_type.parse(request.POST, body)
    except BadAnswer as error:
        return _render_item(request, preview, item, str(error), request.POST)
    if not question_type.may_follow(body, item.payload, payload):
        text = _("You have gone on from this step, so you can no longer change its answer.")
        return _render_item(request, preview, item, text)
    preview.stored["answers"][str(item.version.pk)] = payload
    request.session.modified = True
    if not question_type.opens_next_step(body, request.POST, payload):
        position += 1
    if position > len(preview.paper):
        return redirect("quizzes:rehearse_result", preview.page.translation_key)
    return redirect("quizzes:rehearse_item", preview.page.translation_key, position)


def _render_item(
    request: HttpRequest,
    preview: PreviewAttempt,
    item: AttemptItem,
    error: str = "",
    data: MultiValueDict | None = None,
) -> HttpResponse:
    items = preview.items
    context = {
        **question_context(item, data),
        "quiz": preview.page,
        "overview": overview(items, item.position),
        "before": item.position - 1,
        "error": error,
        "as_saved": bool(error) and data is None,
    }
    return render(request, "quizzes/preview_item.html", context, status=422 if error else 200)


@preview_view
def result(request: HttpRequest, preview: PreviewAttempt) -> HttpResponse:
    """Show what a learner would have earned, with every question explained."""
    items = preview.items
    graded = grading.grade([item.version.content for item in items], {item.position: item.payload for item in items})
    pks = {statement["pk"] for item in items for statement in item.version.content["statements"]}
    displayed = display_statements(pks, get_language())
    context = {
        "quiz": preview.page,
        "passed": graded.passes(preview.page.pass_percent),
        "score": graded.score,
        "most": graded.max_score,
        "critical_errors": len(graded.critical_errors),
        "pending": len(graded.pending),
        "shown_statements": set(),
        "explained": [results.explain(item, graded.items[item.position - 1], displayed) for item in items],
    }
    return render(request, "quizzes/preview_result.html", context)
