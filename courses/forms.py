"""The admin form of a course page."""

from wagtail.admin.forms import WagtailAdminPageForm

from standards.models import Edition


class CourseForm(WagtailAdminPageForm):
    """Suggest the newest edition of the Standards for a new course."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "edition" in self.fields:
            newest = Edition.objects.filter(sealed_at__isnull=False).order_by("-year", "-pk").first()
            self.initial["edition"] = newest.pk if newest else None
