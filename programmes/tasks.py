"""Background work on people's own data: one id, one call; the sweep finds what was missed."""

from celery import shared_task

from programmes import copies, erasure
from programmes.models import DataCopy, Erasure


@shared_task(name="programmes.tasks.make_copy")
def make_copy(pk: int) -> None:
    copies.make(pk)


@shared_task(name="programmes.tasks.erase")
def erase(pk: int) -> None:
    erasure.perform(pk)


@shared_task(name="programmes.tasks.sweep")
def sweep() -> None:
    for pk in Erasure.objects.due().values_list("pk", flat=True)[:500]:
        erase.delay(pk)
    for pk in DataCopy.objects.due().values_list("pk", flat=True)[:500]:
        make_copy.delay(pk)
    copies.tidy()
