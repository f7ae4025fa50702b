"""A login_required that saves a form posted after the session ended and processes it after the next sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict

from accounts import sessions
from accounts.ratelimit import limits

SAVED_FORM_KEY = sessions.FORM_SENT_SIGNED_OUT
MAX_AGE = 30 * 60  # seconds


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Require sign-in, like login_required. A form posted without a session is processed once its sender has signed in.

    Use it only for views whose URL names a record of the sender (an enrolment, an attempt), whose form names the sender
    and is taken from nobody else, or where the sender does not matter. Otherwise the next person to sign in on a shared
    computer could send a stranger's form as their own.
    """

    @wraps(view)
    def wrapped_view(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            _restore_form(request)
            return view(request, *args, **kwargs)
        _save_form(request)
        return redirect_to_login(request.get_full_path())

    return wrapped_view


def _save_form(request: HttpRequest) -> None:
    # Save only forms that a person submitted: scripts keep and resend their own posts.
    if request.method != "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    saved = {"path": request.get_full_path(), "form": fields.urlencode(), "at": time.time()}
    if sessions.fits(request.session, **{SAVED_FORM_KEY: saved}) and limits.may_save_form(request):
        request.session[SAVED_FORM_KEY] = saved


def _restore_form(request: HttpRequest) -> None:
    """Turn this GET into the saved POST if both have the same path and the form is younger than MAX_AGE.

    The CSRF token was checked when the form arrived, so another site cannot plant a form.
    """
    saved = request.session.get(SAVED_FORM_KEY)
    if not saved or request.method != "GET":
        return
    del request.session[SAVED_FORM_KEY]
    if saved["path"] == request.get_full_path() and time.time() - saved["at"] < MAX_AGE:
        request.method = "POST"
        request.POST = QueryDict(saved["form"])
