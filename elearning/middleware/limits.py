"""How much of a request is read."""

from django.core.exceptions import BadRequest

LONGEST_QUERY = 4_000  # characters; gunicorn lets this much through, whatever server stands before it
LONGEST_OFFSET = 18  # digits; no database counts to a longer number
LARGEST_FORM = 25 * 1024 * 1024  # bytes; a document of the admin, the largest thing anybody sends, and its form


class RequestLimitsMiddleware:
    """Refuse a request that is larger than anybody has a reason to send, before its body is read."""

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
