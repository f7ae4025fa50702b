"""The pages of an attempt in the browser. The rules are in quizzes.attempts."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.authentication.decorators import signed_in
from accounts.authentication.requests import SignedInRequest
from accounts.process_cache import remember
from accounts.text import small_number
from courses.models.records import Enrolment
from quizzes import answer_states, attempt_pages, attempts, manual_marking, result_page
from quizzes.answer_states import AnswerState
from quizzes.blueprint import CannotFill
from quizzes.models.pages import QuizPage
from quizzes.models.records import Attempt, AttemptItem, AttemptState, Mark
from quizzes.question_types.base import BadAnswer
from quizzes.versions import load_versions

CACHE_SECONDS = 60
MOST_OPS = 1000  # saves of one question with a number; keeps a broken client from filling the table


@signed_in
@require_POST
@never_cache
def start(request: HttpRequest, enrolment: uuid.UUID, quiz: uuid.UUID) -> HttpResponse:
    """Start an attempt, or continue the running one. Redirects to the start page when no attempt may be started."""
    own = get_object_or_404(Enrolment.objects.of(request.user).select_related("release"), uuid=enrolment)
    page = _quiz_pages(own, quiz).first()
    if page is None:
        raise Http404
    try:
        attempt = attempts.start(own, page)
    except attempts.LessonsNotDone:
        messages.warning(request, _("The test opens when the lessons are done. What is left is listed below."))
    except attempts.SeesAnswers:
        text = _(
            "Your role lets you open the answers of this test, so a pass would prove nothing. To take it, ask an"
            " administrator to take the role away first."
        )
        messages.warning(request, text)
    except attempts.OwnTest:
        text = _("You published this test, so somebody else must publish it before you can take it.")
        messages.warning(request, text)
    except attempts.PauseNotOver as pause:
        text = _("The next attempt opens on %(when)s, your time.")
        messages.warning(request, text % {"when": _local_time(pause.until)})
    except attempts.MarkingPending:
        messages.info(request, _("Your last attempt is being marked. We will email you when the result is ready."))
    except CannotFill:
        messages.error(request, _("The test cannot be started right now. No attempt was used; try again later."))
    except attempts.QuizNotOpen:
        messages.warning(request, _("This test is not open to you now. You may have passed it, or left the course."))
    else:
        return redirect("quizzes:attempt", attempt.uuid)
    return redirect(page.get_url(request))


@signed_in
@require_GET
@never_cache
def resume(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Redirect to the first question that is not complete, or to the hand-in page."""
    own = _own_attempt(request, attempt)
    if response := _redirect_if_over(request, own):
        return response
    items = answer_states.items_of(own)
    open_item = next((item for item in items if answer_states.state_of(item) != AnswerState.ANSWERED), None)
    if open_item is None:
        return redirect("quizzes:hand_in", own.uuid)
    return redirect("quizzes:item", own.uuid, open_item.position)


