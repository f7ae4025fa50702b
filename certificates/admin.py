"""Certificates in the admin, for programme managers: find, revoke, re-issue, and make a failed PDF again."""

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
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from accounts.admin.records import RecordIndexView, RecordInspectView, RecordMixin, RecordViewSet
from accounts.audit.trail import Verb
from accounts.outbox import OutboxState
from certificates import codes, issuing
from certificates.forms import ConfirmForm, ReasonForm
from certificates.models import Certificate, CertificateQuerySet, CertificateStatus
from certificates.printed_fields import FACTS

FILE_STATES = {
    "pending": gettext_lazy("being printed"),
    "done": gettext_lazy("ready"),
    "failed": gettext_lazy("given up"),
    "withheld": gettext_lazy("withheld: its holder was erased"),
}


class CertificateFilterSet(WagtailFilterSet):
    standing = django_filters.ChoiceFilter(choices=CertificateStatus.choices, label=gettext_lazy("Standing"))
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
        """Filter by a key of FILE_STATES. The form refuses any other value before it comes here."""
        if value == "pending":
            return rows.unfinished()
        if value == "withheld":
            return rows.filter(erased_at__isnull=False)
        return rows.filter(state=value)


def file_label(certificate: Certificate) -> str:
    if certificate.erased_at:
        return str(FILE_STATES["withheld"])
    if certificate.is_unfinished:
        return str(FILE_STATES["pending"]) if certificate.standing == CertificateStatus.VALID else _("not printed")
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
        DateColumn("issued_at", label=gettext_lazy("Issued"), sort_key="issued_at"),
        Column("standing", accessor=status_label, label=gettext_lazy("Standing"), sort_key="standing"),
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
        *("shown_code", "name", "learner", *FACTS, "issuer", "country", "issued_at", "standing"),
        *("standing_reason", "standing_at", "standing_by", "replaces", "state", "tries", "last_error", "pdf_sha256"),
    ]
    labels = {
        "shown_code": gettext_lazy("Code"),
        "state": gettext_lazy("File"),
        "tries": gettext_lazy("Tries"),
        "last_error": gettext_lazy("Last error"),
        "pdf_sha256": gettext_lazy("Fingerprint (SHA-256)"),
        "standing_at": gettext_lazy("Standing changed"),
        "replaces": gettext_lazy("In place of"),
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

        public = reverse("certificates:show", args=[self.object.shown_code])
        buttons = [HeaderButton(_("Public page"), url=public, icon_name="view")]
        if self.object.standing == CertificateStatus.VALID:
            if self.object.learner:
                buttons.append(button(_("Re-issue with the corrected name"), "resubmit", "reissue"))
            buttons.append(button(_("Revoke"), "cross", "revoke"))
            if self.object.state == OutboxState.FAILED:
                buttons.append(button(_("Try again"), "rotate", "try_again"))
        return buttons


class CertificateChangeView(CertificateMixin, WagtailAdminTemplateMixin, FormView):
    """Base of the confirmation pages: ask first, then call one of the functions of certificates.issuing."""

    model = Certificate
    template_name = "certificates/desk/change.html"
    form_class: type = ReasonForm
    header_icon = "tick-inverse"
    explanation: object = ""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.object = self.get_object()

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

    def done(self, text: str, certificate: Certificate | None = None) -> HttpResponse:
        messages.success(self.request, text)
        return redirect("register:inspect", (certificate or self.object).pk)

    def too_late(self, text: str) -> HttpResponse:
        messages.error(self.request, text)
        return redirect("register:inspect", self.object.pk)


class RevokeView(CertificateChangeView):
    page_title = gettext_lazy("Revoke")
    explanation = gettext_lazy(
        "The public page will say that the certificate is revoked, when, and the reason you give; its holder gets a "
        "letter. This cannot be undone."
    )

    def form_valid(self, form):
        if issuing.revoke(self.object, form.cleaned_data["reason"], self.request.user):
            return self.done(_("The certificate is revoked. Its holder gets a letter."))
        return self.too_late(_("Nothing was changed: the certificate was not valid any more."))


class ReissueView(CertificateChangeView):
    page_title = gettext_lazy("Re-issue with the corrected name")

    @property
    def explanation(self):
        return _(
            "A new certificate with its own code is printed for %(name)s, as the name stands in the person’s details "
            "now. The public page of this one will say that it was replaced, give the reason and lead to the new one."
        ) % {"name": self.object.learner or _("erased")}

    def form_valid(self, form):
        try:
            new = issuing.reissue(self.object, self.request.user, form.cleaned_data["reason"])
        except issuing.CertificateUnchangeable:
            return self.too_late(_("Nothing was changed: only a valid certificate of a known person is issued again."))
        return self.done(_("A new certificate is issued and being printed."), new)


class RetryView(CertificateChangeView):
    page_title = gettext_lazy("Try again")
    form_class = ConfirmForm
    explanation = gettext_lazy("The file is printed once more. If the reason is still there, it is given up again.")

    def form_valid(self, form):
        if issuing.try_again(self.object, self.request.user):
            return self.done(_("The file is being printed again."))
        return self.too_late(_("Nothing was changed: the file had not been given up."))


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
