"""Middleware that limits HTTP methods."""

from django.http import HttpResponseNotAllowed

METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
# Other methods that Wagtail's scripts send, with URL names: discard a preview, dismiss a hint.
EXCEPTIONS = {
    "DELETE": ("preview_on_add", "preview_on_edit"),
    "PATCH": ("wagtailadmin_dismissibles",),
}


class AllowedMethodsMiddleware:
    """Answer 405 to methods other than METHODS and EXCEPTIONS, so that no view treats PUT like POST."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method in METHODS or request.resolver_match.url_name in EXCEPTIONS.get(request.method, ()):
            return None
        return HttpResponseNotAllowed(METHODS)
