"""Background work on the audit trail and on what is removed in time."""

from celery import shared_task

from accounts import audit, throttle, tidying


@shared_task(name="accounts.tasks.sweep")
def sweep() -> None:
    throttle.sweep()


@shared_task(name="accounts.tasks.tidy")
def tidy() -> None:
    tidying.tidy()


@shared_task(name="accounts.tasks.seal")
def seal() -> None:
    """Close what the audit trail holds unsealed; a full batch is followed by the next."""
    made = audit.seal()
    while made is not None and made.count == audit.BATCH:
        made = audit.seal()


@shared_task(name="accounts.tasks.verify", time_limit=600)
def verify() -> None:
    audit.check()
