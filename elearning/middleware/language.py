"""Django's LocaleMiddleware for the languages that the interface is offered in, and for pages that do not exist."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.context_processors import in_language
from accounts.languages import INTERFACE_CODES


class LanguageMiddleware(LocaleMiddleware):
    """LocaleMiddleware, but a language without words is never shown, and a 404 from a view is not redirected.

    An address in such a language redirects to the visitor's own one. The answer is 307: a browser does not keep it,
    since the language may be offered tomorrow, and a form keeps what it sends.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        super().process_request(request)
        if translation.get_language() in INTERFACE_CODES:
            return None
        language = preferred_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        if not translation.get_language_from_path(request.path_info):
            return None
        redirect = HttpResponseRedirect(in_language(request.get_full_path(), language), preserve_request=True)
        patch_vary_headers(redirect, ("Accept-Language", "Cookie"))
        return redirect

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == 404 and request.resolver_match is not None:
            # Wagtail's page view matches any path, so Django would redirect each missing page to /en/… first.
            return response
        return super().process_response(request, response)


def preferred_language(request: HttpRequest) -> str:
    """The first language of the visitor's cookie and browser that the interface is offered in; else the default."""
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    for wish in (request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME), *(code for code, _quality in accepted)):
        with suppress(LookupError):
            code = translation.get_supported_language_variant(wish or "")
            if code in INTERFACE_CODES:
                return code
    return settings.LANGUAGE_CODE
