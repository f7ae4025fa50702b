"""What is decided of a request before and after any door is tried: which methods there are, and what a 404 means."""

from django.http import HttpResponseNotAllowed
from django.middleware.locale import LocaleMiddleware

METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
# What Wagtail's own scripts send besides: forget a preview, put away a hint.
DOORS_OF = {
    "DELETE": ("preview_on_add", "preview_on_edit"),
    "PATCH": ("wagtailadmin_dismissibles",),
}


class MethodsMiddleware:
    """Everything is a page or a form: other methods are refused at once, before a view takes PUT for POST."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method in METHODS or request.resolver_match.url_name in DOORS_OF.get(request.method, ()):
            return None
        return HttpResponseNotAllowed(METHODS)


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but an address that a view has answered with 404 is not tried again with a language before it."""

    def process_response(self, request, response):
        if response.status_code == 404 and request.resolver_match is not None:
            # What serves pages takes any address, so each would be sent on to /en/…, only to be missing there.
            return response
        return super().process_response(request, response)
