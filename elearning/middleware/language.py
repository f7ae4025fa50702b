"""The language of a page that does not exist."""

from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """Django's, except that the 404 of a view is final."""

    def process_response(self, request, response):
        if response.status_code == 404 and request.resolver_match is not None:
            # Wagtail's page view takes any address, so Django would redirect each missing page to /en/… first.
            return response
        return super().process_response(request, response)
