"""The audit trail in the admin, for administrators only: its entries, and whether its seals are intact."""

from __future__ import annotations

from uuid import UUID

import django_filters
from django import forms
from django.apps import apps
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.reports import ReportView

from accounts import roles
from accounts.audit import trail
from accounts.models import AuditEntry, User

DAY = forms.DateInput(attrs={"type": "date"})
COLUMNS = [
    gettext_lazy("When"),
    gettext_lazy("What"),
    gettext_lazy("Who"),
    gettext_lazy("Person or object"),
    gettext_lazy("Details"),
    gettext_lazy("Seal"),
]


class AuditMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return roles.is_administrator(request.user)


class AuditFilterSet(WagtailFilterSet):
    verb = django_filters.ChoiceFilter(label=gettext_lazy("What"), choices=trail.Verb.choices)
    actor = django_filters.CharFilter(
        label=gettext_lazy("Done by (email address)"), method="done_by", max_length=254, widget=forms.EmailInput
    )
    person = django_filters.CharFilter(
        label=gettext_lazy("Done to (email address)"), method="done_to", max_length=254, widget=forms.EmailInput
    )
    since = django_filters.DateFilter(label=gettext_lazy("Since"), field_name="at", lookup_expr="date__gte", widget=DAY)
    until = django_filters.DateFilter(label=gettext_lazy("Until"), field_name="at", lookup_expr="date__lte", widget=DAY)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def done_by(self, rows, _name: str, value: str):
        return rows.filter(actor__in=User.objects.with_email(value).values("uuid"))

    def done_to(self, rows, _name: str, value: str):
        uuids = User.objects.with_email(value).values_list("uuid", flat=True)
        return rows.filter(object_type="accounts.user", object_id__in=[str(uuid) for uuid in uuids])


class AuditTrailView(ReportView):
    """The report of audit entries. A page takes two queries, however many people its entries name."""

    page_title = gettext_lazy("Audit trail")
    header_icon = "list-ol"
    index_url_name = "audit_trail"
    index_results_url_name = "audit_trail_results"
    results_template_name = "accounts/admin/audit_results.html"
    filterset_class = AuditFilterSet
    model = AuditEntry
    default_ordering = "-pk"
    any_permission_required = ["view"]

    def user_has_any_permission(self, _permissions) -> bool:
        return roles.is_administrator(self.request.user)

    def get_queryset(self):
        return AuditEntry.objects.order_by("-pk")

    def get_context_data(self, *args, **kwargs):
        return super().get_context_data(*args, **kwargs) | {"headings": COLUMNS, "broken": trail.broken()}

    def decorate_paginated_queryset(self, object_list):
        entries = list(object_list)
        names = _names(entries)
        for entry in entries:
            entry.cells = [
                date_format(localtime(entry.at), "SHORT_DATETIME_FORMAT"),
                trail.Verb(entry.verb).label if entry.verb in trail.Verb.values else entry.verb,
                names.get(entry.actor) or _("no longer known") if entry.actor else _("the system"),
                _object(entry, names),
                ", ".join(f"{name}: {value}" for name, value in sorted(entry.ids.items())),
                entry.seal_id or _("not yet"),
            ]
        return entries


def _names(entries: list[AuditEntry]) -> dict[UUID, str]:
    """Return the names, by uuid, of the people in these entries who still have an account."""
    uuids = {entry.actor for entry in entries if entry.actor}
    uuids |= {UUID(entry.object_id) for entry in entries if entry.object_type == "accounts.user"}
    return {person.uuid: str(person) for person in User.objects.filter(uuid__in=uuids)}


def _object(entry: AuditEntry, names: dict[UUID, str]) -> str:
    if not entry.object_type:
        return ""
    if entry.object_type == "accounts.user":
        return names.get(UUID(entry.object_id)) or _("no longer known")
    try:
        name = apps.get_model(entry.object_type)._meta.verbose_name
    except LookupError:
        name = entry.object_type
    return f"{name} {entry.object_id}"
