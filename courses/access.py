"""Decide who may open which page of a course. No other module decides this."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from accounts.process_cache import remember
from courses import notices, studies
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease, Enrolment
from courses.models.steps import StepMixin
from courses.outline import course_page, pages_by_key
from courses.study import Step, Study, steps_of

CACHE_SECONDS = 30  # the course of a page is the same for everybody, so each process keeps it


@dataclass(frozen=True)
class Visit:
    """One person looking at one page of a course. `staff`: they may read this step only because they are staff.

    `sample`: it is the first lesson, and they have not joined. `asked_elsewhere`: they may not read it here, and another
    course that they are taking still asks for it.
    """

    course: CoursePage
    study: Study | None
    may_read: bool
    staff: bool
    sample: bool
    asked_elsewhere: bool


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
    safety, and staff may read every step. The first lesson of a course and all pages that are no steps are open to
    everybody.
    """
    course = course_of(page)
    if course is None:
        return None
    step_key = str(page.translation_key) if isinstance(page, StepMixin) else ""
    language = course.locale.language_code
    study = studies.study(request.user, course.translation_key, step_key, language)
    in_release = bool(study and study.enrolment and study.current_step)
    staff = told = first = False
    if step_key and not in_release:
        first = step_key == _first_lesson_key(course, study, language)
        staff = not first and request.user.is_authenticated and request.user.is_staff
        told = not first and not staff and notices.asks_to_read(request.user, step_key)
    may_read = not step_key or in_release or first or staff or told
    return Visit(
        course,
        study,
        may_read=may_read,
        staff=staff,
        sample=first and not (study and study.enrolment),
        asked_elsewhere=not may_read and _is_asked_of(request.user, step_key),
    )


def _is_asked_of(user: User | AnonymousUser, step_key: str) -> bool:
    """Whether a course that the person has not completed needs this step, wherever its page stands; one query."""
    if not user.is_authenticated:
        return False
    releases = CourseRelease.objects.filter(pk__in=Enrolment.objects.of(user).open().values("release"))
    return any(release.certifies(step_key) for release in releases)


def _first_lesson_key(course: CoursePage, study: Study | None, language: str) -> str:
    """The key of the lesson that is open to everybody: the first one of the current release; "" for none."""
    if study and study.enrolment:  # in another release
        study = studies.study(AnonymousUser(), course.translation_key, language=language)
    return study.first_lesson.key if study and study.first_lesson else ""


def first_lessons(releases: Iterable[CourseRelease]) -> list[Step]:
    """The lesson of each of these releases that is open to everybody, if it has one; one query.

    The releases are the current ones of their courses. Titles and addresses are in the language of the release.
    """
    releases = list(releases)
    keys = {key for release in releases for key in release.page_keys}
    pages = pages_by_key(keys, *(release.language for release in releases))
    studies_of_nobody = (
        Study(None, release, steps=steps_of(release, set(), pages), course=course_page(release, pages))
        for release in releases
    )
    return [study.first_lesson for study in studies_of_nobody if study.first_lesson]


def open_steps(request: HttpRequest, releases: Iterable[CourseRelease], step_keys: Collection[str]) -> set[str]:
    """Those of these steps of current releases that the person may read, for links; at most three queries.

    A correction of safety that visit() opens besides is not among them.
    """
    user = request.user
    if user.is_authenticated and user.is_staff:
        return set(step_keys)
    found = {lesson.key for lesson in first_lessons(releases)}
    if user.is_authenticated:
        outlines = Enrolment.objects.of(user).active().values_list("release__outline", flat=True)
        found |= {step["key"] for outline in outlines for step in outline}
    return found.intersection(step_keys)
