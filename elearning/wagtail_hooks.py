"""What the elearning app registers with Wagtail: the admin scripts and the patched choosers, exports, pictures, zone."""

from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks

from elearning.wagtail_patches import choosers, exports, pictures, time_zone

choosers.install()
exports.install()
pictures.install()
time_zone.install()


@hooks.register("construct_settings_menu")
def hide_redirects(request, items) -> None:
    """Remove the entry of wagtail.contrib.redirects, whose pages are off (elearning/urls.py)."""
    items[:] = [item for item in items if item.name != "redirects"]


@hooks.register("insert_global_admin_js")
def admin_scripts() -> SafeString:
    names = ("admin.js", "admin_unsaved.js")
    return format_html_join("", '<script src="{}"></script>', ((static(name),) for name in names))
