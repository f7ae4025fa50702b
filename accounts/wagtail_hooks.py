"""What the accounts app registers with Wagtail: brand styles, people, roles, facilities, emails and the audit trail."""

from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.views.reports.aging_pages import AgingPagesView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy
from wagtail.users.views.bulk_actions import AssignRoleBulkAction

from accounts.admin import audit, emails, people
from accounts.models import CountryScope, Email, Facility

register_permission_policy(CountryScope, people.RolePermissionPolicy(CountryScope))
register_permission_policy(Email, emails.EmailPermissionPolicy(Email))
# This bulk action would add people to a group without a country; accounts.roles.grant() adds both.
AssignRoleBulkAction.models = []
AgingPagesView.decorate_paginated_queryset = people.add_publisher_names
hooks.register("construct_reports_menu", people.limit_reports_menu)
hooks.register("construct_help_menu", people.limit_help_menu)
hooks.register("after_bulk_action", people.after_bulk_action)


@hooks.register("insert_global_admin_css")
def admin_stylesheets():
    stylesheets = (static("admin.css"), reverse("brand_css"))
    return format_html_join("", '<link rel="stylesheet" href="{}">', ((url,) for url in stylesheets))


@hooks.register("register_account_menu_item")
def details_menu_item(request):
    return {
        "url": reverse("profile"),
        "label": _("Your details"),
        "help_text": _("Your name, country, language and work. Your name is printed on your certificates."),
    }


class FacilityViewSet(ModelViewSet):
    model = Facility
    icon = "home"
    menu_label = _("Facilities")
    menu_order = 610
    add_to_admin_menu = False
    add_to_settings_menu = True
    form_fields = ["name", "country", "region"]
    list_display = ["name", "country", "region"]
    list_filter = ["country"]
    search_fields = ["name", "region"]


@hooks.register("register_reports_menu_item")
def audit_menu_item():
    return audit.AuditMenuItem(
        _("Audit trail"), reverse("audit_trail"), name="audit-trail", icon_name="list-ol", order=900
    )


@hooks.register("register_admin_urls")
def audit_urls():
    view = audit.AuditTrailView
    return [
        path("reports/audit/", view.as_view(), name="audit_trail"),
        path("reports/audit/results/", view.as_view(results_only=True), name="audit_trail_results"),
    ]


@hooks.register("register_admin_viewset")
def accounts_viewsets():
    return [FacilityViewSet("facilities"), people.RoleViewSet("roles"), emails.EmailViewSet("emails")]
