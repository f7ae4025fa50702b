"""What is known of every request before its page is asked for (the site, the reader's time zone), and what is
answered when a page asks for patience."""

import math
import zoneinfo

from django.shortcuts import render
from django.utils import timezone

from accounts.ratelimit.limiter import TooOften
from accounts.site_settings import current_site


class TimeZoneMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
                return self.get_response(request)
        return self.get_response(request)


class SiteMiddleware:
    """Tell Wagtail the site, so that it need not find it by host name at every page: we serve one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        site = current_site()
        if site is not None:
            request._wagtail_site = site  # where Site.find_for_request() looks first
        return self.get_response(request)


class PatienceMiddleware:
    """Answer TooOften, wherever it is raised, with a page that says how long to wait."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, TooOften):
            return None
        page = render(request, "account/wait.html", {"minutes": math.ceil(exception.seconds / 60)}, status=429)
        page["Retry-After"] = str(exception.seconds)
        return page
