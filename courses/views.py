"""The views that are not Wagtail pages: the catalogue, My learning, and the forms of a course."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.authentication.decorators import signed_in
from accounts.authentication.requests import SignedInRequest, is_from_script
from accounts.languages import shown_languages
from certificates.models import Certificate
from courses import catalogue as course_catalogue
from courses import enrolment as enrolments
from courses import lesson_search, notices, progress, studies
from courses.models.records import NOTE_LENGTH, CourseRelease, Enrolment, ReleaseNotice
from courses.outline import course_page, pages_by_key
from courses.running import running_steps

OWN_DECISION = gettext_lazy(
    "You released this course without a test, so you cannot take it until another reviewer has released it."
)


def catalogue(request: HttpRequest) -> HttpResponse:
    words = _without_nul(request.GET.get("q", "")).strip()[:100]
    # What a search shows of lessons depends on who may read them, so it looks at the releases of this moment.
    courses = course_catalogue.current_entries() if words else course_catalogue.entries()
    languages = course_catalogue.languages(courses)
    language = request.GET.get("in", "")
    if language not in languages:
        language = ""
    open_courses = course_catalogue.in_language(courses, language)
    entries = course_catalogue.matching(open_courses, words)
    context = {
        "entries": entries,
        "lessons": lesson_search.find(request, words, open_courses),
        "most_lessons": lesson_search.MOST,
        "words": words,
        "language": language,
        "languages": shown_languages(languages),
        "totals": course_catalogue.totals(entries),
        "section": "courses",
    }
    return render(request, "courses/catalogue.html", context)


@signed_in
@never_cache
def learning(request: SignedInRequest) -> HttpResponse:
    own_studies = studies.studies(request.user)
    certificates = Certificate.objects.listed_for(request.user)
    context = {
        "studies": own_studies,
        "notices": notices.unconfirmed(request.user, next(iter(own_studies), None)),
        "running": running_steps(request.user),
        "study": next((study for study in own_studies if study.next_open and study.course_url), None),
        # The first look is cheap. Most who learn have no certificate yet, and the list has seventy columns.
        "certificates": certificates if certificates.exists() else [],
        "section": "learning",
    }
    return render(request, "courses/learning.html", context)


@signed_in
@require_POST
def confirm_notice(request: SignedInRequest, notice: uuid.UUID) -> HttpResponse:
    """Record that the person has read what a release told them."""
    notices.confirm(get_object_or_404(ReleaseNotice.objects.of(request.user), uuid=notice))
    messages.success(request, _("Thank you. We have noted that you have read this."))
    return redirect(_next(request) or "learning")


@signed_in
@require_POST
def join(request: SignedInRequest, course_key: uuid.UUID) -> HttpResponse:
    course_url = _course_url(course_key)
    try:
        enrolments.join(request.user, course_key)
    except enrolments.OwnDecision:
        messages.error(request, OWN_DECISION)
        return redirect(course_url)
    except enrolments.NotReleased:
        messages.error(request, _("This course is not open yet: it has no release. Nothing has changed."))
        return redirect(course_url)
    messages.success(request, _("You have joined the course. You can leave it at any time."))
    return redirect(_next(request) or course_url)


@signed_in
def leave(request: SignedInRequest, enrolment: uuid.UUID) -> HttpResponse:
    own_enrolment = _own_enrolment(request, enrolment)
    if request.method == "POST":
        enrolments.leave(own_enrolment)
        messages.success(
            request, _("You have left the course. Your progress is kept, and you get it back when you join again.")
        )
        return redirect("learning")
    release = own_enrolment.release
    context = {
        "course": course_page(release, studies.remembered_pages(release)),
        "running": running_steps(request.user, own_enrolment.course_key),
        "section": "learning",
    }
    return render(request, "courses/leave.html", context)


@signed_in
@require_POST
def renew(request: SignedInRequest, enrolment: uuid.UUID) -> HttpResponse:
    own_enrolment = _own_enrolment(request, enrolment)
    course_url = _course_url(own_enrolment.course_key)
    try:
        enrolments.renew(own_enrolment)
    except enrolments.OwnDecision:
        messages.error(request, OWN_DECISION)
    except (enrolments.NotReleased, ValueError):
        messages.error(
            request, _("This course cannot be taken again yet. It opens 90 days before your certificate expires.")
        )
    return redirect(course_url)


@signed_in
@require_POST
def done(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    """Mark a lesson as done and redirect to the next step that can be opened, or to the course.

    A "done" that comes too early waits, and the message says until when.
    """
    own_enrolment, item = _own_step(request, enrolment, step)
    if item["kind"] != "lesson":
        raise Http404
    counts_at = progress.mark_done(own_enrolment, item)
    study = studies.study(request.user, own_enrolment.course_key, str(step))
    if counts_at and study and study.current_step:
        text = _("“%(lesson)s” is marked as done. It counts from %(time)s, your time.")
        time = formats.time_format(timezone.localtime(counts_at), "H:i")
        messages.info(request, text % {"lesson": study.current_step.title, "time": time})
    if study and study.next_step and study.left:
        return redirect(study.next_step.url)
    return redirect((study and study.course_url) or "learning")


@signed_in
@require_POST
def position(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    own_enrolment, _item = _own_step(request, enrolment, step)
    try:
        block = uuid.UUID(request.POST.get("block", ""))
    except ValueError:
        return HttpResponse(status=400)
    progress.save_position(own_enrolment, step, block)
    return HttpResponse(status=204)


@signed_in
@require_POST
def note(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    own_enrolment, item = _own_step(request, enrolment, step)
    # A browser counts a line break as one character for the limit but sends two.
    text = _without_nul(request.POST.get("note", "")).replace("\r\n", "\n")
    version = request.POST.get("version")
    if len(text) > NOTE_LENGTH:
        context = {"too_long": True, "size": len(text), "limit": NOTE_LENGTH, "version": version or ""}
        return _note_not_saved(request, 400, context | {"text": text, "enrolment": own_enrolment, "step": item})
    try:
        progress.save_note(own_enrolment, step, text, version=version)
    except progress.NoteChanged as change:
        context = {"changed": True, "other": change.text, "version": progress.note_version(change.text)}
        return _note_not_saved(request, 409, context | {"text": text, "enrolment": own_enrolment, "step": item})
    saved = _("Your note is saved.") if text.strip() else _("Your note is removed.")
    if is_from_script(request):
        context = {"saved": saved, "version": progress.note_version(text if text.strip() else "")}
        return render(request, "courses/note_answer.html", context)
    messages.success(request, saved)
    study = studies.study(request.user, own_enrolment.course_key, str(step))
    lesson_url = study.current_step.url if study and study.current_step else ""
    return redirect(f"{lesson_url}#note" if lesson_url else "learning")


def _note_not_saved(request: SignedInRequest, status: int, context: dict) -> HttpResponse:
    """Say why a note is not saved: forms.js gets what it shows in the form, a browser a page with the text."""
    template = "courses/note_answer.html" if is_from_script(request) else "courses/note_not_saved.html"
    return render(request, template, {**context, "section": "learning"}, status=status)


def _without_nul(text: str) -> str:
    """The text without NUL, the one character that PostgreSQL cannot store."""
    return text.replace("\0", "")


def _course_url(course_key: uuid.UUID) -> str:
    """The URL path of a course, in the reader's language if it can be. Raises Http404 when the course is offline."""
    key = str(course_key)
    page = pages_by_key([key], get_language() or "").get(key)
    if page is None or page.course != key or not page.url:
        raise Http404
    return page.url


def _own_enrolment(request: SignedInRequest, enrolment: uuid.UUID) -> Enrolment:
    """The enrolment, if it is active and the person's own. Raises Http404 otherwise."""
    return get_object_or_404(Enrolment.objects.of(request.user).active().select_related("release"), uuid=enrolment)


def _own_step(request: SignedInRequest, enrolment: uuid.UUID, step: uuid.UUID) -> tuple[Enrolment, dict]:
    own_enrolment = _own_enrolment(request, enrolment)
    item = _in_release(own_enrolment.release, step)
    if item is None:
        raise Http404
    return own_enrolment, item


def _in_release(release: CourseRelease, step: uuid.UUID) -> dict | None:
    return next((item for item in release.steps if item["key"] == str(step)), None)


def _next(request: HttpRequest) -> str:
    """The URL to return to, from the form; "" when it leads to another site."""
    target = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if is_safe else ""
