"""A login_required that keeps a form sent after the session ended until its sender has signed in again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict

KEPT = "form_sent_signed_out"
SECONDS = 30 * 60
LONGEST = 60_000  # characters, URL-encoded: ten thousand Arabic letters


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Require sign-in, like login_required. A form posted without a session is processed once its sender has signed in.

    Use it only for views whose URL names a record of the sender (an enrolment, an attempt), or where the sender does
    not matter. Otherwise the next person to sign in on a shared computer could send a stranger's form as their own.
    """

    @wraps(view)
    def door(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            _send_again(request)
            return view(request, *args, **kwargs)
        _keep(request)
        return redirect_to_login(request.get_full_path())

    return door


def _keep(request: HttpRequest) -> None:
    # Only forms that a person submitted: scripts keep and resend what they post themselves.
    if request.method != "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    form = fields.urlencode()
    if len(form) <= LONGEST:
        request.session[KEPT] = {"path": request.get_full_path(), "form": form, "at": time.time()}


def _send_again(request: HttpRequest) -> None:
    """Turn this GET into the kept POST if both have the same path and the form is younger than SECONDS.

    The CSRF token was checked when the form arrived, so another site cannot plant a form.
    """
    kept = request.session.get(KEPT)
    if not kept or request.method != "GET":
        return
    del request.session[KEPT]
    if kept["path"] == request.get_full_path() and time.time() - kept["at"] < SECONDS:
        request.method = "POST"
        request.POST = QueryDict(kept["form"])
