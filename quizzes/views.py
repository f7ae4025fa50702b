"""The pages of an attempt in the browser. The rules are in quizzes.attempts."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.authentication.decorators import signed_in
from accounts.process_cache import remember
from accounts.text import small_number
from courses import catalogue
from courses.models.records import Enrolment
from quizzes import attempt_pages, attempts, manual_marking, results
from quizzes.blueprint import CannotFill
from quizzes.eligibility import standing
from quizzes.models.pages import QuizPage
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem, Mark, State
from quizzes.question_types.base import BadAnswer

SECONDS = 60
MOST_OPS = 1000  # saves of one question with a number; keeps a broken client from filling the table


@signed_in
@require_POST
@never_cache
def start(request: HttpRequest, enrolment: uuid.UUID, quiz: uuid.UUID) -> HttpResponse:
    mine = get_object_or_404(Enrolment.objects.of(request.user).select_related("release"), uuid=enrolment)
    page = _quiz(mine, quiz)
    if page is None:
        raise Http404
    try:
        attempt = attempts.start(mine, page)
    except attempts.LessonsOpen:
        messages.warning(request, _("The test opens when the lessons are done. What is left is listed below."))
    except attempts.Paused as pause:
        messages.warning(request, _("The next attempt opens on %(when)s, your time.") % {"when": _when(pause.until)})
    except attempts.BeingMarked:
        messages.info(request, _("Your last attempt is being marked. When its result is there, you get a letter."))
    except CannotFill:
        messages.error(
            request, _("The test cannot be put together at the moment. Nothing was counted; try again later.")
        )
    except attempts.NotOpen:
        messages.warning(request, _("This test is not open to you now. You may have passed it, or left the course."))
    else:
        return redirect("quizzes:attempt", attempt.uuid)
    return redirect(page.get_url(request))


@signed_in
@require_GET
@never_cache
def resume(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Redirect to the first question that is not complete, or to the hand-in page."""
    mine = _mine(request, attempt)
    if over := _over(request, mine):
        return over
    open_item = next((item for item in attempt_pages.items_of(mine) if not attempt_pages.is_complete(item)), None)
    if open_item is None:
        return redirect("quizzes:hand_in", mine.uuid)
    return redirect("quizzes:item", mine.uuid, open_item.position)


