"""Who of the staff may look at what the tests keep about people: whoever has those people in their scope."""

from __future__ import annotations

from django.db.models import Q
from wagtail.permission_policies import BasePermissionPolicy

from accounts.models import CountryScope, User


class StaffPolicy(BasePermissionPolicy):
    """Whoever has people in their scope looks at their records; nobody adds, edits or deletes one here."""

    actions = frozenset({"view"})

    def user_has_permission(self, user, action):
        if action not in self.actions or not user.is_active:
            return False
        return user.is_superuser or CountryScope.objects.filter(user=user).exists()

    def users_with_any_permission(self, actions):
        if not self.actions.intersection(actions):
            return User.objects.none()
        scoped = CountryScope.objects.values("user")
        return User.objects.filter(Q(is_superuser=True) | Q(pk__in=scoped), is_active=True)

    def instances_user_has_any_permission_for(self, user, actions):
        rows = self.model._default_manager
        return rows.visible_to(user) if self.actions.intersection(actions) else rows.none()

    def user_has_permission_for_instance(self, user, action, instance):
        return self.instances_user_has_any_permission_for(user, [action]).filter(pk=instance.pk).exists()
