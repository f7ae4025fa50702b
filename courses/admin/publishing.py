"""What people are told before they publish a draft: what it lacks, what it changes, and when it would expire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses.models.pages import ContentPage
from courses.protection import people_under_way


def lacking(draft: Any, user) -> list[str]:
    """What keeps this user from publishing this draft of a page or question, in words; [] for nothing."""
    problems = draft.lacking() if hasattr(draft, "lacking") else []
    return problems + (draft.objections(user) if isinstance(draft, ContentPage) else [])


def changed_rules(draft: Any) -> list[str]:
    """Which rules publishing this draft would change for people under way, in words; [] for none."""
    return draft.changed_rules() if isinstance(draft, ContentPage) else []


def new_expiry(draft: Any) -> str:
    """When this draft would be unpublished, in words; "" when what is published now says the same or there is no expiry."""
    published = type(draft)._default_manager.filter(pk=draft.pk, live=True, expire_at=draft.expire_at)
    if draft.expire_at is None or published.exists():
        return ""
    when = formats.date_format(timezone.localtime(draft.expire_at), "DATETIME_FORMAT")
    text = _("“%(title)s” has an expiry date: it would be unpublished on %(when)s, your time.")
    people = people_under_way([draft]) if isinstance(draft, Page) else ""
    return f"{text % {'title': draft, 'when': when}} {people}".strip()


def before_edit(request: HttpRequest, instance: Any) -> None:
    """Tell whoever opens a draft what publishing it would change. An approval from the dashboard leads here first."""
    if request.method != "GET":
        return
    expires = getattr(instance, "live", False) or getattr(instance, "workflow_in_progress", False)
    for warning in [new_expiry(instance) if expires else "", *changed_rules(instance)]:
        if warning:
            messages.warning(request, warning)


def before_bulk_action(request: HttpRequest, action_type: str, objects: list, action: Any) -> HttpResponse | None:
    """Refuse to publish many pages at once when one of them lacks something, or changes what people must see first.

    Says which and why.
    """
    if action_type != "publish" or not issubclass(action.models[0], Page):
        return None
    below = action.cleaned_form.cleaned_data.get("include_descendants")
    reasons = [reason for page in _drafts(objects, below) for reason in _reasons(page, request.user)]
    for reason in reasons:
        messages.error(request, reason)
    if not reasons:
        return None
    messages.error(request, _("Nothing was published. Open these pages and publish them there."))
    return redirect("wagtailadmin_explore", objects[0].get_parent().pk)


def _drafts(pages: list[Page], below: bool) -> Iterator[Page]:
    """The newest drafts of these pages and, if asked for, of all unpublished pages below them."""
    for page in pages:
        yield page.get_latest_revision_as_object()
        for descendant in page.get_descendants().not_live() if below else ():
            yield descendant.get_latest_revision_as_object()


def _reasons(draft: Page, user) -> list[str]:
    expiry = new_expiry(draft)
    problems = [f"{draft}: {problem}" for problem in [*lacking(draft, user), *changed_rules(draft)]]
    return problems + ([expiry] if expiry else [])
