"""The pages for reporting a problem, and one's own reports with their answers."""

from __future__ import annotations

import math
import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.authentication.decorators import signed_in
from accounts.authentication.requests import SignedInRequest
from accounts.ratelimit.limiter import TooOften
from courses.models.problem_reports import ProblemReport
from courses.problem_reports import reports, subjects
from courses.problem_reports.reports import Subject

SHOWN = 100  # own reports on one page


class LimitedText(forms.CharField):
    """A text of at most reports.LONGEST characters. A browser counts a line break as one but sends two."""

    widget = forms.Textarea

    def widget_attrs(self, widget) -> dict:
        return super().widget_attrs(widget) | {"rows": 6, "maxlength": reports.LONGEST, "dir": "auto"}

    def to_python(self, value) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value) -> None:
        super().validate(value)
        if len(value) > reports.LONGEST:
            text = _("It has %(size)d characters; the limit is %(limit)d. Nothing is lost: shorten it here.")
            raise forms.ValidationError(text % {"size": len(value), "limit": reports.LONGEST})


class ProblemReportForm(forms.Form):
    """`reporter` names who filled it in, so that nobody else sends it who signs in after them (signed_in())."""

    reporter = forms.UUIDField(widget=forms.HiddenInput)
    form_id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("What is wrong?"), choices=ProblemReport.Kind.choices)
    text = LimitedText(
        label=gettext_lazy("Describe it in a few sentences"),
        help_text=gettext_lazy("The trainers read it, without your name. Do not write about patients."),
    )
    could_harm = forms.BooleanField(label=gettext_lazy("It could harm a patient, such as a wrong dose"), required=False)


@never_cache
def report_page(request: HttpRequest) -> HttpResponse:
    """Report a problem with the page in ?page=. Visitors are told how: a report needs somebody to answer to."""
    if request.method != "POST" and not request.user.is_authenticated:
        return render(request, "courses/problem_reports/visitor.html")
    return _report_page(request)


@signed_in
def _report_page(request: SignedInRequest) -> HttpResponse:
    return report_form(request, subjects.page_subject(request, request.GET.get("page", "")))


def report_form(request: SignedInRequest, subject: Subject) -> HttpResponse:
    """Show and take the form for a problem with this subject. Apps above call it from views behind signed_in()."""
    own = {"reporter": str(request.user.uuid)}
    is_sent = request.method == "POST" and request.POST.get("reporter") == own["reporter"]
    form = ProblemReportForm(request.POST if is_sent else None, initial=own | {"form_id": uuid.uuid4()})
    if is_sent and form.is_valid() and _store(request, subject, form):
        messages.success(
            request, _("Thank you, the trainers have your report. You find it, and later its answer, in My reports.")
        )
        return redirect(subject.path or "my_reports")
    context = {"form": form, "subject": subject, "section": "learning"}
    return render(request, "courses/problem_reports/report.html", context)


def _store(request: SignedInRequest, subject: Subject, form: ProblemReportForm) -> bool:
    """Store the report. False after too many, with an error in the form, which keeps what was typed."""
    fields = ("form_id", "kind", "text", "could_harm")
    try:
        reports.report(request.user, subject, *(form.cleaned_data[name] for name in fields))
    except TooOften as error:
        text = _("You have sent many reports. Send this one again in %(minutes)d min; it is still here.")
        form.add_error(None, text % {"minutes": math.ceil(error.seconds / 60)})
        return False
    return True


@signed_in
@require_safe
@never_cache
def my_reports(request: SignedInRequest) -> HttpResponse:
    own = ProblemReport.objects.of(request.user).order_by("-sent_at", "-pk")[:SHOWN]
    return render(request, "courses/problem_reports/my_reports.html", {"reports": own, "section": "learning"})


@signed_in
@require_POST
def withdraw(request: SignedInRequest, report: uuid.UUID) -> HttpResponse:
    if reports.withdraw(get_object_or_404(ProblemReport.objects.of(request.user), uuid=report)):
        messages.success(request, _("Your report is withdrawn, and what you wrote is deleted."))
    return redirect("my_reports")
