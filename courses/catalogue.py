"""The catalogue: published and released courses. The number of queries does not depend on their number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from courses.models.pages import CoursePage
from courses.models.records import CourseRelease
from courses.outline import pages_by_key


@dataclass(frozen=True)
class CatalogueEntry:
    """One course of the catalogue: its page, its newest release, its URL, and the bytes of all its steps together."""

    course: CoursePage
    release: CourseRelease
    url: str
    bytes: int

    @property
    def lessons(self) -> int:
        return sum(step["kind"] == "lesson" for step in self.release.steps)

    @property
    def description(self) -> str:
        """What the course page says about the course, for a search."""
        course = self.course
        outcomes = (item.value for item in course.outcomes)
        return "\n".join([course.title, course.short_title, course.lede, course.audience, *outcomes]).casefold()


def entries(request: HttpRequest, language: str = "") -> list[CatalogueEntry]:
    """Published and released courses; with `language`, only courses in it."""
    newest_release = CourseRelease.objects.filter(course_key=OuterRef("translation_key")).order_by("-pk")
    courses = (
        CoursePage.objects.live()
        .select_related("locale")
        .annotate(release_pk=Subquery(newest_release.values("pk")[:1]))
    )
    if language:
        courses = courses.filter(locale__language_code=language)
    pages = list(courses.exclude(release_pk=None).order_by("path"))
    releases = CourseRelease.objects.in_bulk([course.release_pk for course in pages])
    sizes = _sizes(releases.values())
    return [
        CatalogueEntry(course, releases[course.release_pk], course.get_url(request), sizes[course.release_pk])
        for course in pages
    ]


def _sizes(releases: Collection[CourseRelease]) -> dict[int, int]:
    """The bytes of the published steps of each release, by its pk; one query."""
    steps = pages_by_key({step["key"] for release in releases for step in release.steps})
    return {
        release.pk: sum(steps[step["key"]].bytes for step in release.steps if step["key"] in steps)
        for release in releases
    }


def languages() -> list[str]:
    """The codes of the languages in which there is a course in the catalogue; one query."""
    released = CourseRelease.objects.values("course_key")
    courses = CoursePage.objects.live().filter(translation_key__in=released)
    return list(courses.order_by().values_list("locale__language_code", flat=True).distinct())


def matching(courses: list[CatalogueEntry], words: str) -> list[CatalogueEntry]:
    """The entries whose description has every word of `words`, in any case of its letters."""
    wanted = words.casefold().split()
    return [entry for entry in courses if all(word in entry.description for word in wanted)]


def overview(request: HttpRequest) -> dict:
    """The template context of the home page: every course in the catalogue, and their totals."""
    courses = entries(request)
    return {"entries": courses, "totals": totals(courses)}


def totals(courses: list[CatalogueEntry]) -> dict:
    """The number of courses, modules and hours of these entries together."""
    modules = {step["module_key"] for entry in courses for step in entry.release.steps if step["module_key"]}
    return {
        "courses": len(courses),
        "modules": len(modules),
        "hours": sum((entry.release.hours for entry in courses), Decimal(0)),
    }
