"""Regrades in the admin: choose the faulty version and its correction, see who is affected, apply, revert."""

from __future__ import annotations

import random
from typing import cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.permission_policies import BasePermissionPolicy

from accounts.admin.records import RecordViewSet
from accounts.models import Role, User
from accounts.roles import holders
from quizzes import corrections, permissions
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt
from quizzes.models.regrades import Regrade, Stage
from quizzes.question_types.base import BadAnswer
from quizzes.regrades import verbs

MAX_LISTED = 200  # people listed on the page of a regrade; the figures count everybody


class RegradePolicy(BasePermissionPolicy):
    def user_has_permission(self, user, action) -> bool:
        return action in ("add", "view") and permissions.may_regrade(user)

    def users_with_any_permission(self, actions):
        people = holders(Role.TRAINER, Role.REVIEWER, everywhere=True)
        return people if {"add", "view"}.intersection(actions) else people.none()

    def user_has_permission_for_instance(self, user, action, instance) -> bool:
        return self.user_has_permission(user, action)


class RegradePermissionMixin(WagtailAdminTemplateMixin):
    """A page for those who may regrade. Raises PermissionDenied for others."""

    header_icon = "rotate"
    request: HttpRequest

    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        if not permissions.may_regrade(request.user):
            raise PermissionDenied

    def get_breadcrumbs_items(self) -> list[dict]:
        listing = {"url": reverse("regrades:index"), "label": _("Regrades")}
        return [*self.breadcrumbs_items, listing, {"url": "", "label": self.page_title}]


