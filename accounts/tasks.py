"""Background work on the audit trail, and the removal of data whose time is over."""

from celery import shared_task

from accounts import retention
from accounts.audit import trail
from accounts.ratelimit import limiter


@shared_task(name="accounts.tasks.sweep")
def sweep() -> None:
    limiter.sweep()


@shared_task(name="accounts.tasks.tidy")
def tidy() -> None:
    retention.tidy()


@shared_task(name="accounts.tasks.seal")
def seal() -> None:
    """Seal all unsealed entries of the audit trail, batch by batch."""
    made = trail.seal()
    while made is not None and made.count == trail.BATCH:
        made = trail.seal()


@shared_task(name="accounts.tasks.verify", time_limit=600)
def verify() -> None:
    trail.check()
