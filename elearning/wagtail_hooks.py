"""What the elearning app registers with Wagtail: the admin script and the patched choosers."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks

from elearning.wagtail_patches import choosers

choosers.install()


@hooks.register("insert_global_admin_js")
def admin_script() -> SafeString:
    return format_html('<script src="{}"></script>', static("admin.js"))
