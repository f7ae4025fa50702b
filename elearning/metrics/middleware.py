"""Count the requests and how long they take."""

import time

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed

from elearning.logging import view_name


class RequestMetricsMiddleware:
    """Observe every request that reaches the middlewares below. Not used where prometheus-client is not installed."""

    def __init__(self, get_response):
        if not settings.METRICS:
            raise MiddlewareNotUsed
        from elearning.metrics.requests import observe  # noqa: PLC0415 - an optional package

        self.get_response = get_response
        self.observe = observe

    def __call__(self, request):
        began_at = time.perf_counter()
        response = self.get_response(request)
        self.observe(view_name(request), request.method, response.status_code, time.perf_counter() - began_at)
        return response
