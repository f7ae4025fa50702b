"""Confirmations: an editor has compared a text with the publication."""

from accounts.models import User
from standards.models import StatementCheck, StatementText

PERMISSION = "standards.add_statementcheck"


def confirm(text: StatementText, by: User) -> bool:
    """Record that `by` has compared this text with the publication. Return False if it was confirmed before."""
    return StatementCheck.objects.get_or_create(text=text, defaults={"by": by})[1]
