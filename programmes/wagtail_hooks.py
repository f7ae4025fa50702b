"""What the programmes app registers with Wagtail: its reports and the home panel."""

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from programmes import admin, corrections, reports


class ReportMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return reports.may_read(request.user)


@hooks.register("register_admin_menu_item")
def completion_menu_item():
    return ReportMenuItem(
        _("Completion"), reverse("completion_report"), name="completion", icon_name="table", order=350
    )


@hooks.register("register_admin_menu_item")
def correction_menu_item():
    return ReportMenuItem(
        _("Corrections"), reverse("correction_report"), name="corrections", icon_name="warning", order=351
    )


@hooks.register("register_admin_urls")
def programme_urls():
    views = (("completion", reports.CompletionReportView), ("correction", corrections.CorrectionReportView))
    return [
        url
        for name, view in views
        for url in (
            path(f"reports/{name}/", view.as_view(), name=f"{name}_report"),
            path(f"reports/{name}/results/", view.as_view(results_only=True), name=f"{name}_report_results"),
        )
    ]


hooks.register("construct_homepage_panels", admin.add_programme_panel)
