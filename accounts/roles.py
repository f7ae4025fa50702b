"""Check, grant and revoke roles. Code that depends on a role calls holds() or holders().

Every verb that gives a person something calls refuse_oneself(), administrators included.
"""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import CountryScope, Role, User
from accounts.scoping import ANYWHERE


class NotForOneself(Exception):
    """Somebody would give something to themselves: a role, time, a pass, a certificate. Nothing was changed."""


def refuse_oneself(person: User | None, by: User | None) -> None:
    """Raise NotForOneself when `by` is this person. The system (None) decides about everybody."""
    if by is not None and by == person:
        raise NotForOneself


GROUPS = {
    Role.TRAINER: "Trainers",
    Role.REVIEWER: "Reviewers",
    Role.MANAGER: "Programme managers",
}


def holds(user, *roles: str, everywhere: bool = False) -> bool:
    """Whether this user has one of these roles, or any role when none is named.

    With `everywhere`, only a role for all countries counts. An administrator has every role. A user who may not sign
    in has none. Nor has the person of a request whose session has not shown the second step.
    """
    if not user.is_active or user.powers_withheld:
        return False
    if user.is_superuser:
        return True
    return _scopes(roles, everywhere).filter(user=user).exists()


def holders(*roles: str, everywhere: bool = False) -> QuerySet[User]:
    """Return all users for whom holds() is true."""
    scoped = _scopes(roles, everywhere).values("user")
    return User.objects.filter(Q(is_superuser=True) | Q(pk__in=scoped), is_active=True)


def is_administrator(user) -> bool:
    return user.is_active and user.is_superuser


def _scopes(roles: tuple[str, ...], everywhere: bool) -> QuerySet[CountryScope]:
    scopes = CountryScope.objects.all()
    if roles:
        scopes = scopes.filter(role__in=roles)
    return scopes.filter(country=ANYWHERE) if everywhere else scopes


def grant(user: User, role: str, country: str, by: User | None = None) -> CountryScope:
    """Grant `user` the role for people of `country` (two letters, or "*" for all), and add the role's group.

    Raises NotForOneself.
    """
    refuse_oneself(user, by)
    with transaction.atomic():
        scope, new = CountryScope.objects.get_or_create(user=user, role=role, country=country)
        user.groups.add(Group.objects.get_or_create(name=GROUPS[Role(role)])[0])
        if new:
            trail.record(Verb.ROLE_GIVEN, by, user, role=role, country=country)
    return scope


def revoke(user: User, role: str, country: str, by: User | None = None) -> None:
    """Remove the role for that country. The user leaves the group with the last country of the role."""
    with transaction.atomic():
        deleted, _by_model = CountryScope.objects.filter(user=user, role=role, country=country).delete()
        if deleted:
            trail.record(Verb.ROLE_TAKEN, by, user, role=role, country=country)
        if not CountryScope.objects.filter(user=user, role=role).exists():
            user.groups.remove(*Group.objects.filter(name=GROUPS[Role(role)]))
