"""Requests that Wagtail's admin cannot read."""

import traceback

import structlog
from django.db import DataError
from django.utils.datastructures import MultiValueDictKeyError

from elearning.views import bad_request

log = structlog.get_logger(__name__)
ADMIN = "/admin/"


class BadRequestMiddleware:
    """In the admin, answer 400 instead of 500 to a form that cannot be read. The log still says what happened.

    Wagtail reads the forms of its own scripts without asking whether each field is there and what it holds: a missing
    count, rich text that is nested a thousand levels deep, a number too large for any row.
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
        if not (isinstance(exception, unreadable) or _while_reading_a_form(exception)):
            return None
        log.error("request_unreadable", exc_info=exception)
        return bad_request(request, exception)


def _while_reading_a_form(exception: Exception) -> bool:
    frames = traceback.walk_tb(exception.__traceback__)
    return any(frame.f_code.co_name == "value_from_datadict" for frame, _line in frames)
