"""Confirmations: an editor has compared a text with the publication."""

from accounts import process_cache
from accounts.models import User
from standards.models import StatementCheck, StatementText

PERMISSION = "standards.add_statementcheck"


def confirm(text: StatementText, by: User) -> bool:
    """Record that `by` has compared this text with the publication. Return False if it was confirmed before."""
    is_new = StatementCheck.objects.get_or_create(text=text, defaults={"by": by})[1]
    process_cache.forget()  # pages of this process show it at once, see standards.display
    return is_new
