"""The completion report: learner, progress, score and certificate, only for the countries of the reader."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView

from accounts import shares
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import Cadre, Role
from accounts.roles import holds
from certificates import codes
from certificates.models import Certificate
from courses.models.pages import CoursePage
from courses.models.records import CourseRelease, Enrolment, completing
from courses.outline import course_page, pages_by_key


class CompletionState(models.TextChoices):
    COMPLETE = "complete", pgettext_lazy("a course", "Completed")
    UNDER_WAY = "under_way", _("Under way")
    LEFT = "left", _("Left the course")


class CompletionRow(Enrolment):
    """One enrolment as a row of the report. A read-only proxy of Enrolment."""

    # Annotations of rows().
    course_title: str
    release_code: str
    steps_done: int  # of the learner's own release
    steps_all: int
    points: Decimal | None
    max_points: Decimal | None
    certificate_code: str | None

    class Meta:
        proxy = True
        verbose_name = _("completion")
        default_permissions = ()

    @property
    def name(self) -> str:
        return self.learner.name

    @property
    def email(self) -> str:
        return self.learner.email

    @property
    def country(self) -> str:
        return str(self.learner.country.name)  # type: ignore[attr-defined]  # the stubs lack the Country type

    @property
    def facility(self) -> str:
        return str(self.learner.facility or "")

    @property
    def cadre(self) -> str:
        return str(self.learner.get_cadre_display())

    @property
    def course(self) -> str:
        return f"{self.release_code} {self.course_title}"

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
        return self.learner.day_of(self.enrolled_at)

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


def rows(user) -> QuerySet[CompletionRow]:
    """Return the rows that `user` may see. Reading them takes three queries, whatever the number of rows.

    The releases are read once and not joined: each holds a whole outline.
    """
    outlines = {release.pk: release.steps for release in CourseRelease.objects.only("outline")}
    valid = Certificate.objects.filter(achievement=OuterRef("uuid"), standing="valid")
    annotations: dict[str, Any] = {
        "course_title": course_title("course_key", "release__short_title"),
        "release_code": F("release__code"),
        "steps_done": Count("completions", filter=_of_own_release(outlines)),
        "steps_all": Case(
            *[When(release=pk, then=len(steps)) for pk, steps in outlines.items()],
            default=Value(0),
            output_field=models.IntegerField(),
        ),
        "points": Sum("completions__score"),
        "max_points": Sum("completions__max_score"),
        "certificate_code": Subquery(valid.values("code")[:1]),
    }
    return (
        CompletionRow.objects.visible_to(user, Role.MANAGER)
        .select_related("learner__facility")
        .annotate(**annotations)
        .order_by("learner__name", "pk")
    )


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


def may_read(user) -> bool:
    """Whether `user` may read the report: as a manager of any country, or as an administrator."""
    return holds(user, Role.MANAGER)


def course_choices() -> list[tuple[str, str]]:
    """Every released course, by its key, with its code and its short title of today."""
    released = {str(release.course_key): release for release in CourseRelease.objects.order_by("pk")}
    pages = pages_by_key(released, get_language() or "")
    titles = {key: f"{release.code} {course_page(release, pages).short_title}" for key, release in released.items()}
    return sorted(titles.items(), key=lambda pair: pair[1])


class CompletionFilterSet(WagtailFilterSet):
    q = django_filters.CharFilter(label=_("Name or email"), method="search", max_length=100)
    course_key = django_filters.ChoiceFilter(label=_("Course"), choices=course_choices, empty_label=_("Any"))
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=CompletionState.choices, method="in_state", empty_label=_("Any")
    )
    cadre = django_filters.ChoiceFilter(
        label=_("Work"), field_name="learner__cadre", choices=Cadre.choices, empty_label=_("Any")
    )
    country = django_filters.ChoiceFilter(label=_("Country"), field_name="learner__country", empty_label=_("Any"))
    since = django_filters.DateFilter(
        label=_("Completed since"),
        field_name="completed_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = CompletionRow
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Offer only countries of visible rows, because the list must not reveal the others.
        visible = Enrolment.objects.visible_to(self.request.user, Role.MANAGER)
        codes_in_use = visible.order_by().values_list("learner__country", flat=True).distinct()
        names = dict(countries)
        self.filters["country"].extra["choices"] = sorted(
            ((code, names.get(code, code)) for code in set(codes_in_use)), key=lambda pair: str(pair[1])
        )

    def search(self, queryset, _name, value):
        for word in value.split():
            queryset = queryset.filter(Q(learner__name__icontains=word) | Q(learner__email__icontains=word))
        return queryset

    def in_state(self, queryset, _name, value):
        if value == CompletionState.COMPLETE:
            return queryset.exclude(completed_at=None)
        queryset = queryset.filter(completed_at=None)
        return queryset.exclude(left_at=None) if value == CompletionState.LEFT else queryset.filter(left_at=None)


class CompletionReportView(ReportView):
    """The report in the admin. It also exports its rows as CSV and XLSX."""

    page_title = _("Completion")
    header_icon = "table"
    index_url_name = "completion_report"
    index_results_url_name = "completion_report_results"
    results_template_name = "programmes/admin/completion_results.html"
    filterset_class = CompletionFilterSet
    model = CompletionRow
    list_export = list(COLUMNS)
    export_headings = COLUMNS
    export_filename = "completion"
    default_ordering = None

    def user_has_any_permission(self, _permissions) -> bool:
        return may_read(self.request.user)

    any_permission_required = ["view"]

    def get_queryset(self):
        return rows(self.request.user)

    def as_spreadsheet(self, queryset, spreadsheet_format):
        """Record the export in the audit trail with the names of the filters. Their values may be personal."""
        filters = ",".join(sorted(name for name in self.filterset_class.base_filters if self.request.GET.get(name)))
        trail.record(
            Verb.REPORT_EXPORTED, self.request.user, format=spreadsheet_format, rows=queryset.count(), filters=filters
        )
        return super().as_spreadsheet(queryset, spreadsheet_format)

    def get_context_data(self, *args, **kwargs):
        return super().get_context_data(*args, **kwargs) | {"counted_at": timezone.now()}
