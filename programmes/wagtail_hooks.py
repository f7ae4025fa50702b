"""What the programmes app registers with Wagtail: the completion report and the home panel."""

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from programmes import admin, reports


class CompletionMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return reports.may_read(request.user)


@hooks.register("register_admin_menu_item")
def completion_menu_item():
    return CompletionMenuItem(
        _("Completion"), reverse("completion_report"), name="completion", icon_name="table", order=350
    )


@hooks.register("register_admin_urls")
def programme_urls():
    view = reports.CompletionReportView
    return [
        path("reports/completion/", view.as_view(), name="completion_report"),
        path("reports/completion/results/", view.as_view(results_only=True), name="completion_report_results"),
    ]


hooks.register("construct_homepage_panels", admin.add_programme_panel)
