"""What an author saved by hand stays, however late an autosave from before it arrives.

Wagtail 8.0 lets "Save draft" write into the version that autosave has begun. An autosave that was sent before, and is read
after, then takes back what was typed in between, without a word to anybody: both say that they follow the same version.
"""

from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest

OVERWRITTEN = "overwrite_revision_id"  # names the version that autosave goes on writing


def as_a_version_of_its_own(request: HttpRequest, edited) -> None:
    """What is saved by hand becomes a new version, so that a late autosave follows an old one, which Wagtail refuses."""
    if OVERWRITTEN in request.POST and request.accepts("text/html"):  # autosave asks for JSON
        sent = request.POST.copy()
        sent.pop(OVERWRITTEN)
        cast(Any, request).POST = sent


class InOrderMixin:
    """A page or a snippet with versions, of which autosave writes into the newest only.

    Wagtail looks which that is when the request begins, and again at what it had read then. Another may be saved meanwhile.
    """

    def save_revision(self, *args, overwrite_revision=None, **kwargs):
        """As Wagtail's. Raises PermissionDenied, as it does, where a newer version than the overwritten one is there."""
        with transaction.atomic():
            if overwrite_revision is not None:
                row = self.get_base_content_type().model_class()._base_manager.filter(pk=self.pk)
                list(row.select_for_update().values_list("pk"))  # whoever saves writes this row at last
                self.latest_revision_id = self.revisions.latest("pk").pk
            return super().save_revision(*args, overwrite_revision=overwrite_revision, **kwargs)
