"""Middleware that limits the size of requests."""

from django.core.exceptions import BadRequest

LONGEST_QUERY = 4_000  # characters; gunicorn accepts this much, whatever the proxy before it allows
LONGEST_OFFSET = 18  # digits; a longer number overflows the database
LARGEST_FORM = 25 * 1024 * 1024  # bytes; the largest document the admin accepts, plus its form


class RequestLimitsMiddleware:
    """Refuse a request that is larger than any legitimate one, before its body is read. Raises BadRequest."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > LARGEST_FORM or len(request.META["QUERY_STRING"]) > LONGEST_QUERY:
            raise BadRequest("too long")
        if len(request.GET.get("offset", "")) > LONGEST_OFFSET:
            raise BadRequest("too far")
