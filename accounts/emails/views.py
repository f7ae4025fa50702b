"""The pages about emails: switch off optional ones, try an address again; and the webhook of bounces."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.emails import addresses, bounces, unsubscribe
from accounts.models import User
from accounts.ratelimit import limiter, limits

LARGEST_REPORT = 64 * 1024  # bytes of what the webhook takes


# Mail programs send it without our cookies and without a token (RFC 8058). The signed link is what is checked.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link of an email switches off, and do it by POST: programs that check emails open every link."""
    person = unsubscribe.find(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        unsubscribe.switch_off(person)
    return render(request, "accounts/switch_off_emails.html", {"done": request.method == "POST"})


@login_required
@require_POST
def try_again(request: HttpRequest) -> HttpResponse:
    """Try the person's address again, with the emails to it that failed lately."""
    person = cast(User, request.user)
    if person.mail_fails:
        limits.count_email_request(request, person.email)
        count = addresses.try_again(person)
        messages.success(
            request,
            ngettext(
                "We send emails to your address again, and %(count)s that did not arrive.",
                "We send emails to your address again, and %(count)s that did not arrive.",
                count,
            )
            % {"count": count}
            if count
            else _("We send emails to your address again."),
        )
    return redirect("profile")


# A mail service calls it, which has no cookies. The secret is what is checked.
@csrf_exempt
@require_POST
def bounce_webhook(request: HttpRequest) -> HttpResponse:
    """Record bounces that a mail service reports. Answer 404 while no secret is set. Raises TooOften."""
    if not settings.EMAIL_BOUNCE_SECRET:
        raise Http404
    counted_try = limiter.take(limits.BOUNCE_SECRETS, limits.client_network(request))
    if not constant_time_compare(request.headers.get("X-Bounce-Secret", ""), settings.EMAIL_BOUNCE_SECRET):
        return JsonResponse({"error": "wrong secret"}, status=403)
    limiter.give_back([counted_try])
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_REPORT:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        counted = bounces.record_all(bounces.from_json(request.body))
    except bounces.NotABounce as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"counted": counted})
