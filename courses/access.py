"""Who may open which page of a course: the one place that decides it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from wagtail.models import Site

from accounts.process_cache import remember
from courses import progress
from courses.models.pages import CoursePage, StepMixin
from courses.progress import Study

SECONDS = 30  # a course's own words are the same for everybody; a lesson's are looked up each time


@dataclass(frozen=True)
class Visit:
    """One person looking at one page of a course."""

    course: CoursePage
    study: Study | None
    may_read: bool
    staff: bool


def course_of(page) -> CoursePage | None:
    """The course a page belongs to: itself or the one above it."""
    if isinstance(page, CoursePage):
        return page
    if page.depth < 4:
        return None
    # Home is at depth 2, its courses at depth 3: the path's first twelve characters are the course's.
    path = page.path[: 3 * page.steplen]
    courses = CoursePage.objects.filter(path=path).select_related("edition", "locale")
    return remember(("course", path), SECONDS, courses.first)


def address(request: HttpRequest, page) -> str:
    """The page's address on this site; page.get_url() would ask the database for every site's root."""
    root = Site.find_for_request(request).root_page.url_path
    return reverse("wagtail_serve", args=[page.url_path.removeprefix(root)])


def visit(request: HttpRequest, page) -> Visit | None:
    """How this person stands to this page; None for a page outside courses.

    A step is read by whoever is enrolled and has it in their release; editors read freely.
    """
    course = course_of(page)
    if course is None:
        return None
    here = str(page.translation_key) if isinstance(page, StepMixin) else ""
    course_url = address(request, course)
    study = progress.study(request.user, course.translation_key, here, course_url)
    listed = bool(study and study.enrolment and study.here)
    staff = False
    if here and not listed:
        staff = request.user.is_authenticated and request.user.is_staff
    return Visit(course, study, may_read=not here or listed or staff, staff=staff)
