"""Background work on people's own data."""

from celery import shared_task

from programmes import copies, erasure


@shared_task(name="programmes.tasks.make_copy")
def make_copy(pk: int) -> None:
    copies.make(pk)


@shared_task(name="programmes.tasks.erase")
def erase(pk: int) -> None:
    erasure.perform(pk)


@shared_task(name="programmes.tasks.sweep")
def sweep() -> None:
    copies.tidy()
