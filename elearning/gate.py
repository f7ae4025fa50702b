"""What is decided of a request before and after any door is tried: how much of it we read, which methods there are, what a
404 means, what a review may be addressed by, and what becomes of a form that no page of ours has made."""

import traceback

import structlog
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import Http404, HttpResponseNotAllowed
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import WorkflowState

from accounts.text import small_number
from elearning.views import bad_request

log = structlog.get_logger(__name__)
ADMIN = "/admin/"

METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
# What Wagtail's own scripts send besides: forget a preview, put away a hint.
DOORS_OF = {
    "DELETE": ("preview_on_add", "preview_on_edit"),
    "PATCH": ("wagtailadmin_dismissibles",),
}


LONGEST_QUERY = 4_000  # what gunicorn lets through, whatever server stands before us
LONGEST_OFFSET = 18  # digits; more is a number that no database counts to
LARGEST_FORM = 25 * 1024 * 1024  # a document of the admin, the largest thing anybody sends, and the form around it


class SizeMiddleware:
    """More than anybody has a reason to send is not read at all."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        length = small_number(request.META.get("CONTENT_LENGTH") or "0", LARGEST_FORM)
        if length is None or len(request.META["QUERY_STRING"]) > LONGEST_QUERY:
            raise BadRequest("too long")
        if len(request.GET.get("offset", "")) > LONGEST_OFFSET:
            raise BadRequest("too far")


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


class ReviewMiddleware:
    """A step of a review is taken at the address of what is reviewed, and nothing is approved that could not be published.

    Wagtail 8.0 finds the step by its number alone, asks whether one may decide about the page in the address, and then
    decides about whatever the step belongs to.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if "task_state_id" not in kwargs or not request.user.is_authenticated:
            return
        reviewed = WorkflowState.objects.filter(task_states=kwargs["task_state_id"]).first()
        is_page = reviewed is not None and reviewed.base_content_type.model == "page"
        here = kwargs.get("page_id") if is_page else kwargs.get("pk")
        if reviewed is None or reviewed.object_id != str(here):
            raise Http404
        if request.method == "POST" and kwargs.get("action_name") == "approve" and is_page:
            return _refused(request, reviewed)


def _refused(request, reviewed: WorkflowState):
    """Back to the editor, which says what is lacking; None where nothing is, or where this person may not approve."""
    page = reviewed.content_object.get_latest_revision_as_object()
    lacking = page.lacking() if hasattr(page, "lacking") else []
    step = reviewed.current_task_state
    may = lacking and step and "approve" in [name for name, *_ in step.task.specific.get_actions(page, request.user)]
    if not may:
        return None
    messages.error(request, " ".join([_("This was not approved, for it cannot be published yet."), *lacking]))
    editor = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if request.headers.get("x-requested-with") != "XMLHttpRequest":
        return redirect(editor)
    return render_modal_workflow(request, "", None, {}, json_data={"step": "success", "redirect": editor})


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but an address that a view has answered with 404 is not tried again with a language before it."""

    def process_response(self, request, response):
        if response.status_code == 404 and request.resolver_match is not None:
            # What serves pages takes any address, so each would be sent on to /en/…, only to be missing there.
            return response
        return super().process_response(request, response)


class UnreadableMiddleware:
    """In the admin, a request that cannot even be read is a mistake of whoever made it, not of the server.

    Wagtail reads the forms of its own scripts without asking whether each field is there and what it holds: a missing
    count, rich text that is nested a thousandfold, a number no row can have. It stays an error in the log.
    """

    UNREADABLE = (MultiValueDictKeyError, ValueError, OverflowError, RecursionError, DataError)
    UNREADABLE_HERE = {"wagtailadmin_dismissibles": (TypeError,)}  # doors by name

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not request.path_info.startswith(ADMIN):
            return None
        unreadable = self.UNREADABLE + self.UNREADABLE_HERE.get(request.resolver_match.url_name, ())
        if not (isinstance(exception, unreadable) or _while_reading_a_form(exception)):
            return None
        log.error("request_unreadable", exc_info=exception)
        return bad_request(request, exception)


def _while_reading_a_form(exception: Exception) -> bool:
    frames = traceback.walk_tb(exception.__traceback__)
    return any(frame.f_code.co_name == "value_from_datadict" for frame, _line in frames)
