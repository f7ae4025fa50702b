"""The admin forms of pages and questions."""

from django.utils import timezone
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm

from standards.models import Edition


def publishes(form) -> bool:
    """Whether this posted form of the editor publishes: at once, or by approving a review."""
    approves = "action-workflow-action" in form.data and form.data.get("workflow-action-name") == "approve"
    return "action-publish" in form.data or approves


class PastExpiryMixin:
    """Drop an expiry that is over when the form still has it. Wagtail would refuse every save of an expired page."""

    def clean(self):
        before, expire_at = self.instance.expire_at, self.cleaned_data.get("expire_at")
        if before and expire_at and expire_at < timezone.now() and _minute(before) == _minute(expire_at):
            self.cleaned_data["expire_at"] = None
        return super().clean()


def _minute(moment):
    """The moment as the form shows it."""
    return moment.replace(second=0, microsecond=0)


class ContentPageForm(PastExpiryMixin, WagtailAdminPageForm):
    """The form of every page of ours."""


class DraftForm(PastExpiryMixin, WagtailAdminModelForm):
    """The form of a snippet with drafts."""


class CopyPageForm(CopyForm):
    """Wagtail's form without "Alias". A step is completed by its key, and an alias would have another one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("alias", None)


class CourseForm(ContentPageForm):
    """Suggest the newest edition of the Standards for a new course."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "edition" in self.fields:
            newest = Edition.objects.filter(sealed_at__isnull=False).order_by("-year", "-pk").first()
            self.initial["edition"] = newest.pk if newest else None

    def _post_clean(self):
        """Refuse to publish what lacks something, once the course has what was typed."""
        super()._post_clean()
        if publishes(self) and not self.errors and self.instance.pk:
            for problem in self.instance.lacking():
                self.add_error(None, problem)
