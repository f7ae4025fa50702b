"""The pages of a release as they are today. A release keeps keys; titles, addresses and sizes are looked up here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.models.pages import ModulePage
from courses.models.records import CourseRelease
from courses.models.steps import StepMixin

COURSE_PATH = 3 * Page.steplen  # the home page is at depth 2, and courses are at depth 3


def address(path: str) -> str:
    """The URL path of the page with this path below the home page, in the language of the interface."""
    return _address(path, get_language() or "")


@lru_cache(1000)
def _address(path: str, _language: str) -> str:
    """The address, remembered: a page of a course shows some twenty of them, and it depends on nothing else."""
    return reverse("wagtail_serve", args=[path])


@dataclass(frozen=True)
class OutlinePage:
    """What the outline shows of one page: a course, a module or a step."""

    title: str = ""
    short_title: str = ""  # of a course
    number: str = ""
    path: str = ""  # below the home page, as the URL pattern `wagtail_serve` takes it
    language: str = "en"
    bytes: int = 0  # transferred to open a step, see StepMixin.weight()
    live: bool = False
    course: str = ""  # the key of the course in which the page stands; "" for one that was not looked up

    @property
    def url(self) -> str:
        """The URL path in the language of the interface; "" while the page is not published."""
        return address(self.path) if self.live else ""


DELETED = OutlinePage(title=_("Deleted page"))  # type: ignore[arg-type]  # in the language of the reader


def step_classes() -> list[type[Page]]:
    """Every page class that is a step, in any app."""

    def subclasses_of(cls: type[Page]) -> list[type[Page]]:
        children: list[type[Page]] = cls.__subclasses__()
        return [subclass for child in children for subclass in (child, *subclasses_of(child))]

    return [cls for cls in subclasses_of(Page) if issubclass(cls, StepMixin) and not cls._meta.abstract]


def pages_by_key(keys: Iterable[str], *languages: str) -> dict[str, OutlinePage]:
    """The page of each of these keys; one query. `keys` must contain the keys of the courses.

    Of several translations, a published one comes first, then the one whose language comes first in `languages`.
    """
    rows = list(_rows(set(keys)))
    courses = {row["path"]: str(row["translation_key"]) for row in rows if len(row["path"]) == COURSE_PATH}
    best: dict[str, tuple[tuple, OutlinePage]] = {}
    for row in rows:
        key, language = str(row["translation_key"]), row["locale__language_code"]
        rank = (not row["live"], languages.index(language) if language in languages else len(languages))
        if key not in best or rank < best[key][0]:
            page = OutlinePage(
                title=row["title"],
                short_title=row["short_title"] or "",
                number=row["number"] or "",
                path=row["url_path"].split("/", 2)[2],
                language=language,
                bytes=row["bytes"] or 0,
                live=row["live"],
                course=courses.get(row["path"][:COURSE_PATH], ""),
            )
            best[key] = rank, page
    return {key: page for key, (_rank, page) in best.items()}


def published_pages(release: CourseRelease) -> dict[str, OutlinePage]:
    """The published ones of pages_by_key(release.page_keys): title, language and course only; one query.

    It takes a third of the time, for deciding what somebody has completed.
    """
    pages = Page.objects.filter(translation_key__in=release.page_keys, alias_of=None).order_by("path")
    rows = list(pages.values_list("translation_key", "path", "live", "title", "locale__language_code"))
    courses = {path: str(key) for key, path, *_ in rows if len(path) == COURSE_PATH}
    published: dict[str, OutlinePage] = {}
    for key, path, live, title, language in rows:
        if live and str(key) not in published:
            course = courses.get(path[:COURSE_PATH], "")
            published[str(key)] = OutlinePage(title=title, language=language, live=True, course=course)
    return published


def _rows(keys: set[str]):
    """An alias is another address of a page, so it is not among them."""
    steps: list[type[Page]] = step_classes()
    numbered_classes: list[type[Page]] = [ModulePage, *steps]
    numbered = [f"{cls._meta.model_name}__number" for cls in numbered_classes]
    sized = [f"{cls._meta.model_name}__bytes" for cls in steps]
    return (
        Page.objects.filter(translation_key__in=keys, alias_of=None)
        .annotate(number=Coalesce(*numbered), bytes=Coalesce(*sized), short_title=F("coursepage__short_title"))
        .order_by("path")
        .values(
            *("translation_key", "path", "title", "locale__language_code", "url_path", "live"),
            *("number", "bytes", "short_title"),
        )
    )


def course_page(release: CourseRelease, pages: Mapping[str, OutlinePage]) -> OutlinePage:
    """The course of a release; with the title that it had at the release when the page is gone."""
    released = OutlinePage(title=release.title, short_title=release.short_title, language=release.language)
    return pages.get(str(release.course_key), released)


def titles(steps: list[dict], pages: Mapping[str, OutlinePage]) -> list[OutlinePage]:
    """The pages of these entries of an outline, in order."""
    return [pages.get(step["key"], DELETED) for step in steps]
