"""Refuse to delete a page when learners have completed it or a step below it. Authors unpublish it instead."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses.models.records import Completion


def before_delete_page(request, page):
    return _refuse(request, [page])


def before_bulk_action(request, action_type, objects, action):
    if action_type == "delete" and issubclass(action.models[0], Page):
        return _refuse(request, objects)
    return None


def _refuse(request, pages):
    """Return a redirect, with the reason as a message, when a page or one below it has completions; else None."""
    subtree = Page.objects.none()
    for page in pages:
        subtree |= Page.objects.descendant_of(page, inclusive=True)
    keys = Page.objects.filter(pk__in=subtree.values("pk"), alias_of=None).values("translation_key")
    if not Completion.objects.everybody("whether there is any").filter(step_key__in=keys).exists():
        return None
    messages.error(
        request,
        _(
            "Learners have completed this step or one below it, so it cannot be deleted. Unpublish it instead: the"
            " next release will leave it out."
        ),
    )
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk)
