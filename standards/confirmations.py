"""An editor compares a paraphrase with the publication and confirms it."""

from accounts.models import User
from standards.models import StatementCheck, StatementText

PERMISSION = "standards.add_statementcheck"


def confirm(text: StatementText, by: User) -> bool:
    """Record that `by` has compared this very wording with the publication; False when somebody had before."""
    return StatementCheck.objects.get_or_create(text=text, defaults={"by": by})[1]
