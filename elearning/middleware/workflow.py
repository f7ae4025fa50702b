"""Middleware with checks of workflow actions that Wagtail 8.0 lacks."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import WorkflowState


class WorkflowMiddleware:
    """Answer 404 unless the task state in a URL belongs to the object in that URL; refuse to approve an incomplete page.

    A page is incomplete while it lacks something for publishing. Wagtail 8.0 loads the task state by its id alone. It
    checks permissions for the object in the URL, but then acts on the object that the task state belongs to.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if "task_state_id" not in kwargs or not request.user.is_authenticated:
            return
        workflow_state = WorkflowState.objects.filter(task_states=kwargs["task_state_id"]).first()
        is_page = workflow_state is not None and workflow_state.base_content_type.model == "page"
        object_id = kwargs.get("page_id") if is_page else kwargs.get("pk")
        if workflow_state is None or workflow_state.object_id != str(object_id):
            raise Http404
        if request.method == "POST" and kwargs.get("action_name") == "approve" and is_page:
            return _refuse_if_incomplete(request, workflow_state)


def _refuse_if_incomplete(request, workflow_state: WorkflowState):
    """Redirect to the editor, which shows what is missing. None if nothing is missing or the user may not approve."""
    page = workflow_state.content_object.get_latest_revision_as_object()
    missing = page.lacking() if hasattr(page, "lacking") else []
    task_state = workflow_state.current_task_state
    if not (missing and task_state):
        return None
    actions = [name for name, *_ in task_state.task.specific.get_actions(page, request.user)]
    if "approve" not in actions:
        return None
    messages.error(request, " ".join([_("This was not approved, because it cannot be published yet."), *missing]))
    editor = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if request.headers.get("x-requested-with") != "XMLHttpRequest":
        return redirect(editor)
    return render_modal_workflow(request, "", None, {}, json_data={"step": "success", "redirect": editor})
