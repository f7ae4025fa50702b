"""What the elearning app registers with Wagtail: the admin script, the patched choosers, exports and time zone."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks

from elearning.wagtail_patches import choosers, exports, time_zone

choosers.install()
exports.install()
time_zone.install()


@hooks.register("construct_settings_menu")
def hide_redirects(request, items) -> None:
    """Remove the entry of wagtail.contrib.redirects, whose pages are off (elearning/urls.py)."""
    items[:] = [item for item in items if item.name != "redirects"]


@hooks.register("insert_global_admin_js")
def admin_script() -> SafeString:
    return format_html('<script src="{}"></script>', static("admin.js"))
