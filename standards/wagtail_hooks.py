"""The Standards in the admin: staff can list, search and choose statements, but not edit them."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from standards.models import Statement


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Everybody who may open the admin may read the Standards, which are public. Nobody may edit them.

    Editions come from files (standards.loading). Database triggers reject other changes.
    """

    def user_has_permission(self, user, action):
        return action in ("view", "choose") and user.has_perm("wagtailadmin.access_admin")

    def user_has_any_permission(self, user, actions):
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions):
        if {"view", "choose"}.isdisjoint(actions):
            return get_user_model().objects.none()
        admin_access = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
        has_access = Q(user_permissions__in=admin_access) | Q(groups__permissions__in=admin_access)
        return get_user_model().objects.filter(Q(is_superuser=True) | has_access, is_active=True).distinct()


register_permission_policy(Statement, ReadOnlyPolicy(Statement))


class StatementViewSet(SnippetViewSet):
    model = Statement
    icon = "clipboard-list"
    menu_label = _("Standards")
    menu_order = 250
    add_to_admin_menu = True
    inspect_view_enabled = True
    inspect_view_fields = ["edition", "section", "code", "searched_text", "audience", "evidence_note", "editor_check"]
    copy_view_enabled = False
    list_display = ["__str__", "section", "editor_check"]
    list_filter = ["edition", "section", "editor_check"]
    list_per_page = 50

    def get_queryset(self, request):
        return Statement.objects.select_related("edition", "section")


register_snippet(StatementViewSet)
