"""Who may see whose records: the verbs that change it."""

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import CountryScope, Role, User

GROUPS = {
    Role.TRAINER: "Trainers",
    Role.REVIEWER: "Reviewers",
    Role.MANAGER: "Programme managers",
}


def grant(user: User, role: str, country: str) -> CountryScope:
    """Give `user` the role for people of `country` (two letters, or "*"), and the admin group that goes with it."""
    with transaction.atomic():
        scope, _new = CountryScope.objects.get_or_create(user=user, role=role, country=country)
        user.groups.add(Group.objects.get_or_create(name=GROUPS[Role(role)])[0])
    return scope


def revoke(user: User, role: str, country: str) -> None:
    """Take the role for that country away; the group goes with the last country of the role."""
    with transaction.atomic():
        CountryScope.objects.filter(user=user, role=role, country=country).delete()
        if not CountryScope.objects.filter(user=user, role=role).exists():
            user.groups.remove(*Group.objects.filter(name=GROUPS[Role(role)]))
