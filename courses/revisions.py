"""Keep a late autosave from overwriting what an author has saved by hand. Reasons: docs/decisions/0041.

Wagtail 8.0 lets "Save draft" write into the revision that autosave has begun. An autosave that was sent earlier but
arrives later then silently overwrites it, because both requests name the same revision.
"""

from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest

OVERWRITTEN = "overwrite_revision_id"  # the form field that names the revision to write into


def as_a_version_of_its_own(request: HttpRequest, edited) -> None:
    """Make every save by hand a new revision. A late autosave then names an older one, and Wagtail refuses it."""
    if OVERWRITTEN in request.POST and request.accepts("text/html"):  # autosave asks for JSON
        sent = request.POST.copy()
        sent.pop(OVERWRITTEN)
        cast(Any, request).POST = sent


class InOrderMixin:
    """For pages and snippets with revisions: let autosave write into the newest revision only.

    Wagtail compares with the newest revision as it was when the request began. Another revision may have been saved
    since then.
    """

    def save_revision(self, *args, overwrite_revision=None, **kwargs):
        """As in Wagtail. Raises PermissionDenied when there is a newer revision than `overwrite_revision`."""
        with transaction.atomic():
            if overwrite_revision is not None:
                row = self.get_base_content_type().model_class()._base_manager.filter(pk=self.pk)
                # Every save ends by updating this row, so the lock waits for other saves.
                list(row.select_for_update().values_list("pk"))
                self.latest_revision_id = self.revisions.latest("pk").pk
            return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)