@signed_in
@never_cache
def item(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Show one question, or save a plain form and redirect to the next page."""
    own = _own_attempt(request, attempt)
    if response := _redirect_if_over(request, own):
        return response
    if request.method != "POST":
        return _render_item(request, own, position, None)
    answered = get_object_or_404(own.items.select_related("version"), position=position)
    try:
        payload = answered.version.question_type.parse(request.POST, answered.version.content["body"])
        _save_form(request, own, answered, payload)
    except BadAnswer as error:
        return _render_item(request, own, position, str(error))
    except attempts.StepSettled:
        text = _("You have gone on from this step, so you can no longer change its answer.")
        return _render_item(request, own, position, text, as_saved=True)
    except attempts.AttemptClosed:
        return _redirect_if_over(request, own) or redirect("quizzes:result", own.uuid)
    return redirect(*_next_page(request, own, answered, payload))


def _next_page(request: HttpRequest, attempt: Attempt, item: AttemptItem, payload) -> tuple:
    """Arguments of redirect() after an answer: the next step of this question, the next one, or the hand-in page."""
    if item.version.question_type.opens_next_step(item.version.content["body"], request.POST, payload):
        return "quizzes:item", attempt.uuid, item.position
    if attempt.items.filter(position=item.position + 1).exists():
        return "quizzes:item", attempt.uuid, item.position + 1
    return "quizzes:hand_in", attempt.uuid


def _save_form(request: HttpRequest, attempt: Attempt, item: AttemptItem, payload) -> None:
    """Save a plain form. If a different answer already has its number, save this one as the newest."""
    flagged, op = "flag" in request.POST, _operation_number(request)
    if payload is None and request.POST.get("op") == "0":
        op = 0  # from quiz.js: the form was and is empty; that must not take back an answer from another tab
    try:
        attempts.save(attempt, item, op, payload, flagged)
    except attempts.OperationConflict:
        attempts.save(attempt, item, None, payload, flagged)


@signed_in
@require_POST
@never_cache
def save(request: HttpRequest, attempt: uuid.UUID, position: int) -> JsonResponse:
    """Save one numbered answer for quiz.js. The reply does not say whether the answer is right.

    Answers 200 and 409 (a different answer has the number) with the highest number so far, 200 also with the state of
    this answer, 400 without a number, 410 when the attempt is over, 422 when the answer cannot be read or changes a
    settled step.
    """
    item, op = _own_item(request, attempt, position), _operation_number(request)
    if op is None:
        return JsonResponse({"error": "op"}, status=400)
    try:
        payload = item.version.question_type.parse(request.POST, item.version.content["body"])
        latest = attempts.save(item.attempt, item, op, payload, "flag" in request.POST)
    except BadAnswer as error:
        return JsonResponse({"error": str(error)}, status=422)
    except attempts.StepSettled:
        return JsonResponse({"error": "settled"}, status=422)
    except attempts.OperationConflict as conflict:
        return JsonResponse({"latest": conflict.latest}, status=409)
    except attempts.AttemptClosed:
        return JsonResponse({"error": "closed"}, status=410)
    return JsonResponse({"latest": latest, "state": answer_states.state_of_answer(item.version, payload)})


@signed_in
@never_cache
def hand_in(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Show what is answered, open and flagged. A POST hands in the attempt."""
    if request.method == "POST":
        attempts.submit(_own_attempt(request, attempt))
        return redirect("quizzes:result", attempt)
    own = _own_attempt(request, attempt)
    if response := _redirect_if_over(request, own):
        return response
    context = {
        **attempt_pages.base_context(own),
        "overview": attempt_pages.attempt_overview(own, answer_states.items_of(own)),
        "by_people": manual_marking.has_manual_items(own),
    }
    return render(request, "quizzes/hand_in.html", context)


@signed_in
@require_GET
@never_cache
def leave(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Say that the clock goes on, and how to come back. Leaving itself changes nothing."""
    own = _own_attempt(request, attempt)
    if response := _redirect_if_over(request, own):
        return response
    context = {
        **attempt_pages.base_context(own),
        "overview": attempt_pages.attempt_overview(own, answer_states.items_of(own)),
    }
    return render(request, "quizzes/leave.html", context)


@signed_in
@require_GET
@never_cache
def result(request: SignedInRequest, attempt: uuid.UUID) -> HttpResponse:
    """Show the result of a finished attempt, or that people are still marking it."""
    own = _own_attempt(request, attempt)
    if own.state == AttemptState.OPEN:
        if _redirect_if_over(request, own):
            return redirect(request.get_full_path())  # with ?late=, how many answers came too late
        return redirect("quizzes:attempt", own.uuid)
    context = attempt_pages.base_context(own)
    page = _quiz_pages(own.enrolment, own.quiz_key).only(*result_page.QUIZ_FIELDS).first()
    context |= {
        "quiz_url": reverse("wagtail_serve", args=[page.url_path.split("/", 2)[2]]) if page else "",
        "late": small_number(request.GET.get("late", ""), 999) or 0,
    }
    try:
        context |= result_page.context(request, own, page)
    except Mark.DoesNotExist:
        return render(request, "quizzes/being_marked.html", context)
    return render(request, "quizzes/result.html", context)


def _own_attempt(request: HttpRequest, attempt: uuid.UUID) -> Attempt:
    """The person's own attempt with its enrolment; raises Http404 for anybody else's."""
    own = get_object_or_404(Attempt.objects.of(request.user).select_related("enrolment"), uuid=attempt)
    own.enrolment.learner = request.user  # type: ignore[assignment]  # signed in
    return own


def _own_item(request: HttpRequest, attempt: uuid.UUID, position: int) -> AttemptItem:
    """One item of the person's own attempt; raises Http404 for anybody else's.

    The process cache keeps it for CACHE_SECONDS, because quiz.js saves at every change of a form and a paper is frozen.
    attempts.save() checks whether the attempt still takes answers.
    """
    item = remember(("item", attempt, position), CACHE_SECONDS, lambda: _frozen_item(attempt, position))
    if item is None or item.attempt.enrolment.learner_id != request.user.pk:
        raise Http404
    return item


def _frozen_item(attempt: uuid.UUID, position: int) -> AttemptItem | None:
    """An item with its version. It may be anybody's: _own_item() checks whose it is."""
    items = AttemptItem.objects.everybody("_own_item() checks whose").filter(attempt__uuid=attempt, position=position)
    item = items.select_related("attempt__enrolment").first()
    if item:
        load_versions([item])
    return item


def _quiz_pages(enrolment: Enrolment, key: uuid.UUID) -> QuerySet[QuizPage]:
    """The page of a test in the language of the enrolment's release; none while it is not published."""
    return QuizPage.objects.live().filter(translation_key=key, locale__language_code=enrolment.release.language)


def _render_item(
    request: HttpRequest, attempt: Attempt, position: int, error: str | None, as_saved: bool = False
) -> HttpResponse:
    """Render the page of one question. With an error, the form holds what was posted, or the saved answer."""
    items = answer_states.items_of(attempt)
    if not 1 <= position <= len(items):
        raise Http404
    item = items[position - 1]
    load_versions([item])
    if error:
        item.flagged = "flag" in request.POST
    context = attempt_pages.item_context(attempt, items, item, request.POST if error and not as_saved else None)
    return render(
        request, "quizzes/item.html", {**context, "error": error, "as_saved": as_saved}, status=422 if error else 200
    )


def _redirect_if_over(request: HttpRequest, attempt: Attempt) -> HttpResponse | None:
    """Redirect to the result when the attempt is over or its time is up, and close it if it is open; else None."""
    if attempt.state == AttemptState.OPEN and attempt.deadline > timezone.now():
        return None
    if attempt.state == AttemptState.OPEN:
        attempts.submit(attempt)
        text = _("The time was up at %(time)s. Everything you had saved by then was handed in.")
        messages.info(request, text % {"time": formats.time_format(timezone.localtime(attempt.deadline), "H:i")})
    elif request.method == "POST":
        messages.info(request, _("This attempt was already handed in, so nothing was changed."))
    return redirect("quizzes:result", attempt.uuid)


def _operation_number(request: HttpRequest) -> int | None:
    """The posted operation number, from 1 to MOST_OPS; None without a usable one."""
    return small_number(request.POST.get("op", ""), MOST_OPS) or None


def _local_time(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
