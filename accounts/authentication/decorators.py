"""The door of what is one's own: sign in first. A form sent after the session ended is kept until its sender is back."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict

KEPT = "form_sent_signed_out"
SECONDS = 30 * 60
LONGEST = 60_000  # ten thousand Arabic letters, as a form writes them


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As login_required; a form that comes without a session is sent again, once, when its sender has signed in.

    Only for views whose address names something of the sender's own (an enrolment, an attempt), or where it does
    not matter who sends: whoever signs in next on a shared computer must not send a stranger's form as their own.
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
    # What a script sends by itself is not what somebody wrote and waits for; the scripts keep their own.
    if request.method != "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    form = fields.urlencode()
    if len(form) <= LONGEST:
        request.session[KEPT] = {"path": request.get_full_path(), "form": form, "at": time.time()}


def _send_again(request: HttpRequest) -> None:
    """Make the request the one that was kept. Its token was checked when it came; a stranger cannot plant one."""
    kept = request.session.get(KEPT)
    if not kept or request.method != "GET":
        return
    del request.session[KEPT]
    if kept["path"] == request.get_full_path() and time.time() - kept["at"] < SECONDS:
        request.method = "POST"
        request.POST = QueryDict(kept["form"])
