"""The emails in the admin, for administrators: what waits, what failed and why, and sending it again.

No page shows what an email says: those about signing in hold links that open an account.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import django_filters
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from accounts import roles
from accounts.admin.permissions import ScopedPermissionPolicy
from accounts.admin.records import RecordIndexView, RecordInspectView, RecordMixin, RecordViewSet, VisibleRecordsMixin
from accounts.audit.trail import Verb
from accounts.emails import failed
from accounts.emails.kinds import KINDS, kind_of
from accounts.models import Email
from accounts.models.email import EmailQuerySet
from accounts.outbox import OutboxState

STATES = {
    "waiting": gettext_lazy("waiting"),
    OutboxState.FAILED.value: gettext_lazy("failed"),
    OutboxState.DONE.value: gettext_lazy("sent"),
}


class EmailPermissionPolicy(ScopedPermissionPolicy):
    """Administrators may view all emails, also those to addresses without an account. Nobody else sees any."""

    def user_has_permission(self, user, action: str) -> bool:
        return action in self.actions and roles.is_administrator(user)

    def users_with_any_permission(self, actions):
        return super().users_with_any_permission(actions).filter(is_superuser=True)

    def instances_user_has_any_permission_for(self, user, actions):
        records = self.model._default_manager
        allowed = self.actions.intersection(actions) and roles.is_administrator(user)
        return records.visible_to(user) if allowed else records.none()


def kind_label(email: Email) -> str:
    return str(kind_of(email.kind).label or email.kind)


def state_label(email: Email) -> str:
    if email.is_unfinished:
        words = ngettext("waiting, after %(tries)s try", "waiting, after %(tries)s tries", email.tries)
        return words % {"tries": email.tries} if email.tries else str(STATES["waiting"])
    return str(STATES[email.state])


def reason(email: Email) -> str:
    """Why the last try failed. Our own reasons are translated; a mail server's answer is shown as it came."""
    return _(email.last_error) if email.last_error else ""


def next_try(email: Email) -> datetime | None:
    return email.due_at if email.is_unfinished else None


class EmailFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=list(STATES.items()), method="with_state", label=gettext_lazy("Status"))
    kind = django_filters.ChoiceFilter(
        choices=[(name, kind.label) for name, kind in KINDS.items()], label=gettext_lazy("Kind")
    )
    to = django_filters.CharFilter(lookup_expr="icontains", max_length=254, label=gettext_lazy("Email address"))

    class Meta:
        model = Email
        fields = ["state", "kind", "to"]

    def with_state(self, rows: EmailQuerySet, _name: str, value: str) -> EmailQuerySet:
        return rows.unfinished() if value == "waiting" else rows.filter(state=value)


class EmailIndexView(RecordIndexView):
    filterset_class = EmailFilterSet
    default_ordering = "-pk"
    list_display = [
        "to",
        Column("kind", accessor=kind_label, label=gettext_lazy("Kind"), sort_key="kind"),
        Column("state", accessor=state_label, label=gettext_lazy("Status"), sort_key="state"),
        Column("reason", accessor=reason, label=gettext_lazy("Why it failed")),
        DateColumn("written_at", label=gettext_lazy("Written"), sort_key="written_at"),
        DateColumn("due_at", label=gettext_lazy("Next try"), accessor=next_try),
    ]

    @property
    def header_buttons(self) -> list[HeaderButton]:
        query = self.request.GET.urlencode()
        url = reverse("emails:send_all_again") + (f"?{query}" if query else "")
        return [HeaderButton(_("Send failed emails again"), url=url, icon_name="rotate")]


class EmailInspectView(RecordInspectView):
    verb = Verb.EMAIL_VIEWED
    fields = ["to", "user", "kind", "state", "last_error", "written_at", "due_at", "done_at", "message_id"]
    labels = {
        "user": gettext_lazy("Person"),
        "state": gettext_lazy("Status"),
        "last_error": gettext_lazy("Why it failed"),
        "due_at": gettext_lazy("Due"),
        "done_at": gettext_lazy("Sent"),
        "message_id": "Message-ID",
    }

    def get_page_subtitle(self) -> str:
        return f"{kind_label(self.object)}, {self.object.to}"

    def get_kind_display_value(self) -> str:
        return kind_label(self.object)

    def get_state_display_value(self) -> str:
        return state_label(self.object)

    def get_user_display_value(self) -> str:
        return str(self.object.user or _("no account"))

    def get_done_at_display_value(self) -> datetime | str:
        return localtime(self.object.done_at) if self.object.done_at else _("not yet")

    def get_last_error_display_value(self) -> str:
        return reason(self.object)

    @property
    def header_buttons(self) -> list[HeaderButton]:
        if self.object.state != OutboxState.FAILED:
            return []
        return [
            HeaderButton(_("Send again"), url=reverse("emails:send_again", args=[self.object.pk]), icon_name="rotate")
        ]


class SendAgainView(WagtailAdminTemplateMixin, TemplateView):
    """Base of the two pages that ask for a confirmation. A subclass says which emails are meant."""

    model = Email
    page_title = gettext_lazy("Send again")
    template_name = "accounts/admin/send_again.html"
    header_icon = "rotate"

    def back_url(self) -> str:
        return reverse("emails:index")

    def about(self) -> Email | None:
        """The one email that is meant, for the audit entry."""
        return None

    def emails(self) -> EmailQuerySet:
        raise NotImplementedError

    def get_breadcrumbs_items(self) -> list[dict]:
        emails = {"url": reverse("emails:index"), "label": _("Emails")}
        return [*self.breadcrumbs_items, emails, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs) -> dict:
        count = self.emails().filter(state=OutboxState.FAILED).count()
        return super().get_context_data(**kwargs) | {"count": count, "back_url": self.back_url()}

    def post(self, request, *args, **kwargs) -> HttpResponse:
        count = failed.send_again(self.emails(), request.user, self.about())
        if count:
            words = ngettext("%(count)s email is sent again.", "%(count)s emails are sent again.", count)
            messages.success(request, words % {"count": count})
        else:
            messages.error(request, _("Nothing was changed: no such email had failed."))
        return redirect(self.back_url())


class SendOneAgainView(RecordMixin, SendAgainView):
    @cached_property
    def email(self) -> Email:
        return cast(Email, self.get_object())

    def about(self) -> Email:
        return self.email

    def back_url(self) -> str:
        return reverse("emails:inspect", args=[self.email.pk])

    def emails(self) -> EmailQuerySet:
        return Email.objects.this(self.email)


class SendAllAgainView(VisibleRecordsMixin, SendAgainView):
    """Send the failed emails again that the filters of the listing find."""

    page_title = gettext_lazy("Send failed emails again")

    def emails(self) -> EmailQuerySet:
        rows = cast(EmailQuerySet, self.visible_records())
        filters = EmailFilterSet(self.request.GET, queryset=rows, request=self.request)
        return filters.qs if filters.is_valid() else rows.none()  # a wrong value would filter nothing


class EmailViewSet(RecordViewSet):
    model = Email
    name = "emails"
    icon = "mail"
    menu_label = gettext_lazy("Emails")
    menu_order = 615
    add_to_admin_menu = False
    add_to_settings_menu = True
    index_view_class = EmailIndexView
    inspect_view_class = EmailInspectView
    inspect_view_fields = EmailInspectView.fields

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("send-again/", SendAllAgainView.as_view(), name="send_all_again"),
            path("<int:pk>/send-again/", SendOneAgainView.as_view(), name="send_again"),
        ]
