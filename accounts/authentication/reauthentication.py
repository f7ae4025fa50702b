"""Before a change of a sign-in, and before an erasure: ask for the password, and for the second step of this session.

A form that arrives too early waits in the session while the page that asks says what it will do. Decision 68.
"""

from __future__ import annotations

import time
from typing import Any, cast

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sessions
from accounts.authentication import mfa
from accounts.models import User

MAX_AGE = 30 * 60  # seconds that a form waits
# Forms that wait, and what they do, by the names of their URLs. No other form waits, above all none that erases
# somebody or holds a new password.
FORMS = {
    "account_email": gettext_lazy("Change your email address"),
    "mfa_activate_totp": gettext_lazy("Turn on two-step sign-in"),
    "mfa_deactivate_totp": gettext_lazy("Turn off two-step sign-in"),
    "mfa_generate_recovery_codes": gettext_lazy("Make new recovery codes"),
    "make_copy": gettext_lazy("Make a copy of your data"),
}
PAGES = FORMS | {
    "account_set_password": gettext_lazy("Choose a password"),
    "mfa_view_recovery_codes": gettext_lazy("Show your recovery codes"),
    "mfa_download_recovery_codes": gettext_lazy("Save your recovery codes"),
    "copy_file": gettext_lazy("Save a copy of your data"),
    "erase": gettext_lazy("Open the page on which you can erase your account"),
    "erase_person": gettext_lazy("Open the page on which you can erase a person"),
}


def require(request: HttpRequest) -> None:
    """Raise ImmediateHttpResponse to the page that asks, unless all that is asked was given in the last minutes.

    Whoever opens a page anew wants to read it: what waited is dropped.
    """
    if request.method != "POST":
        request.session.pop(sessions.WAITING_FORM, None)
    url_name = _page_that_asks(request)
    if url_name:
        raise ImmediateHttpResponse(_ask(request, url_name))


def _page_that_asks(request: HttpRequest) -> str:
    """The page that asks for what is missing; "" when nothing is.

    A code does not replace the password. The password does not replace the code of somebody with a second step.
    Whoever has neither signs in anew.
    """
    user = cast(User, request.user)
    has_second_step = mfa.has_second_factor(user)
    if user.has_usable_password():
        if not _confirmed_recently(request, "password"):
            return "account_reauthenticate"
    elif has_second_step and not _confirmed_recently(request, "mfa"):
        return "mfa_reauthenticate"
    elif not has_second_step and not _signed_in_recently(request):
        path = request.get_full_path()
        logout(request)
        raise ImmediateHttpResponse(redirect_to_login(path))
    return "mfa_reauthenticate" if has_second_step and not mfa.was_shown(request) else ""


def _confirmed_recently(request: HttpRequest, method: str) -> bool:
    records = get_authentication_records(request, request.user)
    return any(_is_recent(row) for row in records if row["method"] == method and row.get("reauthenticated"))


def _signed_in_recently(request: HttpRequest) -> bool:
    return any(_is_recent(row) for row in get_authentication_records(request, request.user))


def _is_recent(record: dict) -> bool:
    return time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def _ask(request: HttpRequest, url_name: str) -> HttpResponse:
    path = request.get_full_path()
    if request.method == "POST" and request.resolver_match and request.resolver_match.url_name in FORMS:
        fields = request.POST.copy()
        fields.pop("csrfmiddlewaretoken", None)
        form = {"path": path, "form": fields.urlencode(), "at": time.time()}
        if sessions.fits(request.session, **{sessions.WAITING_FORM: form}):
            request.session[sessions.WAITING_FORM] = form
    return HttpResponseRedirect(f"{reverse(url_name)}?{urlencode({REDIRECT_FIELD_NAME: path})}")


def _waiting_form(request: HttpRequest, path: str) -> dict[str, Any] | None:
    form = request.session.get(sessions.WAITING_FORM)
    return form if form and form["path"] == path else None


def purpose(request: HttpRequest) -> dict[str, Any]:
    """What the page that asks says: `what` follows, and whether it follows `at_once`, since its form waits."""
    path = get_next_redirect_url(request) or ""
    form = _waiting_form(request, path)
    try:
        what = PAGES.get(resolve(path.partition("?")[0]).url_name or "", "")
    except Resolver404:
        what = ""
    fields = QueryDict(form["form"]) if form else {}
    if "action_add" in fields:
        what = _("Change your email address to %(address)s") % {"address": fields.get("email", "")}
    return {"what": what, "at_once": form is not None}


def resume(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Send the waiting form, if it is what `response` redirects to. A form waits for MAX_AGE and is sent once."""
    form = _waiting_form(request, response.headers["Location"])
    request.session.pop(sessions.WAITING_FORM, None)
    if form is None:
        return response
    if time.time() - form["at"] > MAX_AGE:
        messages.info(request, _("That was more than half an hour ago, so nothing was changed. Please start again."))
        return redirect("profile")
    path, _mark, query = form["path"].partition("?")
    request.path = request.path_info = path
    request.META |= {"PATH_INFO": path, "QUERY_STRING": query}
    request.GET, request.POST = QueryDict(query), QueryDict(form["form"])  # type: ignore[misc, assignment]
    request.resolver_match = match = resolve(path)
    return match.func(request, *match.args, **match.kwargs)
