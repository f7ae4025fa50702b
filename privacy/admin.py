"""The admin page on which an administrator erases a person. Deleting a person in the admin redirects to it."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts import roles
from accounts.models import User
from privacy import requests
from privacy.forms import ConfirmErasureForm


@method_decorator(reauthentication_required, name="dispatch")
class ErasePersonView(WagtailAdminTemplateMixin, FormView):
    page_title = gettext_lazy("Erase a person")
    template_name = "privacy/admin/erase.html"
    form_class = ConfirmErasureForm
    header_icon = "bin"

    def setup(self, request: HttpRequest, *args, **kwargs) -> None:
        super().setup(request, *args, **kwargs)
        if not roles.is_administrator(request.user):
            raise PermissionDenied
        self.person = get_object_or_404(User, pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.person)

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"person": self.person}

    def get_breadcrumbs_items(self) -> list[dict]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("wagtailusers_users:index"), "label": _("People")},
            {"url": reverse("wagtailusers_users:edit", args=[self.person.pk]), "label": str(self.person)},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(**kwargs) | {"person": self.person}

    def form_valid(self, form) -> HttpResponse:
        try:
            requests.request_erasure(self.person, by=cast(User, self.request.user))
        except requests.LastAdministrator:
            messages.error(self.request, _("Nothing was changed: this person is the only administrator."))
        else:
            messages.success(self.request, _("The account is closed, and its data is being erased."))
        return redirect("wagtailusers_users:index")


def before_delete_user(_request: HttpRequest, person: User) -> HttpResponse:
    """Redirect to the erasure page: deleting only the row would leave traces of the person elsewhere."""
    return redirect("erase_person", person.pk)


def before_bulk_action(request: HttpRequest, action_type: str, _objects, action) -> HttpResponse | None:
    if action_type != "delete" or action.models != [User]:
        return None
    messages.error(request, _("Erase people one at a time: open the person, then choose Delete."))
    return redirect("wagtailusers_users:index")
