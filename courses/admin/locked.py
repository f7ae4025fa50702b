"""The read-only page in place of an editor whose save Wagtail would refuse: in review, locked by somebody, scheduled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, Panel, PublishingPanel
from wagtail.blocks import StreamValue
from wagtail.locks import BaseLock, BasicLock, ScheduledForPublishLock, WorkflowLock
from wagtail.models import LockableMixin, Page
from wagtail.utils.text import text_from_html

CANCEL = "cancel-review"  # the name of the button


def before_edit(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """Answer with the read-only page while a lock holds for this person. None for whoever may write.

    A form that was open before and is sent now goes on to Wagtail, which refuses it and shows what was typed.
    """
    if request.method == "POST" and CANCEL in request.POST:
        return _cancel_review(request, instance)
    lock = instance.get_lock() if isinstance(instance, LockableMixin) else None
    if request.method == "POST" or lock is None or not lock.for_user(request.user):
        return None
    return render(request, "courses/admin/locked.html", _context(request, instance, lock))


def _cancel_review(request: HttpRequest, instance: Any) -> HttpResponse:
    """End the review, as Wagtail's editor would, but without a form that it could read as an empty page."""
    state = getattr(instance, "current_workflow_state", None)
    if state is not None and state.user_can_cancel(request.user):
        state.cancel(user=request.user)
        messages.success(request, _("The review is cancelled. You can go on writing."))
    else:
        messages.error(request, _("The review was not cancelled: it is over, or it is not yours to cancel."))
    return redirect(request.path)


def _context(request: HttpRequest, instance: Any, lock: BaseLock) -> dict[str, Any]:
    is_page = isinstance(instance, Page)
    state = instance.current_workflow_state if isinstance(lock, WorkflowLock) else None
    title = instance.get_admin_display_title() if is_page else str(instance)
    return {
        "page_title": title,
        "header_title": title,  # of the browser's tab
        "header_icon": "lock",
        "review": state,
        "reviewers": _reviewers(lock) if state else "",
        "may_cancel": state is not None and state.user_can_cancel(request.user),
        "cancel": CANCEL,
        "lock_message": "" if state else lock.get_message(request.user),
        "unlock_url": _unlock_url(request, instance, lock),
        "draft_url": reverse("wagtailadmin_pages:view_draft", args=[instance.pk])
        if is_page and instance.is_previewable()
        else "",
        "fields": [*_fields(instance, instance.get_edit_handler()), *_schedule(instance)],
    }


def _reviewers(lock: WorkflowLock) -> str:
    """The groups that review at this step, or the name of a step without groups."""
    task = lock.task.specific
    names = [group.name for group in task.groups.all()] if hasattr(task, "groups") else []
    return ", ".join(names) or task.name


def _unlock_url(request: HttpRequest, instance: Any, lock: BaseLock) -> str:
    """Where this person may end a lock that is not a review; "" when they may not."""
    if isinstance(lock, BasicLock) and _may(request.user, instance, "unlock"):
        return _url(instance, "unlock")
    if isinstance(lock, ScheduledForPublishLock) and _may(request.user, instance, "unschedule"):
        return _url(instance, "revisions_unschedule", instance.scheduled_revision.pk)
    return ""


def _may(user, instance: Any, action: str) -> bool:
    if isinstance(instance, Page):
        return getattr(instance.permissions_for_user(user), f"can_{action}")()
    permission = "publish" if action == "unschedule" else action
    return user.has_perm(f"{instance._meta.app_label}.{permission}_{instance._meta.model_name}")


def _url(instance: Any, name: str, *args) -> str:
    is_page = isinstance(instance, Page)
    view = f"wagtailadmin_pages:{name}" if is_page else type(instance).snippet_viewset.get_url_name(name)
    return reverse(view, args=[quote(instance.pk), *args])


def _fields(instance: Any, panel: Panel) -> Iterator[tuple[str, list[str]]]:
    """The label of each field of the editor and its value in paragraphs. Empty fields are left out."""
    if isinstance(panel, PublishingPanel):
        return
    for child in getattr(panel, "children", []):
        yield from _fields(instance, child)
    if isinstance(panel, FieldPanel):
        paragraphs = [text for text in _paragraphs(panel, getattr(instance, panel.field_name)) if text]
        if paragraphs:
            yield str(panel.heading or capfirst(panel.db_field.verbose_name)), paragraphs


def _schedule(instance: Any) -> Iterator[tuple[str, list[str]]]:
    """When it would be published and unpublished, which the editor shows beside the fields."""
    for name in ("go_live_at", "expire_at"):
        if moment := getattr(instance, name, None):
            label = capfirst(instance._meta.get_field(name).verbose_name)
            yield label, [formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")]


def _paragraphs(panel: FieldPanel, value: Any) -> list[str]:
    if isinstance(value, StreamValue):
        return [text_from_html(block) for block in value]
    if isinstance(value, bool):
        return [_("Yes")] if value else []
    return ["" if value is None else str(panel.format_value_for_display(value))]
