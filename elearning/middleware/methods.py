"""Which HTTP methods are allowed."""

from django.http import HttpResponseNotAllowed

METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
# What two of Wagtail's scripts send besides, by the names of their URLs: forget a preview, dismiss a hint.
EXCEPTIONS = {
    "DELETE": ("preview_on_add", "preview_on_edit"),
    "PATCH": ("wagtailadmin_dismissibles",),
}


class AllowedMethodsMiddleware:
    """Answer 405 to other methods before a view can take PUT for POST."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method in METHODS or request.resolver_match.url_name in EXCEPTIONS.get(request.method, ()):
            return None
        return HttpResponseNotAllowed(METHODS)
