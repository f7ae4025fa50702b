"""Background work on the audit trail, and the deletion of expired data."""

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
    newest = trail.seal()
    while newest is not None and newest.count == trail.BATCH:
        newest = trail.seal()


@shared_task(name="accounts.tasks.verify", time_limit=600)
def verify() -> None:
    trail.check()
