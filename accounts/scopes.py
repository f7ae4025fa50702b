"""Who may see whose records: the verbs that change it."""

from django.contrib.auth.models import Group
from django.db import transaction

from accounts import audit
from accounts.audit import Verb
from accounts.models import CountryScope, Role, User

GROUPS = {
    Role.TRAINER: "Trainers",
    Role.REVIEWER: "Reviewers",
    Role.MANAGER: "Programme managers",
}


def grant(user: User, role: str, country: str, by: User | None = None) -> CountryScope:
    """Give `user` the role for people of `country` (two letters, or "*"), and the admin group that goes with it."""
    with transaction.atomic():
        scope, new = CountryScope.objects.get_or_create(user=user, role=role, country=country)
        user.groups.add(Group.objects.get_or_create(name=GROUPS[Role(role)])[0])
        if new:
            audit.record(Verb.ROLE_GIVEN, by, user, role=role, country=country)
    return scope


def revoke(user: User, role: str, country: str, by: User | None = None) -> None:
    """Take the role for that country away; the group goes with the last country of the role."""
    with transaction.atomic():
        gone, _rows = CountryScope.objects.filter(user=user, role=role, country=country).delete()
        if gone:
            audit.record(Verb.ROLE_TAKEN, by, user, role=role, country=country)
        if not CountryScope.objects.filter(user=user, role=role).exists():
            user.groups.remove(*Group.objects.filter(name=GROUPS[Role(role)]))
