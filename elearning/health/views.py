"""The two health addresses."""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.process_cache import remember
from elearning.health import parts, probe, summary
from elearning.health.access import has_token, may_see_details
from elearning.health.summary import Health

REMEMBERED = 5  # seconds, for people who see no details
_one_at_a_time = threading.Lock()


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 if this process and its database answer, else 503. Waits for nothing else."""
    return _answer({"ok": probe.database.answers()})


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Answer 503 only when nothing gets through, else 200. Details are for administrators and the token."""
    if may_see_details(request):
        return _answer(summary.read().details())
    with _one_at_a_time:
        content = remember("health", REMEMBERED, lambda: summary.read().summary())
    return _answer(content)


def _answer(content: dict[str, Any]) -> HttpResponse:
    return JsonResponse(content, status=200 if content["ok"] else 503)


class HealthMiddleware:
    """Answer what must be answered before everything else.

    /health/live is asked inside a network, without HTTPS and by an IP address, so no check of host or scheme may refuse it.
    /health/ must answer while the database is away, when the session and the site cannot be read.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.live, self.health = reverse("health_live"), reverse("health")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == self.live and request.method in ("GET", "HEAD"):
            return live(request)
        if request.path_info == self.health and not probe.database.answers():
            health = Health((parts.database(False),))
            return _answer(health.details() if has_token(request) else health.summary())
        return self.get_response(request)
