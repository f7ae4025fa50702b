"""The completion report: learner, progress, score and certificate, only for the countries of the reader."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView

from accounts import process_cache
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import Cadre, Role
from accounts.roles import holds
from courses.models.records import CourseRelease, Enrolment
from courses.outline import course_page, pages_by_key
from programmes.completion import COLUMNS, CompletionRow, CompletionState, ReportLine, lines


def rows(user) -> QuerySet[CompletionRow]:
    """Return the rows that `user` may see, by name. They are cheap to count, to filter and to cut into pages."""
    return CompletionRow.objects.visible_to(user, Role.MANAGER).order_by("learner__name", "pk")


def may_read(user) -> bool:
    """Whether `user` may read the report: as a manager of any country, or as an administrator."""
    return holds(user, Role.MANAGER)


def course_choices() -> list[tuple[str, str]]:
    """Every released course, by its key, with its code and its short title of today."""
    releases = CourseRelease.objects.order_by("pk").only("course_key", "code", "title", "short_title", "language")
    released = {str(release.course_key): release for release in releases}
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
        in_use = visible.order_by().values_list("learner__country", flat=True).distinct()
        # To find them, every enrolment is read, so they are remembered for a minute: a new country is then offered a
        # minute late. The key is the reader's scope, so whoever gets another one is offered the countries of that.
        key = "countries of enrolments", str(visible.query.where)
        names = dict(countries)
        self.filters["country"].extra["choices"] = sorted(
            ((code, names.get(code, code)) for code in process_cache.remember(key, 60, lambda: set(in_use))),
            key=lambda pair: str(pair[1]),
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


class PeopleReportView(ReportView):
    """A report for programme managers in the admin. It also exports its rows as CSV and XLSX."""

    default_ordering = None
    any_permission_required = ["view"]

    def user_has_any_permission(self, _permissions) -> bool:
        return may_read(self.request.user)

    def as_spreadsheet(self, queryset, spreadsheet_format):
        """Record the export in the audit trail with the names of the filters. Their values may be personal."""
        filters = ",".join(sorted(name for name in self.filterset_class.base_filters if self.request.GET.get(name)))
        trail.record(
            Verb.REPORT_EXPORTED, self.request.user, format=spreadsheet_format, rows=queryset.count(), filters=filters
        )
        return super().as_spreadsheet(queryset, spreadsheet_format)

    def get_context_data(self, *args, **kwargs):
        return super().get_context_data(*args, **kwargs) | {"counted_at": timezone.now()}


class CompletionReportView(PeopleReportView):
    """A page or a portion of a file takes the keys of its rows first, and reads the rest for these only."""

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

    def get_queryset(self):
        self.visible = rows(self.request.user)
        return self.visible.values_list("pk", flat=True)

    def decorate_paginated_queryset(self, keys):
        return lines(self.visible.filter(pk__in=list(keys)))

    def to_row_dict(self, line: ReportLine) -> dict[str, Any]:
        return {column: getattr(line, column) for column in self.list_export}
