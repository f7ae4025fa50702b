"""Compress responses. Reasons: docs/decisions/0074."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

ACCOUNTS = "/accounts/"
TEXT_TYPES = {
    *("application/javascript", "application/json", "application/manifest+json", "application/xml"),
    *("image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/plain", "text/xml"),
}


class CompressionMiddleware(GZipMiddleware):
    """GZipMiddleware for texts, but not where a secret could be guessed from the size of a response (BREACH).

    That needs one response with a secret and with text that the attacker chose. Without a session no page has a
    secret: Django masks the CSRF token anew in every response. With a session, text of the request can be in a response
    to a form, to a query string, to an address that does not exist, and below accounts/, where links hold keys.
    """

    def process_response(self, request, response):
        content_type = response.get("Content-Type", "").partition(";")[0]
        if content_type not in TEXT_TYPES or _may_have_secret_and_chosen_text(request, response):
            return response
        return super().process_response(request, response)


def _may_have_secret_and_chosen_text(request: HttpRequest, response: HttpResponseBase) -> bool:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    is_form = request.method not in ("GET", "HEAD")
    has_query = bool(request.META.get("QUERY_STRING"))  # a preview in the admin has none
    return is_form or has_query or response.status_code != 200 or ACCOUNTS in request.path_info
