"""Middleware with checks of workflow actions that Wagtail 8.0 lacks."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import WorkflowState


class WorkflowMiddleware:
    """Answer 404 unless the task state in a URL belongs to the object in that URL; refuse to approve an unready page.

    A page is unready while it lacks something for publishing. Wagtail 8.0 loads the task state by its id alone. It
    checks permissions for the object in the URL, but then acts on the object that the task state belongs to.
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
    """Redirect to the editor, which shows what is missing. None if nothing is missing or the user may not approve."""
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
