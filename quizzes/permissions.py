"""Who may regrade, who may decide about a regrade, and who may see answer keys. The only place of this app that says so."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.roles import holds
from quizzes.models.records import Attempt, AttemptQuerySet
from quizzes.models.regrades import Regrade, RegradeQuerySet


def may_see_keys(user) -> bool:
    """Whether this person may see right answers: those who may open the question bank. Managers may not."""
    return user.has_perm("quizzes.view_question")


def may_ever_see_keys(person_id: int) -> bool:
    """Whether this person's role opens the question bank: may_see_keys() in a session with the second step. One query."""
    bank = Permission.objects.filter(content_type__app_label="quizzes", codename="view_question")
    opens = Q(is_superuser=True) | Q(groups__permissions__in=bank) | Q(user_permissions__in=bank)
    return User.objects.filter(opens, pk=person_id).exists()


def may_regrade(user) -> bool:
    """Whether this person writes or reviews questions for all countries: a regrade affects everybody who was asked."""
    return user.has_perm("quizzes.change_question") and holds(user, Role.TRAINER, Role.REVIEWER, everywhere=True)


def may_decide(user) -> bool:
    """Whether this person may apply and revert regrades that others propose: a reviewer for all countries."""
    return holds(user, Role.REVIEWER, everywhere=True)


def objection(regrade: Regrade, user: User) -> str:
    """Why this person may not apply or revert this regrade, in words; "" if they may."""
    if not may_decide(user):
        return _("A reviewer for all countries decides about this.")
    if regrade.made_by_id == user.pk:
        return _("Another reviewer decides about this: you proposed it.")
    if attempts_asking(regrade, user).exists():
        return _("Another reviewer decides about this: you were asked this question in a test.")
    return ""


def decidable(rows: RegradeQuerySet, regrade: Regrade, user: User) -> RegradeQuerySet:
    """`rows`, without `regrade` if this person has a part in it. For the WHERE of a conditional update, so no joins."""
    return rows.exclude(made_by=user).exclude(Exists(attempts_asking(regrade, user)))


def attempts_asking(regrade: Regrade, user: User) -> AttemptQuerySet:
    """The attempts of this person in which the question was asked, in whatever version or language."""
    return Attempt.objects.of(user).filter(items__version__key=regrade.version.key)
