"""The report on corrections of safety: who has not confirmed yet that they have read one."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from courses.models.records import CourseRelease, ReleaseNotice
from programmes.completion import course_title
from programmes.reports import CompletionFilterSet, PeopleReportView, course_choices

COLUMNS: dict[str, Any] = {
    "learner.name": _("Name"),
    "learner.email": _("Email"),
    "learner.country.name": _("Country"),
    "facility": _("Facility"),
    "course_title": _("Course"),
    "release.number": _("Release"),
    "release.note": _("What was wrong"),
    "told_on": _("Told on"),
    "confirmed_on": _("Confirmed on"),
}


def rows(user) -> QuerySet[ReleaseNotice]:
    """The notices of corrections that `user` may see, of people who may sign in; the longest waiting first.

    The outline of a release is long and not shown, so it is not read for each row.
    """
    notices = ReleaseNotice.objects.visible_to(user, Role.MANAGER).filter(
        release__kind=CourseRelease.Kind.CORRECTION, learner__is_active=True
    )
    return (
        notices.select_related("learner", "release")
        .defer("release__outline", "release__statements")
        .annotate(
            facility=Coalesce("learner__facility__name", Value("")),
            course_title=course_title("release__course_key", "release__short_title"),
            told_on=TruncDate("created_at"),
            confirmed_on=TruncDate("confirmed_at"),
        )
        .order_by("created_at", "learner__name", "pk")
    )


class CorrectionFilterSet(CompletionFilterSet):
    """Those who have not confirmed, unless the others are asked for."""

    course_key = django_filters.ChoiceFilter(
        label=_("Course"), field_name="release__course_key", choices=course_choices, empty_label=_("Any")
    )
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=[("confirmed", _("Confirmed"))], method="in_state", empty_label=_("Not confirmed")
    )
    since = None

    class Meta:
        model = ReleaseNotice
        fields: list[str] = []

    def filter_queryset(self, queryset):
        confirmed = self.form.cleaned_data.get("state") == "confirmed"
        return super().filter_queryset(queryset).filter(confirmed_at__isnull=not confirmed)

    def in_state(self, queryset, _name, _value):
        return queryset


class CorrectionReportView(PeopleReportView):
    page_title = _("Corrections")
    header_icon = "warning"
    index_url_name = "correction_report"
    index_results_url_name = "correction_report_results"
    results_template_name = "programmes/admin/correction_results.html"
    filterset_class = CorrectionFilterSet
    model = ReleaseNotice
    list_export = list(COLUMNS)
    export_headings = COLUMNS
    export_filename = "corrections"

    def get_queryset(self):
        return rows(self.request.user)
