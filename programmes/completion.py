"""What the completion report shows of an enrolment, on the screen and in the files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts import shares
from accounts.models import Cadre
from certificates import codes
from certificates.models import Certificate
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease, Enrolment, completing

CADRES = dict(Cadre.choices)


class CompletionState(models.TextChoices):
    COMPLETE = "complete", pgettext_lazy("a course", "Completed")
    UNDER_WAY = "under_way", _("Under way")
    LEFT = "left", _("Left the course")


class CompletionRow(Enrolment):
    """One enrolment as a row of the report. A read-only proxy of Enrolment; what is shown of it is a ReportLine."""

    class Meta:
        proxy = True
        verbose_name = _("completion")
        default_permissions = ()


class ReportLine(NamedTuple):
    """What the report shows of one row: values as lines() reads them, and as properties what is made of them.

    Screen and files take their columns from here, so that they agree.
    """

    name: str
    email: str
    country_code: str
    facility_name: str | None
    cadre_code: str
    time_zone: str
    enrolled_at: datetime
    left_at: datetime | None
    completed_at: datetime | None
    completed_on: date | None
    steps_done: int  # of the learner's own release
    points: Decimal | None
    max_points: Decimal | None
    certificate_code: str | None
    course: str
    steps_all: int

    @property
    def country(self) -> str:
        return countries.name(self.country_code)

    @property
    def facility(self) -> str:
        return self.facility_name or ""

    @property
    def cadre(self) -> str:
        return str(CADRES.get(self.cadre_code, self.cadre_code))

    @property
    def score(self) -> str:
        """The total score of the passed tests, as points and per cent; empty without a score."""
        if not self.max_points or self.points is None:
            return ""
        share = shares.percent(self.points, self.max_points)
        return f"{shares.points(self.points)}/{shares.points(self.max_points)} ({share} %)"

    @property
    def points_earned(self) -> Decimal | None:
        """The points of the score as a number for the files, cut as on the screen. None without a score."""
        return shares.cut(self.points, shares.POINTS_PLACES) if self.max_points and self.points is not None else None

    @property
    def points_possible(self) -> Decimal | None:
        return shares.cut(self.max_points, shares.POINTS_PLACES) if self.max_points else None

    @property
    def percent(self) -> Decimal | None:
        if not self.max_points or self.points is None:
            return None
        return shares.cut(shares.share(self.points, self.max_points), shares.PERCENT_PLACES)

    @property
    def state(self) -> str:
        if self.completed_at:
            return str(CompletionState.COMPLETE.label)
        return str(CompletionState.LEFT.label if self.left_at else CompletionState.UNDER_WAY.label)

    @property
    def enrolled_on(self) -> date:
        """The day in the learner's time zone, as completed_on; so it is the same for every reader and in the files."""
        return timezone.localdate(self.enrolled_at, ZoneInfo(self.time_zone))

    @property
    def certificate(self) -> str:
        return codes.shown(self.certificate_code) if self.certificate_code else ""


# The columns of the files: one number, one day or one text each. The screen puts several into one cell.
COLUMNS: dict[str, Any] = {
    "name": _("Name"),
    "email": _("Email"),
    "country": _("Country"),
    "facility": _("Facility"),
    "cadre": _("Work"),
    "course": _("Course"),
    "enrolled_on": _("Joined on"),
    "steps_done": _("Steps done"),
    "steps_all": _("Steps in all"),
    "state": _("Status"),
    "points_earned": _("Points"),
    "points_possible": _("Points in all"),
    "percent": _("Score in per cent"),
    "completed_on": _("Completed on"),
    "certificate": _("Certificate"),
}


def lines(page: QuerySet[CompletionRow]) -> list[ReportLine]:
    """Return what the report shows of these rows: those of one page, or one portion of a file. Takes two queries.

    The releases are read once and not joined: each holds a whole outline.
    """
    released = CourseRelease.objects.order_by().values_list(
        "pk", "outline", "code", course_title("course_key", "short_title")
    )
    outlines, courses = {}, {}
    for pk, outline, code, title in released:
        outlines[pk], courses[pk] = outline, (f"{code} {title}", len(outline))
    valid = Certificate.objects.filter(achievement=OuterRef("uuid"), standing="valid")
    read = page.annotate(
        steps_done=Count("completions", filter=_of_own_release(outlines)),
        points=Sum("completions__score"),
        max_points=Sum("completions__max_score"),
        certificate_code=Subquery(valid.values("code")[:1]),
    ).values_list(
        *(f"learner__{field}" for field in ("name", "email", "country", "facility__name", "cadre", "time_zone")),
        *("enrolled_at", "left_at", "completed_at", "completed_on"),
        *("steps_done", "points", "max_points", "certificate_code", "release_id"),
    )
    try:
        return [ReportLine._make([*values, *courses[release]]) for *values, release in read]
    except KeyError:  # a course was released between the two queries
        return lines(page)


def course_title(key: str, otherwise: str) -> Coalesce:
    """The short title that a course has today, in the language of the reader where there is one; lookups of a row."""
    foreign = Case(When(locale__language_code=get_language(), then=0), default=1)
    pages = CoursePage.objects.filter(translation_key=OuterRef(key), alias_of=None).order_by(foreign, "path")
    return Coalesce(Subquery(pages.values("short_title")[:1]), otherwise)


def _of_own_release(outlines: dict[int, list[dict]]) -> Q:
    """Completions of steps of the learner's release. A shorter release may lack steps that the learner has done."""
    own = Q(pk=None)
    for pk, steps in outlines.items():
        own |= Q(release=pk) & completing(steps)
    return own