class VersionForm(forms.Form):
    version = forms.ChoiceField(label=gettext_lazy("Question, as it was asked"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        asked = QuestionVersion.objects.asked().order_by("content__code", "-number")
        rows = asked.values_list("pk", "number", "content__code", "content__stem")
        choices = [
            (pk, _("%(code)s, version %(n)d: %(stem)s") % {"code": code, "n": number, "stem": stem[:80]})
            for pk, number, code, stem in rows
        ]
        cast(forms.ChoiceField, self.fields["version"]).choices = choices


class ChooseVersionView(RegradePermissionMixin, FormView):
    page_title = gettext_lazy("Regrade a faulty question")
    template_name = "quizzes/admin/regrade_version.html"
    form_class = VersionForm

    def form_valid(self, form) -> HttpResponse:
        return redirect("regrades:begin", form.cleaned_data["version"])


class CorrectionForm(forms.Form):
    """The correction and its reason. The answer that counts is posted with it, as a form of the question's type."""

    fix = forms.ChoiceField(label=gettext_lazy("Correction"), widget=forms.RadioSelect)
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=250,
        help_text=gettext_lazy(
            "People whose result changes can read it, also before they have passed. Do not name the right answer."
        ),
    )

    def __init__(self, *args, version: QuestionVersion, **kwargs):
        super().__init__(*args, **kwargs)
        self.version = version
        choices = [(choice.value, choice.label) for choice in corrections.offered(version.question_type)]
        cast(forms.ChoiceField, self.fields["fix"]).choices = choices

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        self.answer = None
        if cleaned.get("fix") in corrections.NEED_AN_ANSWER:
            self.answer = self._answer()
        return cleaned

    def _answer(self):
        try:
            answer = self.version.question_type.parse(cast(MultiValueDict, self.data), self.version.content["body"])
        except BadAnswer as error:
            raise forms.ValidationError(str(error)) from None
        if answer is None:
            raise forms.ValidationError(_("Give the answer that counts, below."))
        return answer


class BeginRegradeView(RegradePermissionMixin, FormView):
    page_title = gettext_lazy("Regrade a faulty question")
    template_name = "quizzes/admin/regrade_begin.html"
    form_class = CorrectionForm

    def setup(self, request, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        self.version = get_object_or_404(QuestionVersion.objects.asked(), pk=kwargs["version"])

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"version": self.version}

    def get_context_data(self, **kwargs) -> dict:
        question_type, body = self.version.question_type, self.version.content["body"]
        order = question_type.order(body, random.Random(0))  # noqa: S311 - any order will do
        data = self.request.POST if self.request.POST else question_type.fields(question_type.key(body))
        return super().get_context_data(**kwargs) | {
            "version": self.version,
            "asked": question_type.ask(body, order, data) if question_type.can_rekey else None,
            "template": question_type.question_template,
        }

    def form_valid(self, form) -> HttpResponse:
        cleaned = form.cleaned_data
        regrade = verbs.create(self.version, cleaned["fix"], form.answer, cleaned["why"], cast(User, self.request.user))
        return redirect("regrades:inspect", regrade.pk)


class RegradeInspectView(RegradePermissionMixin, TemplateView):
    """One regrade: the figures for everybody, the changes within one's scope, and the button for the next step."""

    template_name = "quizzes/admin/regrade.html"

    def setup(self, request, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(Regrade.objects.select_related("version", "made_by"), pk=kwargs["pk"])

    @property
    def page_title(self) -> str:
        return str(self.object.version.content["code"])

    def get_context_data(self, **kwargs) -> dict:
        attempts = Attempt.objects.everybody("of the changes in scope").with_title()
        changes = self.object.changes.visible_to(self.request.user).prefetch_related(
            Prefetch("attempt", attempts.select_related("enrolment__learner"))
        )
        answer, until = self.object.answer, self.object.takes_back_until
        question_type, body = self.object.version.question_type, self.object.version.content["body"]
        context = {
            "regrade": self.object,
            "stages": Stage,
            "totals": verbs.count_changes(self.object),
            "changes": changes.order_by("-reaches", "attempt__enrolment__learner__name")[:MAX_LISTED],
            "listed": MAX_LISTED,
            "working": self.object.is_unfinished and self.object.stage != Stage.APPLIED,
            "objection": permissions.objection(self.object, cast(User, self.request.user)),
            "proposer_asked": self._proposer_was_asked(),
            "revert_form": RevertForm(),
            "takes_back": bool(until and timezone.now() <= until),
        }
        if answer is not None:
            rekeyed = question_type.rekeyed(body, answer)
            order = question_type.order(rekeyed, random.Random(0))  # noqa: S311 - any order will do
            context["explanation"] = question_type.explain(rekeyed, order, None)
            context["template"] = question_type.result_template
        return super().get_context_data(**kwargs) | context

    def _proposer_was_asked(self) -> bool:
        """Whether the person who proposed it has an attempt with this question, which whoever decides should know."""
        proposer = self.object.made_by
        return proposer is not None and permissions.attempts_asking(self.object, proposer).exists()


class RevertForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason for reverting"),
        max_length=250,
        help_text=gettext_lazy(
            "People whose result changes can read it, and everybody who checks a certificate that it takes back. Do not"
            " name other people or health details."
        ),
    )


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    user, regrade = cast(User, request.user), get_object_or_404(Regrade, pk=pk)
    applied = verbs.apply(regrade, user)
    success = _("The new marks are being written. People whose result changes get an email.")
    return _reply(request, regrade, applied, success)


@require_POST
def revert(request: HttpRequest, pk: int) -> HttpResponse:
    user, regrade = cast(User, request.user), get_object_or_404(Regrade, pk=pk)
    form = RevertForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: give a reason of at most 250 characters."))
        return redirect("regrades:inspect", pk)
    reverted = verbs.revert(regrade, user, form.cleaned_data["reason"])
    return _reply(
        request, regrade, reverted, _("The regrade is being reverted. People whose result changes get an email.")
    )


def _reply(request: HttpRequest, regrade: Regrade, done: bool, success: str) -> HttpResponse:
    """Return to the page of the regrade, with what was done, or why nothing was."""
    if done:
        messages.success(request, success)
    else:
        stale = _("Nothing was changed: this regrade is at another stage, or somebody else was faster.")
        messages.error(request, permissions.objection(regrade, cast(User, request.user)) or stale)
    return redirect("regrades:inspect", regrade.pk)


class RegradeIndexView(generic.IndexView):
    any_permission_required = ["view"]
    add_item_label = gettext_lazy("Regrade a faulty question")
    default_ordering = "-made_at"
    list_display = [
        TitleColumn(
            "code", accessor="version.content.code", label=gettext_lazy("Question"), url_name="regrades:inspect"
        ),
        Column("version", accessor="version.number", label=gettext_lazy("Version")),
        Column("get_choice_display", label=gettext_lazy("Correction")),
        Column("get_stage_display", label=gettext_lazy("Stage")),
        Column("reason", label=gettext_lazy("Reason")),
        DateColumn("made_at", label=gettext_lazy("Started"), sort_key="made_at"),
    ]

    def get_base_queryset(self):
        return Regrade.objects.select_related("version")


class RegradeViewSet(RecordViewSet):
    model = Regrade
    name = "regrades"
    icon = "rotate"
    menu_label = gettext_lazy("Regrades")
    menu_order = 247
    inspect_view_enabled = False  # RegradeInspectView replaces Wagtail's view
    index_view_class = RegradeIndexView
    form_fields = ["reason"]

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("new/", ChooseVersionView.as_view(), name="add"),
            path("new/<int:version>/", BeginRegradeView.as_view(), name="begin"),
            path("<int:pk>/", RegradeInspectView.as_view(), name="inspect"),
            path("<int:pk>/apply/", apply, name="apply"),
            path("<int:pk>/revert/", revert, name="revert"),
        ]
