"""What the elearning app registers with Wagtail: admin scripts, patches of Wagtail, the health panel, failed work."""

from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from accounts import roles
from elearning.admin import email_test, failed_work, home
from elearning.wagtail_patches import choosers, exports, pictures, publishing, time_zone

choosers.install()
exports.install()
pictures.install()
publishing.install()
time_zone.install()


@hooks.register("construct_settings_menu")
def hide_redirects(request, items) -> None:
    """Remove the entry of wagtail.contrib.redirects, whose pages are off (elearning/urls.py)."""
    items[:] = [item for item in items if item.name != "redirects"]


@hooks.register("insert_global_admin_js")
def admin_scripts() -> SafeString:
    names = ("admin.js", "admin_unsaved.js")
    return format_html_join("", '<script src="{}"></script>', ((static(name),) for name in names))


class AdministratorsMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return roles.is_administrator(request.user)


@hooks.register("register_reports_menu_item")
def failed_work_menu_item() -> MenuItem:
    return AdministratorsMenuItem(
        _("Failed work"), reverse("failed_work"), name="failed-work", icon_name="warning", order=910
    )


@hooks.register("register_admin_urls")
def installation_urls():
    return [
        path("failed-work/", failed_work.failed_work, name="failed_work"),
        path("failed-work/again/", failed_work.try_again, name="failed_work_again"),
        path("test-email/", email_test.send_test_email, name="test_email"),
    ]


hooks.register("construct_homepage_panels", home.add_health_panel)
