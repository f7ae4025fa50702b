"""What the elearning app registers with Wagtail: the admin script, the patched choosers and time zone."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks

from elearning.wagtail_patches import choosers, time_zone

choosers.install()
time_zone.install()


@hooks.register("insert_global_admin_js")
def admin_script() -> SafeString:
    return format_html('<script src="{}"></script>', static("admin.js"))
