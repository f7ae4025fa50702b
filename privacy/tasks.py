"""Background work on data copies and erasures."""

from celery import shared_task

from privacy import erasure, exports


@shared_task(name="privacy.tasks.make_copy")
def make_copy(pk: int) -> None:
    exports.make(pk)


@shared_task(name="privacy.tasks.erase")
def erase(pk: int) -> None:
    erasure.perform(pk)


@shared_task(name="privacy.tasks.sweep")
def sweep() -> None:
    exports.tidy()
