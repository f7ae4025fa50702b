"""Middleware that answers malformed requests to Wagtail's admin with 400."""

import traceback

import structlog
from django.db import DataError
from django.utils.datastructures import MultiValueDictKeyError

from elearning.views import bad_request

log = structlog.get_logger(__name__)
ADMIN = "/admin/"


class BadRequestMiddleware:
    """Answer 400 instead of 500 to a form of the admin that cannot be parsed, and log the exception.

    Wagtail does not validate the fields that its own scripts send. A count may be missing, rich text may be nested a
    thousand levels deep, a number may be too large for the database.
    """

    UNREADABLE = (MultiValueDictKeyError, ValueError, OverflowError, RecursionError, DataError)
    UNREADABLE_BY_URL = {"wagtailadmin_dismissibles": (TypeError,)}  # by the name of the URL

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not request.path_info.startswith(ADMIN):
            return None
        unreadable = self.UNREADABLE + self.UNREADABLE_BY_URL.get(request.resolver_match.url_name, ())
        if not (isinstance(exception, unreadable) or _raised_while_parsing_a_form(exception)):
            return None
        log.error("request_unreadable", exc_info=exception)
        return bad_request(request, exception)


def _raised_while_parsing_a_form(exception: Exception) -> bool:
    frames = traceback.walk_tb(exception.__traceback__)
    return any(frame.f_code.co_name == "value_from_datadict" for frame, _line in frames)
