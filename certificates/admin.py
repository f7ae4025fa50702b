"""Certificates in the admin, for programme managers: find, revoke and re-issue them, and retry a failed PDF."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from django_countries import countries
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from accounts.admin.records import RecordIndexView, RecordInspectView, RecordMixin, RecordViewSet
from accounts.audit.trail import Verb
from accounts.outbox import OutboxState
from accounts.printable import unprintable_message
from certificates import codes, issuing
from certificates.forms import ConfirmForm, ReasonForm
from certificates.models import NEED_A_FILE, Certificate, CertificateQuerySet, CertificateStatus
from certificates.printed_fields import FACTS

FILE_STATES = {
    "pending": gettext_lazy("being made"),
    "done": gettext_lazy("ready"),
    "failed": gettext_lazy("failed"),
    "withheld": gettext_lazy("withheld: the holder’s data was erased"),
}


class CertificateFilterSet(WagtailFilterSet):
    standing = django_filters.ChoiceFilter(choices=CertificateStatus.choices, label=gettext_lazy("Status"))
    file = django_filters.ChoiceFilter(
        choices=list(FILE_STATES.items()), method="with_file", label=gettext_lazy("File")
    )
    country = django_filters.ChoiceFilter(
        choices=list(countries), field_name="learner__country", label=gettext_lazy("Country of work")
    )

    class Meta:
        model = Certificate
        fields = ["standing", "file", "country"]

    def with_file(self, rows: CertificateQuerySet, _name: str, value: str) -> CertificateQuerySet:
        """Filter by a key of FILE_STATES. The form has already refused any other value."""
        if value == "pending":
            return rows.unfinished()
        if value == "withheld":
            return rows.filter(erased_at__isnull=False)
        return rows.filter(state=value)


def file_label(certificate: Certificate) -> str:
    if certificate.erased_at:
        return str(FILE_STATES["withheld"])
    if certificate.is_unfinished:
        return str(FILE_STATES["pending"]) if certificate.standing in NEED_A_FILE else _("not made")
    return str(FILE_STATES[certificate.state])


def status_label(certificate: Certificate) -> str:
    return _("Expired") if certificate.validity == "expired" else certificate.get_standing_display()


class CertificateIndexView(RecordIndexView):
    filterset_class = CertificateFilterSet
    search_fields = ["name", "course", "course_code"]
    list_display = [
        "name",
        Column("shown_code", label=gettext_lazy("Code")),
        "course",
        Column("issued_on", label=gettext_lazy("Issued"), sort_key="issued_at"),
        Column("standing", accessor=status_label, label=gettext_lazy("Status"), sort_key="standing"),
        Column("file", accessor=file_label, label=gettext_lazy("File")),
    ]

    def search_queryset(self, queryset):
        """Search by name, course or a whole code. Case, spaces and hyphens of a code do not matter."""
        code = codes.parse(self.search_query or "")
        return queryset.filter(code=code) if code else super().search_queryset(queryset)


class CertificateMixin(RecordMixin):
    def visible_records(self):
        return super().visible_records().select_related("standing_by", "replaces", "learner")


class CertificateInspectView(CertificateMixin, RecordInspectView):
    verb = Verb.CERTIFICATE_VIEWED
    fields = [
        *("shown_code", "name", "learner", *FACTS, "issuer", "country", "issued_on", "time_zone", "standing"),
        *("standing_reason", "standing_at", "standing_by", "replaces", "state", "tries", "last_error", "pdf_sha256"),
    ]
    labels = {
        "shown_code": gettext_lazy("Code"),
        "state": gettext_lazy("File"),
        "tries": gettext_lazy("Tries"),
        "last_error": gettext_lazy("Last error"),
        "pdf_sha256": gettext_lazy("Fingerprint (SHA-256)"),
        "standing_at": gettext_lazy("Status changed"),
        "replaces": gettext_lazy("Replaces"),
    }

    def get_standing_display_value(self):
        return status_label(self.object)

    def get_state_display_value(self):
        return file_label(self.object)

    def get_learner_display_value(self):
        return self.object.learner or _("erased")

    @property
    def header_buttons(self):
        def button(label, icon, name):
            return HeaderButton(label, url=reverse(f"register:{name}", args=[self.object.pk]), icon_name=icon)

        buttons = []
        if self.object.standing != CertificateStatus.PREPARED:
            public = reverse("certificates:show", args=[self.object.shown_code])
            buttons.append(HeaderButton(_("Public page"), url=public, icon_name="view"))
        if self.object.standing == CertificateStatus.VALID:
            if self.object.learner:
                buttons.append(button(_("Re-issue with the corrected name"), "resubmit", "reissue"))
            buttons.append(button(_("Revoke"), "cross", "revoke"))
        if self.object.standing in NEED_A_FILE and self.object.state == OutboxState.FAILED:
            buttons.append(button(_("Try again"), "rotate", "try_again"))
        return buttons


class CertificateChangeView(CertificateMixin, WagtailAdminTemplateMixin, FormView):
    """Base of the confirmation pages. Each asks for confirmation, then calls a function of certificates.issuing."""

    model = Certificate
    template_name = "certificates/admin/confirm.html"
    form_class: type = ReasonForm
    header_icon = "tick-inverse"
    explanation: object = ""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.object = self.get_object()

    def dispatch(self, request, *args, **kwargs):
        if self.object.learner == request.user:
            return self.unchanged(_("Nothing was changed: this is your own certificate. Ask a colleague to do this."))
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": reverse("register:index"), "label": _("Certificates")},
            {"url": reverse("register:inspect", args=[self.object.pk]), "label": str(self.object)},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs):
        back = reverse("register:inspect", args=[self.object.pk])
        return super().get_context_data(**kwargs, object=self.object, explanation=self.explanation, back_url=back)

    def changed(self, message: str, certificate: Certificate | None = None) -> HttpResponse:
        messages.success(self.request, message)
        return redirect("register:inspect", (certificate or self.object).pk)

    def unchanged(self, message: str) -> HttpResponse:
        messages.error(self.request, message)
        return redirect("register:inspect", self.object.pk)


class RevokeView(CertificateChangeView):
    page_title = gettext_lazy("Revoke")
    explanation = gettext_lazy(
        "The public page will show that the certificate is revoked, the date and your reason. The holder gets an email. "
        "This cannot be undone."
    )

    def form_valid(self, form):
        if issuing.revoke(self.object, form.cleaned_data["reason"], self.request.user):
            return self.changed(_("The certificate is revoked. The holder gets an email."))
        return self.unchanged(_("Nothing was changed: the certificate was no longer valid."))


class ReissueView(CertificateChangeView):
    page_title = gettext_lazy("Re-issue with the corrected name")

    @property
    def explanation(self):
        return _(
            "A new certificate with its own code will be made for %(name)s, the name now in the person’s details. This"
            " certificate stays valid until the new one is ready. Then its public page will show that it was replaced and"
            " why, and link to the new one."
        ) % {"name": self.object.learner or _("erased")}

    def form_valid(self, form):
        try:
            successor = issuing.reissue(self.object, self.request.user, form.cleaned_data["reason"])
        except issuing.CertificateUnchangeable:
            return self.unchanged(
                _("Nothing was changed: the certificate is no longer valid, or its holder’s data was erased.")
            )
        except issuing.NameNotPrintable as error:
            return self.unchanged(
                _("Nothing was changed. %(problem)s. Ask the person to correct the name in their details.")
                % {"problem": unprintable_message(error.signs)}
            )
        return self.changed(_("The new certificate is being made. The old one stays valid until then."), successor)


class RetryView(CertificateChangeView):
    page_title = gettext_lazy("Try again")
    form_class = ConfirmForm
    explanation = gettext_lazy(
        "This makes the PDF again. If the cause of the error is still there, it will fail again."
    )

    def form_valid(self, form):
        if issuing.try_again(self.object, self.request.user):
            return self.changed(_("The PDF is being made again."))
        return self.unchanged(_("Nothing was changed: the PDF had not failed."))


class CertificateViewSet(RecordViewSet):
    model = Certificate
    name = "register"
    icon = "tick-inverse"
    menu_label = gettext_lazy("Certificates")
    menu_order = 260
    index_view_class = CertificateIndexView
    inspect_view_class = CertificateInspectView
    inspect_view_fields = CertificateInspectView.fields

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/revoke/", RevokeView.as_view(), name="revoke"),
            path("<int:pk>/reissue/", ReissueView.as_view(), name="reissue"),
            path("<int:pk>/try-again/", RetryView.as_view(), name="try_again"),
        ]
