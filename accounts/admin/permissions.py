"""The permission policy of the admin for records about people."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet
from wagtail.permission_policies import BasePermissionPolicy

from accounts.models import User
from accounts.roles import holders, holds


class ScopedPermissionPolicy(BasePermissionPolicy):
    """Allow `actions` on records of people in the user's scope to holders of `role`; of any role if it is empty."""

    def __init__(self, model, *, role: str = "", actions: Collection[str] = ("view",)):
        super().__init__(model)
        self.roles = (role,) if role else ()
        self.actions = frozenset(actions)

    def user_has_permission(self, user, action: str) -> bool:
        return action in self.actions and holds(user, *self.roles)

    def users_with_any_permission(self, actions: Collection[str]) -> QuerySet[User]:
        people = holders(*self.roles)
        return people if self.actions.intersection(actions) else people.none()

    def instances_user_has_any_permission_for(self, user, actions: Collection[str]) -> QuerySet:
        records = self.model._default_manager
        return records.visible_to(user, *self.roles) if self.actions.intersection(actions) else records.none()

    def user_has_permission_for_instance(self, user, action: str, instance) -> bool:
        return self.instances_user_has_any_permission_for(user, [action]).filter(pk=instance.pk).exists()
