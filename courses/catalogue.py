"""The catalogue: published and released courses. The number of queries does not depend on their number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from accounts.process_cache import forget_after_change, remember
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease
from courses.outline import address, pages_by_key


@dataclass(frozen=True)
class CatalogueEntry:
    """One course of the catalogue: its page, its newest release, and the bytes of all its steps together."""

    course: CoursePage
    release: CourseRelease
    bytes: int

    @property
    def url(self) -> str:
        """The URL path of the course, in the language of the interface."""
        return address(self.course.url_path.split("/", 2)[2])

    @property
    def language(self) -> str:
        return self.course.locale.language_code

    @property
    def lessons(self) -> int:
        return sum(step["kind"] == "lesson" for step in self.release.steps)

    @property
    def description(self) -> str:
        """What the course page says about the course, for a search."""
        course = self.course
        outcomes = (item.value for item in course.outcomes)
        return "\n".join([course.title, course.short_title, course.lede, course.audience, *outcomes]).casefold()


@receiver([page_published, page_unpublished])
def forget_what_was_published(**_kwargs) -> None:
    """Show at once, in this process, what an author has published or taken offline."""
    forget_after_change()


def entries() -> list[CatalogueEntry]:
    """Published and released courses, cached for 30 seconds in each process. For display only; do not change them.

    What an author publishes or releases shows at once in the process that did it.
    """
    return remember("catalogue", 30, current_entries)


def current_entries() -> list[CatalogueEntry]:
    """Published and released courses as they are now, in the order of their pages; three queries."""
    newest_release = CourseRelease.objects.filter(course_key=OuterRef("translation_key")).order_by("-pk")
    courses = (
        CoursePage.objects.live()
        .select_related("locale")
        .annotate(release_pk=Subquery(newest_release.values("pk")[:1]))
    )
    pages = list(courses.exclude(release_pk=None).order_by("path"))
    releases = CourseRelease.objects.in_bulk([course.release_pk for course in pages])
    sizes = _sizes(releases.values())
    return [CatalogueEntry(course, releases[course.release_pk], sizes[course.release_pk]) for course in pages]


def _sizes(releases: Collection[CourseRelease]) -> dict[int, int]:
    """The bytes of the published steps of each release, by its pk; one query."""
    steps = pages_by_key({step["key"] for release in releases for step in release.steps})
    return {
        release.pk: sum(steps[step["key"]].bytes for step in release.steps if step["key"] in steps)
        for release in releases
    }


def languages(courses: list[CatalogueEntry]) -> set[str]:
    """The codes of the languages in which there is a course."""
    return {entry.language for entry in courses}


def in_language(courses: list[CatalogueEntry], language: str) -> list[CatalogueEntry]:
    """The courses in this language; all for ""."""
    return [entry for entry in courses if language in ("", entry.language)]


def matching(courses: list[CatalogueEntry], words: str) -> list[CatalogueEntry]:
    """The entries whose description has every word of `words`, in any case of its letters."""
    wanted = words.casefold().split()
    return [entry for entry in courses if all(word in entry.description for word in wanted)]


def overview() -> dict:
    """The template context of the home page: every course in the catalogue, and their totals."""
    courses = entries()
    return {"entries": courses, "totals": totals(courses)}


def totals(courses: list[CatalogueEntry]) -> dict:
    """The number of courses, modules and hours of these entries together."""
    modules = {step["module_key"] for entry in courses for step in entry.release.steps if step["module_key"]}
    return {
        "courses": len(courses),
        "modules": len(modules),
        "hours": sum((entry.release.hours for entry in courses), Decimal(0)),
    }
