"""Middleware that keeps what was typed in the admin when the session has ended."""

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.authentication.mfa import ADMIN, ALWAYS_OPEN
from elearning.views import refused_autosave, submitted_fields

SIGN_IN = {"account_login", "mfa_reauthenticate", "mfa_activate_totp"}  # names of URLs


class SignedOutMiddleware:
    """Answer a form of the admin that would lead to signing in, and so be lost, with a page that holds what was typed.

    Nothing is stored: the page sends the form again, once its author has signed in. Autosave gets an answer that it can
    show, and its form stays open.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if _is_from_modal(request) and (_leads_to_sign_in(response) or _is_refused_to_a_visitor(request, response)):
            # The dialog of a chooser would show the sign-in page in itself. It stays open on a refusal.
            return HttpResponse(_("You are signed out. Sign in again in another tab."), status=403)
        if request.method != "POST" or not request.path_info.startswith(ADMIN) or request.path_info in ALWAYS_OPEN:
            return response
        if not _leads_to_sign_in(response):
            return response
        if not request.accepts("text/html"):
            return refused_autosave(
                _(
                    "You are signed out. Sign in again in another tab, then press “Save draft” here. Your text stays here."
                )
            )
        fields = submitted_fields(request)
        return render(request, "signed_out.html", {"fields": fields}, status=403) if fields else response


def _is_from_modal(request) -> bool:
    is_scripted = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    return is_scripted and request.path_info.startswith(ADMIN) and request.accepts("text/html")


def _is_refused_to_a_visitor(request, response) -> bool:
    return response.status_code == 403 and not request.user.is_authenticated


def _leads_to_sign_in(response) -> bool:
    if response.status_code != 302:
        return False
    path = urlsplit(response["Location"]).path
    try:
        return path in ALWAYS_OPEN or resolve(path).url_name in SIGN_IN
    except Resolver404:
        return False
