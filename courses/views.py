"""The views that are not Wagtail pages: the catalogue, a person's learning, and what the pages of a course post."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.models import Page

from accounts.authentication.decorators import signed_in
from accounts.authentication.requests import SignedInRequest
from accounts.languages import LANGUAGES
from certificates.models import Certificate
from courses import catalogue as shelf
from courses import enrolment as enrolments
from courses import progress
from courses.models.pages import CoursePage
from courses.models.records import NOTE_LENGTH, CourseRelease, Enrolment


def catalogue(request: HttpRequest) -> HttpResponse:
    words = _plain(request.GET.get("q", "")).strip()[:100]
    language = request.GET.get("in", "")
    if language not in [item["code"] for item in LANGUAGES]:
        language = ""
    entries = shelf.entries(request, words, language)
    context = {
        "entries": entries,
        "words": words,
        "language": language,
        "languages": LANGUAGES,
        "totals": shelf.totals(entries),
        "section": "courses",
    }
    return render(request, "courses/catalogue.html", context)


@signed_in
@never_cache
def learning(request: SignedInRequest) -> HttpResponse:
    studies = progress.studies(request.user)
    urls = shelf.course_urls(request, [study.release.course_key for study in studies])
    courses = [(study, urls.get(study.release.course_key, "")) for study in studies]
    now = next(((study, url) for study, url in courses if study.next_open and url), None)
    context = {
        "courses": courses,
        "now": now,
        "certificates": Certificate.objects.of(request.user).order_by("-issued_at"),
        "section": "learning",
    }
    return render(request, "courses/learning.html", context)


@signed_in
@require_POST
def join(request: SignedInRequest, course_key: uuid.UUID) -> HttpResponse:
    course = get_object_or_404(CoursePage.objects.live(), translation_key=course_key)
    try:
        enrolments.join(request.user, course_key)
    except enrolments.NotReleased:
        messages.error(request, _("This course is not open yet: it has no release. Nothing was changed."))
        return redirect(course.get_url(request))
    messages.success(request, _("You have joined the course. You can leave it at any time."))
    return redirect(_next(request) or course.get_url(request))


@signed_in
def leave(request: SignedInRequest, enrolment: uuid.UUID) -> HttpResponse:
    mine = _mine(request, enrolment)
    if request.method == "POST":
        enrolments.leave(mine)
        messages.success(
            request, _("You have left the course. What you did is kept, and is here again if you come back.")
        )
        return redirect("learning")
    return render(request, "courses/leave.html", {"enrolment": mine, "section": "learning"})


@signed_in
@require_POST
def renew(request: SignedInRequest, enrolment: uuid.UUID) -> HttpResponse:
    mine = _mine(request, enrolment)
    course = get_object_or_404(CoursePage.objects.live(), translation_key=mine.course_key)
    try:
        enrolments.renew(mine)
    except (enrolments.NotReleased, ValueError):
        messages.error(
            request, _("This course cannot be taken again yet. It opens 90 days before your certificate expires.")
        )
    return redirect(course.get_url(request))


@signed_in
@require_POST
def done(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    """Mark a lesson as done and redirect to the next step, or to the course when nothing is left."""
    mine, item = _my_step(request, enrolment, step)
    if item["kind"] != "lesson":
        raise Http404
    progress.complete_step(mine, step)
    course = get_object_or_404(CoursePage, translation_key=mine.course_key)
    study = progress.study(request.user, mine.course_key, str(step))
    base = course.get_url(request)
    if study and study.after and study.left:
        return redirect(base + study.after.path)
    return redirect(base)


@signed_in
@require_POST
def position(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    mine, _item = _my_step(request, enrolment, step)
    try:
        block = uuid.UUID(request.POST.get("block", ""))
    except ValueError:
        return HttpResponse(status=400)
    progress.keep_position(mine, step, block)
    return HttpResponse(status=204)


@signed_in
@require_POST
def note(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    mine, item = _my_step(request, enrolment, step)
    # A browser counts a line break as one character against the limit but sends two.
    text = _plain(request.POST.get("note", "")).replace("\r\n", "\n")
    if len(text) > NOTE_LENGTH:
        context = {"text": text, "limit": NOTE_LENGTH, "enrolment": mine, "step": item, "section": "learning"}
        return render(request, "courses/note_too_long.html", context, status=400)
    progress.keep_note(mine, step, text)
    messages.success(request, _("Your note is kept.") if text.strip() else _("Your note is removed."))
    page = get_object_or_404(Page.objects.live(), translation_key=step)
    return redirect(page.get_url(request) + "#note")


def _plain(text: str) -> str:
    """The text without NUL, the one character that PostgreSQL cannot store."""
    return text.replace("\0", "")


def _mine(request: SignedInRequest, enrolment: uuid.UUID) -> Enrolment:
    """The person's own active enrolment. Raises Http404 otherwise, also for an enrolment of somebody else."""
    return get_object_or_404(Enrolment.objects.of(request.user).active().select_related("release"), uuid=enrolment)


def _my_step(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> tuple[Enrolment, dict]:
    mine = _mine(request, enrolment)
    item = _in_release(mine.release, step)
    if item is None:
        raise Http404
    return mine, item


def _in_release(release: CourseRelease, step: uuid.UUID) -> dict | None:
    return next((item for item in release.steps if item["key"] == str(step)), None)


def _next(request: HttpRequest) -> str:
    """The URL to return to, from the form; "" when it leads to another site."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if ours else ""
