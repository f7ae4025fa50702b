"""Decide who may open which page of a course. No other module decides this."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.process_cache import remember
from courses import notices, studies
from courses.models.pages import CoursePage, StepMixin
from courses.models.records import Enrolment
from courses.study import Study

CACHE_SECONDS = 30  # the course of a page is the same for everybody, so each process keeps it


@dataclass(frozen=True)
class Visit:
    """One person looking at one page of a course. `staff`: they may read this step only because they are staff."""

    course: CoursePage
    study: Study | None
    may_read: bool
    staff: bool


def course_of(page) -> CoursePage | None:
    """The course that a page is or belongs to; None for a page outside courses."""
    if isinstance(page, CoursePage):
        return page
    if page.depth < 4:
        return None
    # The home page is at depth 2 and courses are at depth 3, so the first 3 steps of the path are the course's path.
    path = page.path[: 3 * page.steplen]
    courses = CoursePage.objects.filter(path=path).select_related("edition", "locale")
    return remember(("course", path), CACHE_SECONDS, courses.first)


def visit(request: HttpRequest, page) -> Visit | None:
    """The visit of this request to this page, and whether the person may read it; None for a page outside courses.

    An enrolled learner may read the steps of their release, whoever has read a step before may read its correction of
    safety, and staff may read every step. All other pages of a course are open to everybody.
    """
    course = course_of(page)
    if course is None:
        return None
    step_key = str(page.translation_key) if isinstance(page, StepMixin) else ""
    study = studies.study(request.user, course.translation_key, step_key, course.locale.language_code)
    in_release = bool(study and study.enrolment and study.current_step)
    staff = told = False
    if step_key and not in_release:
        staff = request.user.is_authenticated and request.user.is_staff
        told = not staff and notices.asks_to_read(request.user, step_key)
    return Visit(course, study, may_read=not step_key or in_release or staff or told, staff=staff)


def open_steps(request: HttpRequest, step_keys: Collection[str]) -> set[str]:
    """Those of these steps that the person may read as a learner or as staff, for links; at most two queries.

    What visit() opens besides is not among them.
    """
    user = request.user
    if not user.is_authenticated:
        return set()
    if user.is_staff:
        return set(step_keys)
    outlines = Enrolment.objects.of(user).active().values_list("release__outline", flat=True)
    return {step["key"] for outline in outlines for step in outline}.intersection(step_keys)
