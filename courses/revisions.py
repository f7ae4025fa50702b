"""Keep a late autosave from overwriting a manual save. Reasons: docs/decisions/0041.

In Wagtail 8.0, "Save draft" overwrites the revision that autosave has begun. An autosave that was sent earlier but
arrives later then silently overwrites the manual save, because both requests name the same revision.
"""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

OVERWRITE_FIELD = "overwrite_revision_id"  # the form field that names the revision to write into


class NotPublishable(ValidationError):
    """The revision lacks something, so it was not published. The messages say what."""


def save_as_new_revision(request: HttpRequest, instance) -> None:
    """Make every manual save a new revision. A late autosave then names an older revision, and Wagtail refuses it."""
    if OVERWRITE_FIELD in request.POST and request.accepts("text/html"):  # autosave asks for JSON
        form_data = request.POST.copy()
        form_data.pop(OVERWRITE_FIELD)
        cast(Any, request).POST = form_data


class SafeAutosaveMixin:
    """For pages and snippets with revisions: let autosave write into the newest revision only.

    Wagtail compares with the newest revision as it was when the request began. Another revision may have been saved
    since then.
    """

    def save_revision(self, *args, overwrite_revision=None, **kwargs):
        """As in Wagtail. Raises PermissionDenied when there is a newer revision than `overwrite_revision`."""
        with transaction.atomic():
            if overwrite_revision is not None:
                rows = self.get_base_content_type().model_class()._base_manager.filter(pk=self.pk)
                # Every save ends by updating this row, so the lock waits for other saves.
                list(rows.select_for_update().values_list("pk"))
                self.latest_revision_id = self.revisions.latest("pk").pk
            return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)
