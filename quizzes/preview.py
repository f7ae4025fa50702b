"""Let authors try a test as a learner takes it: the same questions and marking rules, but no attempt is recorded.

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
from quizzes.attempt_pages import asked, overview
from quizzes.blueprint import CannotFill
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import AttemptItem
from quizzes.question_types.base import BadAnswer
from standards.display import readings


@dataclass
class Rehearsal:
    """One preview of a test: the newest draft of the page, the seed and answers of the session, and the paper drawn."""

    page: QuizPage
    kept: dict[str, Any]
    drawn: list[tuple[QuestionVersion, list[str]]] = field(default_factory=list)

    @property
    def items(self) -> list[AttemptItem]:
        """Unsaved AttemptItems with their answers."""
        made = []
        for position, (version, order) in enumerate(self.drawn, 1):
            item = AttemptItem(position=position, version=version, option_order=order)
            item.payload, item.last_op = self.kept["answers"].get(str(position)), None
            made.append(item)
        return made


def _begin(request: HttpRequest, quiz) -> Rehearsal:
    """Return this session's preview, or begin one. Raises Http404 unless the user may edit the page, and CannotFill."""
    live = QuizPage.objects.filter(translation_key=quiz).first()
    if live is None or not live.permissions_for_user(request.user).can_edit():
        raise Http404
    page, name = live.get_latest_revision_as_object(), f"rehearsal:{quiz}"
    kept = request.session.get(name)
    if kept is None or request.POST.get("again"):
        kept = request.session[name] = {"seed": secrets.randbits(62), "answers": {}}
    tried = Rehearsal(page, kept)
    tried.drawn = papers.paper(page.cells, page.locale.language_code, kept["seed"], mixed=page.mixed)
    return tried


def rehearsing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view so that it gets this session's preview. Answers 409 when the bank cannot fill the test."""

    @wraps(view)
    def door(request: HttpRequest, quiz, **place) -> HttpResponse:
        try:
            tried = _begin(request, quiz)
        except CannotFill:
            return render(request, "quizzes/rehearsal_empty.html", status=409)
        return view(request, tried, **place)

    return signed_in(never_cache(door))


@rehearsing
def begin(request: HttpRequest, tried: Rehearsal) -> HttpResponse:
    """Redirect to the first question. A posted `again` draws a new paper first."""
    return redirect("quizzes:rehearse_item", tried.page.translation_key, 1)


@rehearsing
def item(request: HttpRequest, tried: Rehearsal, position: int) -> HttpResponse:
    """Show one question, or keep the posted answer and redirect to the next page."""
    if not 1 <= position <= len(tried.drawn):
        raise Http404
    here = tried.items[position - 1]
    if request.method != "POST":
        return _show(request, tried, here)
    question_type, body = here.version.question_type, here.version.content["body"]
    try:
        payload = question_type.parse(request.POST, body)
    except BadAnswer as error:
        return _show(request, tried, here, str(error), request.POST)
    if not question_type.may_follow(body, here.payload, payload):
        return _show(request, tried, here, _("You have gone on from this step: its answer stays."))
    tried.kept["answers"][str(position)] = payload
    request.session.modified = True
    if not question_type.goes_on(body, request.POST, payload):
        position += 1
    if position > len(tried.drawn):
        return redirect("quizzes:rehearse_result", tried.page.translation_key)
    return redirect("quizzes:rehearse_item", tried.page.translation_key, position)


def _show(
    request: HttpRequest, tried: Rehearsal, here: AttemptItem, error: str = "", data: MultiValueDict | None = None
) -> HttpResponse:
    items = tried.items
    context = {
        **asked(here, data),
        "quiz": tried.page,
        "overview": overview(items, here.position),
        "before": here.position - 1,
        "after": here.position < len(items),
        "error": error,
        "as_saved": bool(error) and data is None,
    }
    return render(request, "quizzes/rehearsal.html", context, status=422 if error else 200)


@rehearsing
def result(request: HttpRequest, tried: Rehearsal) -> HttpResponse:
    """Show what a learner would have earned, with every question explained."""
    items = tried.items
    graded = grading.grade([each.version.content for each in items], {each.position: each.payload for each in items})
    pks = {found["pk"] for each in items for found in each.version.content["statements"]}
    known = readings(pks, get_language())
    context = {
        "quiz": tried.page,
        "passed": graded.passes(tried.page.pass_percent),
        "score": float(graded.score),
        "most": graded.max_score,
        "critical_errors": len(graded.critical_errors),
        "pending": len(graded.pending),
        "explained": [results.explained(each, graded.items[each.position - 1], known) for each in items],
    }
    return render(request, "quizzes/rehearsal_result.html", context)
