"""Read-only admin pages for records about people, limited to what the model's permission policy lets the user see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.views import generic
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet

from accounts.audit import trail
from accounts.audit.trail import Verb


class VisibleRecordsMixin(PermissionCheckedMixin):
    any_permission_required = ["view"]

    def visible_records(self) -> QuerySet:
        """Return the records this user may see. Subclasses add what the page shows, such as select_related()."""
        return self.permission_policy.instances_user_has_any_permission_for(self.request.user, ["view"])


class RecordMixin(VisibleRecordsMixin):
    """A page about one record. Answers 404 for a record that this user may not see."""

    kwargs: dict[str, Any]

    def get_object(self, queryset: QuerySet | None = None) -> Model:
        return get_object_or_404(self.visible_records(), pk=self.kwargs["pk"])


class RecordIndexView(VisibleRecordsMixin, generic.IndexView):
    def get_base_queryset(self) -> QuerySet:
        return self.visible_records()

    def get_inspect_url(self, instance: Model) -> str | None:
        """Link every row. Whoever sees the listing may open each record, so no permission query for each row is needed."""
        return reverse(self.inspect_url_name, args=[instance.pk]) if self.inspect_url_name else None


class RecordInspectView(RecordMixin, generic.InspectView):
    """Show a record, and record `verb` in the audit trail."""

    verb: Verb
    labels: Mapping[str, object] = {}

    def get(self, request, *args: Any, **kwargs: Any):
        trail.record(self.verb, request.user, self.object)
        return super().get(request, *args, **kwargs)

    def get_field_label(self, field_name: str, field):
        return self.labels.get(field_name) or super().get_field_label(field_name, field)

    def get_field_display_value(self, field_name: str, field) -> Any:
        """The value to show. Wagtail's template formats a moment as it comes, which would be in UTC."""
        value = super().get_field_display_value(field_name, field)
        return timezone.localtime(value) if isinstance(value, datetime) else value


class RecordViewSet(ModelViewSet):
    """A listing, and a page for each record. A subclass that adds, edits or deletes defines its own URL patterns."""

    add_to_admin_menu = True
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    list_per_page = 50

    def get_urlpatterns(self) -> list[URLPattern]:
        patterns = [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]
        if self.inspect_view_enabled:
            patterns.append(path("<int:pk>/", self.inspect_view, name="inspect"))
        return patterns

    def register_admin_url_finder(self) -> None:
        """Register nothing: records have no edit page to link to."""

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Register none: access comes from roles and their countries, not from Django's permissions."""
        return Permission.objects.none()
