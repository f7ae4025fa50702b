"""Problem reports in the admin: trainers list and answer them. Nobody sees there who has sent one."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import django_filters
from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from accounts.admin.records import RecordIndexView, RecordMixin, RecordViewSet, VisibleRecordsMixin
from accounts.models import Role, User
from courses.models.pages import CoursePage
from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports
from courses.problem_reports.views import LimitedText

# What a trainer is shown of ProblemReport.details.
DETAILS = {
    "release": gettext_lazy("Release"),
    "question": gettext_lazy("Question"),
    "version": gettext_lazy("Version"),
}


def with_course_title(reports: QuerySet[ProblemReport]) -> QuerySet[ProblemReport]:
    """These reports with the short title of their course as `course_title`; None when the page was deleted."""
    course = CoursePage.objects.filter(translation_key=OuterRef("course_key"), alias_of=None).order_by("path")
    return reports.annotate(course_title=Subquery(course.values("short_title")[:1]))


class ProblemReportFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(choices=ProblemReport.State.choices, label=gettext_lazy("State"))
    kind = django_filters.ChoiceFilter(choices=ProblemReport.Kind.choices, label=gettext_lazy("What is wrong"))
    course_key = django_filters.ChoiceFilter(label=gettext_lazy("Course"))

    class Meta:
        model = ProblemReport
        fields = ["state", "kind", "course_key"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        visible = ProblemReport.objects.visible_to(
            self.request.user, Role.TRAINER
        )  # the choices must not reveal others
        courses = with_course_title(visible.exclude(course_key=None)).order_by("course_title")
        titles = courses.values_list("course_key", "course_title").distinct()
        self.filters["course_key"].extra["choices"] = [(str(key), title or _("Deleted page")) for key, title in titles]


class ProblemReportsMixin(VisibleRecordsMixin):
    def visible_records(self):
        return with_course_title(super().visible_records().most_urgent_first())


class ProblemReportIndexView(ProblemReportsMixin, RecordIndexView):
    filterset_class = ProblemReportFilterSet
    search_fields = ["title", "text"]
    list_display = [
        TitleColumn("title", label=gettext_lazy("About"), url_name="problems:answer"),
        Column("course_title", label=gettext_lazy("Course")),
        Column("get_kind_display", label=gettext_lazy("What is wrong")),
        Column(
            "could_harm",
            accessor=lambda report: _("Could harm a patient") if report.could_harm else "",
            label=gettext_lazy("Safety"),
        ),
        Column("get_state_display", label=gettext_lazy("State")),
        DateColumn("sent_at", label=gettext_lazy("Sent"), sort_key="sent_at"),
    ]


class AnswerForm(forms.Form):
    answer = LimitedText(
        label=gettext_lazy("Answer"), help_text=gettext_lazy("The person gets it by email and reads it in My reports.")
    )


class AnswerView(ProblemReportsMixin, RecordMixin, WagtailAdminTemplateMixin, FormView):
    """One report: what it says, where to correct it, and the answer."""

    model = ProblemReport
    page_title = gettext_lazy("Problem report")
    header_icon = "warning"
    template_name = "courses/admin/problem_report.html"
    form_class = AnswerForm

    @cached_property
    def object(self) -> ProblemReport:
        return cast(ProblemReport, self.get_object())

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict]:
        listing = {"url": reverse("problems:index"), "label": _("Problem reports")}
        return [*self.breadcrumbs_items, listing, {"url": "", "label": str(self.object)}]

    def get_context_data(self, **kwargs) -> dict:
        report = self.object
        links = (link(report) for link in hooks.get_hooks("register_problem_report_link"))
        details = [(label, report.details[name]) for name, label in DETAILS.items() if name in report.details]
        return super().get_context_data(**kwargs) | {
            "report": report,
            "details": details,
            "links": [link for link in links if link],
        }

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        if reports.answer(self.object, form.cleaned_data["answer"], cast(User, self.request.user)):
            messages.success(self.request, _("Your answer is sent."))
            return redirect("problems:index")
        form.add_error("answer", _("This report was answered or withdrawn meanwhile, so your answer was not sent."))
        self.object.refresh_from_db()
        return self.form_invalid(form)


def page_link(report: ProblemReport) -> tuple[str, str] | None:
    """Where to edit the page that a report is about: (label, URL)."""
    if report.about != "page" or report.key is None:
        return None
    pages = Page.objects.filter(translation_key=report.key, locale__language_code=report.language, alias_of=None)
    pk = pages.values_list("pk", flat=True).first()
    return (_("Edit the page"), reverse("wagtailadmin_pages:edit", args=[pk])) if pk else None


class ProblemReportViewSet(RecordViewSet):
    model = ProblemReport
    name = "problems"
    icon = "warning"
    menu_label = gettext_lazy("Problem reports")
    menu_order = 249
    inspect_view_enabled = False
    index_view_class = ProblemReportIndexView

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("<int:pk>/", AnswerView.as_view(), name="answer")]