@signed_in
@never_cache
def item(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Show one question, or save a plain form and redirect to the next page."""
    mine = _mine(request, attempt)
    if over := _over(request, mine):
        return over
    if request.method != "POST":
        return _show(request, mine, position, None)
    here = _item(mine, position)
    try:
        payload = here.version.question_type.parse(request.POST, here.version.content["body"])
        _save(request, mine, here, payload)
    except BadAnswer as error:
        return _show(request, mine, position, str(error))
    except attempts.Settled:
        return _show(request, mine, position, _("You have gone on from this step: its answer stays."), as_saved=True)
    except attempts.Closed:
        return _over(request, mine) or redirect("quizzes:result", mine.uuid)
    return redirect(*_after(request, mine, here, payload))


def _after(request: HttpRequest, mine: Attempt, here: AttemptItem, payload) -> tuple:
    """Arguments of redirect() after an answer: the next step of this question, the next one, or the hand-in page."""
    if here.version.question_type.goes_on(here.version.content["body"], request.POST, payload):
        return "quizzes:item", mine.uuid, here.position
    if mine.items.filter(position=here.position + 1).exists():
        return "quizzes:item", mine.uuid, here.position + 1
    return "quizzes:hand_in", mine.uuid


def _save(request: HttpRequest, mine: Attempt, here: AttemptItem, payload) -> None:
    """Save a plain form. If its number is taken by a different answer, save it as the newest: it was sent just now."""
    flagged, op = "flag" in request.POST, _op(request)
    if payload is None and request.POST.get("op") == "0":
        op = 0  # from quiz.js: the form was empty and stays so, which must not take back another tab's answer
    try:
        attempts.save(mine, here, op, payload, flagged)
    except attempts.Conflict:
        attempts.save(mine, here, None, payload, flagged)


@signed_in
@require_POST
@never_cache
def save(request: HttpRequest, attempt: uuid.UUID, position: int) -> JsonResponse:
    """Save one numbered answer for quiz.js. The reply does not tell whether the answer is right.

    Answers 200 and 409 (a different answer has the number) with the highest number so far, 400 without a number, 410
    when the attempt is over, 422 when the answer cannot be read or changes a settled step.
    """
    here, op = _my_item(request, attempt, position), _op(request)
    if op is None:
        return JsonResponse({"error": "op"}, status=400)
    try:
        payload = here.version.question_type.parse(request.POST, here.version.content["body"])
        latest = attempts.save(here.attempt, here, op, payload, "flag" in request.POST)
    except BadAnswer as error:
        return JsonResponse({"error": str(error)}, status=422)
    except attempts.Settled:
        return JsonResponse({"error": "settled"}, status=422)
    except attempts.Conflict as conflict:
        return JsonResponse({"latest": conflict.latest}, status=409)
    except attempts.Closed:
        return JsonResponse({"error": "closed"}, status=410)
    return JsonResponse({"latest": latest})


@signed_in
@never_cache
def hand_in(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """Show what is answered, open and flagged. A POST hands in the attempt."""
    if request.method == "POST":
        attempts.submit(_mine(request, attempt, "enrolment"))
        return redirect("quizzes:result", attempt)
    mine = _mine(request, attempt)
    if over := _over(request, mine):
        return over
    context = {
        **attempt_pages.frame(mine),
        "overview": attempt_pages.overview(attempt_pages.items_of(mine)),
        "by_people": manual_marking.asked_in(mine),
    }
    return render(request, "quizzes/hand_in.html", context)


@signed_in
@require_GET
@never_cache
def result(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    mine = _mine(request, attempt)
    if mine.state == State.OPEN:
        if _over(request, mine):
            return redirect(request.get_full_path())  # with ?late=, how many answers came too late
        return redirect("quizzes:attempt", mine.uuid)
    page = _quiz(mine.enrolment, mine.quiz_key)
    urls = catalogue.course_urls(request, [mine.enrolment.course_key])
    place = {
        **attempt_pages.frame(mine),
        "quiz": page,
        "quiz_url": page.get_url(request) if page else "",
        "course_url": urls.get(mine.enrolment.course_key, ""),
        "late": small_number(request.GET.get("late", ""), 999) or 0,
    }
    try:
        told = results.of(mine)
    except Mark.DoesNotExist:
        return render(request, "quizzes/being_marked.html", place)
    steps = results.next_steps(mine)
    stands = standing(mine.enrolment, page) if page else None
    next_step = next((step for step in steps if not step.done and not step.waived), None)
    shown = results.shown(mine, stands).value
    what_next = results.what_next(
        told["mark"],
        complete=bool(mine.enrolment.completed_at),
        step_open=bool(next_step and place["course_url"]),
        standing=stands,
        quiz_open=bool(place["quiz_url"]),
    )
    context = {
        **place,
        **told,
        "standing": stands,
        "shown": shown,
        "next_template": f"quizzes/result/{what_next}.html" if what_next else "",
        "missed_template": f"quizzes/result/missed_{shown}.html",
        "again": [] if told["mark"].passed else results.lessons_again(told["missed"], steps),
        "next_step": next_step,
    }
    return render(request, "quizzes/result.html", context)


def _mine(request: HttpRequest, attempt: uuid.UUID, along: str = "enrolment__release") -> Attempt:
    """The person's own attempt; 404 for anybody else's. `along` goes to select_related()."""
    own = Attempt.objects.of(request.user).select_related(along)
    return get_object_or_404(own, uuid=attempt)


def _my_item(request: HttpRequest, attempt: uuid.UUID, position: int) -> AttemptItem:
    """One item of the person's own attempt; raises Http404 for anybody else's.

    The process cache keeps it for SECONDS, because quiz.js saves at every change of a form and a paper is frozen.
    attempts.save() checks whether the attempt still takes answers.
    """
    here = remember(("item", attempt, position), SECONDS, lambda: _frozen_item(attempt, position))
    if here is None or here.attempt.enrolment.learner_id != request.user.pk:
        raise Http404
    return here


def _frozen_item(attempt: uuid.UUID, position: int) -> AttemptItem | None:
    items = AttemptItem.objects.everybody("_my_item() looks whose").filter(attempt__uuid=attempt, position=position)
    here = items.select_related("attempt__enrolment").first()
    if here:
        found = here.version_id
        here.version = remember(("version", found), SECONDS, lambda: QuestionVersion.objects.get(pk=found))
    return here


def _quiz(enrolment: Enrolment, key: uuid.UUID) -> QuizPage | None:
    """The page of a test in the language of the enrolment's release; None while it is not published."""
    language = enrolment.release.language
    return QuizPage.objects.live().filter(translation_key=key, locale__language_code=language).first()


def _item(attempt: Attempt, position: int) -> AttemptItem:
    return get_object_or_404(attempt.items.select_related("version"), position=position)


def _show(
    request: HttpRequest, mine: Attempt, position: int, error: str | None, as_saved: bool = False
) -> HttpResponse:
    """Render the page of one question. With an error, the form holds what was posted, or the saved answer."""
    items = attempt_pages.items_of(mine)
    if not 1 <= position <= len(items):
        raise Http404
    here = items[position - 1]
    if error:
        here.flagged = "flag" in request.POST
    context = attempt_pages.item_page(mine, items, here, request.POST if error and not as_saved else None)
    return render(
        request, "quizzes/item.html", {**context, "error": error, "as_saved": as_saved}, status=422 if error else 200
    )


def _over(request: HttpRequest, mine: Attempt) -> HttpResponse | None:
    """Redirect to the result when the attempt is over or its time is up, and close it if it is open; else None."""
    if mine.state == State.OPEN and mine.deadline > timezone.now():
        return None
    if mine.state == State.OPEN:
        attempts.submit(mine)
        text = _("The time was up at %(time)s. What you had saved by then was handed in.")
        messages.info(request, text % {"time": formats.time_format(timezone.localtime(mine.deadline), "H:i")})
    elif request.method == "POST":
        messages.info(request, _("This attempt had been handed in already, so nothing was changed."))
    return redirect("quizzes:result", mine.uuid)


def _op(request: HttpRequest) -> int | None:
    """The posted operation number, from 1 to MOST_OPS; None without a usable one."""
    return small_number(request.POST.get("op", ""), MOST_OPS) or None


def _when(moment) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
