"""Django's LocaleMiddleware with one change for pages that do not exist."""

from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """LocaleMiddleware, but a 404 from a view is not redirected to a URL with a language code."""

    def process_response(self, request, response):
        if response.status_code == 404 and request.resolver_match is not None:
            # Wagtail's page view matches any path, so Django would redirect each missing page to /en/… first.
            return response
        return super().process_response(request, response)
