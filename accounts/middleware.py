"""What is known of every request before its page is asked for: the site, and the reader's time zone."""

import zoneinfo

from django.utils import timezone

from accounts.sites import current_site


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
