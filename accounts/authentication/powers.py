"""Withhold a person's powers: for the rest of the request they use the site as a learner.

Whether somebody has a power is asked in many places, most of them Wagtail's, but always of the person of the request:
`is_superuser`, `is_staff`, `has_perm()` (which reads their groups), `accounts.roles.holds()`,
`accounts.scoping.in_scope()`, Wagtail's permission policies. So the person answers "no" to all of them, and a power that
is added later is covered too.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from wagtail.permission_policies.collections import CollectionPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permission_policies.sites import SitePermissionPolicy

from accounts.models import User

# Wagtail reads the permissions of a person's groups once in a request and keeps them on the person.
CACHING_POLICIES = (PagePermissionPolicy, CollectionPermissionPolicy, SitePermissionPolicy)


def withhold(user: User) -> None:
    """Treat this object as a person without any role, group or permission. Their row does not change."""
    user.powers_withheld = True
    for policy in CACHING_POLICIES:
        setattr(user, policy.permission_cache_name, [])
    # As if they were prefetched: `user.groups.all()` finds none.
    user._prefetched_objects_cache = {  # type: ignore[attr-defined]
        "groups": Group.objects.none(),
        "user_permissions": Permission.objects.none(),
    }
