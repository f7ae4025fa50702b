"""Middleware that tells forms.js what a browser would do with the answer to a form."""

from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import resolve_url

from accounts.authentication.requests import is_from_script

HEADER = "X-Location"


class ScriptedFormMiddleware:
    """Answer a form that forms.js sends with 401 instead of sign-in, and with 204 and an address instead of a redirect.

    fetch() hides where a redirect leads. It would also open the next page, which is no delivery of a lesson and would
    use up its messages.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != 302 or not is_from_script(request):
            return response
        address = urlsplit(response.headers["Location"])
        del response.headers["Location"]
        asks_to_sign_in = address.path == resolve_url(settings.LOGIN_URL) and "next=" in address.query
        response.status_code = 401 if asks_to_sign_in else 204
        if not asks_to_sign_in:
            response.headers[HEADER] = address.geturl()
        return response
