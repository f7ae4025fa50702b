"""Manual marking in the admin: list waiting scripts by question; take a script, mark it blind, or put it back."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts.models import User
from quizzes import manual_marking
from quizzes.models.manual_marking import Marking, Script, is_late, waited

MAX_COMMENT = 1000


class MarkingMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return manual_marking.may_mark(request.user)


class MarkersOnlyMixin(WagtailAdminTemplateMixin):
    """A page for those who may mark. Raises PermissionDenied for others."""

    header_icon = "edit"
    request: HttpRequest

    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        if not manual_marking.may_mark(request.user):
            raise PermissionDenied

    def get_breadcrumbs_items(self) -> list[dict]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @property
    def marker(self) -> User:
        return cast(User, self.request.user)


class MarkingQueueView(MarkersOnlyMixin, TemplateView):
    """Scripts that wait for this person, by question. Two queries for any number of scripts."""

    page_title = gettext_lazy("Texts to mark")
    template_name = "quizzes/admin/marking_queue.html"

    def get_context_data(self, **kwargs) -> dict:
        own_markings = Marking.objects.unfinished_of(self.marker).select_related("script__item__version")
        return super().get_context_data(**kwargs) | {
            "own_markings": own_markings.order_by("begun_at"),
            "waiting": waiting(self.marker),
        }


def waiting(marker: User) -> list[dict[str, Any]]:
    """One row for each question version: scripts waiting for this person, since when, how many need a third marker.

    One query.
    """
    version = "item__version"
    free = Script.objects.waiting_for(marker).values("pk")
    rows = (
        Script.objects.everybody("scripts that wait for this marker")
        .filter(pk__in=free)
        .values(
            version=F(version),
            code=F(f"{version}__content__code"),
            stem=F(f"{version}__content__stem"),
            language=F(f"{version}__language"),
        )
        .annotate(texts=Count("pk"), oldest=Min("handed_in_at"), third=Count("pk", filter=Q(wanted__gt=2)))
        .order_by("oldest")
    )
    return [
        row
        | {
            "late": is_late(row["oldest"]),
            "waited": waited(row["oldest"]),
            "language_name": _language(row["language"]),
        }
        for row in rows
    ]


def _language(code: str) -> str:
    return get_language_info(code)["name_translated"]


class PointsForm(forms.Form):
    """Points for each criterion of the rubric, and a comment for the learner."""

    def __init__(self, *args, criteria: list[dict], **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            most = criterion["points"]
            self.fields[criterion["id"]] = forms.IntegerField(
                label=_("%(criterion)s, 0 to %(most)d") % {"criterion": criterion["label"], "most": most},
                help_text=criterion["guide"],
                min_value=0,
                max_value=most,
            )
        self.fields["comment"] = forms.CharField(
            label=_("Comment for the learner"),
            required=False,
            max_length=MAX_COMMENT,
            widget=forms.Textarea({"rows": 3}),
        )

    def points(self) -> dict[str, int]:
        return {criterion["id"]: self.cleaned_data[criterion["id"]] for criterion in self.criteria}


class MarkView(MarkersOnlyMixin, FormView):
    """One script with its rubric. The page shows neither who wrote it nor what other markers gave."""

    template_name = "quizzes/admin/marking.html"
    form_class = PointsForm

    def dispatch(self, request, *args, **kwargs):
        script_id = _posted_script_id(request)
        marking = manual_marking.unfinished_markings(self.marker).filter(pk=kwargs["pk"]).first()
        if marking is None and script_id:
            marking = manual_marking.take_again(self.marker, script_id)
        if marking is not None:
            self.object, self.item = marking, marking.script.item
            return super().dispatch(request, *args, **kwargs)
        if script_id is None:
            raise Http404
        if manual_marking.has_finished(self.marker, kwargs["pk"]):
            return self.points_saved()
        return self.no_longer_needed()

    def points_saved(self) -> HttpResponse:
        messages.success(self.request, _("Your points are saved."))
        return redirect("marking:queue")

    def no_longer_needed(self) -> HttpResponse:
        """Answer a form whose script this person can no longer mark. The message quotes their unsaved comment."""
        message = _(
            "Your points for this text are no longer needed and were not saved. Your comment was: “%(comment)s”"
        )
        messages.warning(self.request, message % {"comment": self.request.POST.get("comment", "")[:MAX_COMMENT]})
        return redirect("marking:queue")

    @property
    def page_title(self) -> str:
        return str(self.item.version.content["code"])

    def get_breadcrumbs_items(self) -> list[dict]:
        queue = {"url": reverse("marking:queue"), "label": MarkingQueueView.page_title}
        return [*self.breadcrumbs_items, queue, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"criteria": self.item.version.content["body"]["criteria"]}

    def get_context_data(self, **kwargs) -> dict:
        response = self.item.responses.order_by("-op").first()
        return super().get_context_data(**kwargs) | {
            "marking": self.object,
            "script": self.object.script,
            # A marking can be freed while its form is still open. The signature proves that we sent a form for this
            # script, so nobody who was never shown it can take it by its number.
            "about": signing.dumps(self.object.script_id, salt=SCRIPT_SALT),
            "version": self.item.version,
            "body": self.item.version.content["body"],
            "text": response.payload if response else "",
        }

    def form_valid(self, form) -> HttpResponse:
        try:
            manual_marking.mark(self.object, self.marker, form.points(), form.cleaned_data["comment"])
        except manual_marking.TooLate:
            if manual_marking.has_finished(self.marker, self.object.pk):
                return self.points_saved()
            form.add_error(
                None, _("This text is no longer yours: your points were not saved. Take it again from the list.")
            )
            return self.form_invalid(form)
        return self.points_saved()


SCRIPT_SALT = "the text a form is about"


def _posted_script_id(request: HttpRequest) -> int | None:
    """The id of the script that a posted form was about; None without a valid signature."""
    try:
        return signing.loads(request.POST.get("about", ""), salt=SCRIPT_SALT)
    except signing.BadSignature:
        return None


@require_POST
def take(request: HttpRequest, version: int) -> HttpResponse:
    marker = _marker_or_denied(request)
    taken = manual_marking.take(marker, version)
    if taken is None:
        messages.info(request, _("No more texts of this question are waiting for you: somebody else was faster."))
        return redirect("marking:queue")
    return redirect("marking:mark", taken.pk)


@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    marker = _marker_or_denied(request)
    if not manual_marking.put_back(get_object_or_404(manual_marking.unfinished_markings(marker), pk=pk), marker):
        raise Http404
    messages.success(request, _("The text is back in the list, for you or for somebody else."))
    return redirect("marking:queue")


def _marker_or_denied(request: HttpRequest) -> User:
    if not manual_marking.may_mark(request.user):
        raise PermissionDenied
    return cast(User, request.user)


urlpatterns = [
    path("", MarkingQueueView.as_view(), name="queue"),
    path("take/<int:version>/", take, name="take"),
    path("<int:pk>/", MarkView.as_view(), name="mark"),
    path("<int:pk>/put-back/", put_back, name="put_back"),
]
