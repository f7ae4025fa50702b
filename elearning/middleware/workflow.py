"""Middleware with checks of workflow actions that Wagtail 8.0 lacks."""

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.models import Page, WorkflowState

from courses.admin import publishing
from courses.revisions import NotPublishable


class WorkflowMiddleware:
    """Answer 404 unless the task state in a URL belongs to the object in that URL. Check what is about to be approved.

    Approving publishes. A page or question that lacks something is not approved, and one with a new expiry or changed
    rules only in the editor, which shows it. Wagtail 8.0 loads the task state by its id alone. It checks permissions for the object in the
    URL, but then acts on the object that the task state belongs to.
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
        if request.method == "POST" and kwargs.get("action_name") == "approve":
            return _send_to_editor(request, workflow_state)

    def process_exception(self, request, exception):
        """Say why nothing was published, whichever page of the admin tried to: in bulk, or by ending a review step."""
        if isinstance(exception, NotPublishable):
            messages.error(request, " ".join([_("Nothing was published."), *exception.messages]))
            return redirect("wagtailadmin_home")


def _send_to_editor(request, workflow_state: WorkflowState):
    """Redirect to the editor with the reason. None if there is no reason, or the user may not approve.

    Only an approval outside the editor is sent back for a warning; inside, Wagtail collects a comment by another URL.
    """
    draft = workflow_state.content_object.get_latest_revision_as_object()
    outside = request.resolver_match.url_name == "workflow_action"
    if missing := publishing.lacking(draft, request.user):
        reason = " ".join([_("This was not approved, because it cannot be published yet."), *missing])
    elif outside and publishing.new_expiry(draft):
        reason = _("This was not approved yet, because it has an expiry date. If that is right, approve it here.")
    elif outside and publishing.changed_rules(draft):
        reason = _(
            "This was not approved yet, because it changes the rules of a test. If that is right, approve it here."
        )
    else:
        return None
    task_state = workflow_state.current_task_state
    actions = [name for name, *_ in task_state.task.specific.get_actions(draft, request.user)] if task_state else []
    if "approve" not in actions:
        return None
    messages.error(request, reason)
    is_page = isinstance(draft, Page)
    view = "wagtailadmin_pages:edit" if is_page else type(draft).snippet_viewset.get_url_name("edit")
    editor = reverse(view, args=[quote(draft.pk)])
    if request.headers.get("x-requested-with") != "XMLHttpRequest":
        return redirect(editor)
    return render_modal_workflow(request, "", None, {}, json_data={"step": "success", "redirect": editor})
