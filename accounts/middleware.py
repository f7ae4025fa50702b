"""Middleware that sets the site and the user's time zone for every request, and answers requests over a limit."""

import math

from django.shortcuts import render
from django.utils import timezone

from accounts.ratelimit import limits
from accounts.ratelimit.limiter import TooOften
from accounts.site_settings import current_site


class TimeZoneMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            with timezone.override(request.user.zone):
                return self.get_response(request)
        return self.get_response(request)


class SiteMiddleware:
    """Set the request's Wagtail site. There is only one site, so Wagtail need not look it up by host name for every page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        site = current_site()
        if site is not None:
            request._wagtail_site = site  # Site.find_for_request() reads this first
        return self.get_response(request)


class RateLimitMiddleware:
    """Answer a TooOften with status 429 and a page that says how long to wait.

    A form says it itself and keeps what was typed (accounts.ratelimit.forms). Otherwise a view raises it, or the limit
    of sessions that visitors of one network can make us store.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        try:
            limits.count_visitor_session(request)
        except TooOften as error:
            request.session.flush()
            return _wait(request, error)
        refused = getattr(request, "too_often", None)
        return _as_wait(response, refused) if refused else response

    def process_exception(self, request, exception):
        return _wait(request, exception) if isinstance(exception, TooOften) else None


def _wait(request, error: TooOften):
    page = render(request, "account/wait.html", {"minutes": math.ceil(error.seconds / 60)})
    return _as_wait(page, error)


def _as_wait(response, error: TooOften):
    response.status_code = 429
    response["Retry-After"] = str(error.seconds)
    return response
