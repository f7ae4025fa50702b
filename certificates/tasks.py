"""Background work on certificates: one id, one call; the sweep finds what was missed."""

from celery import shared_task

from certificates import delivery
from certificates.models import Certificate


@shared_task(name="certificates.tasks.deliver")
def deliver(pk: int) -> None:
    delivery.deliver(pk)


@shared_task(name="certificates.tasks.tidy")
def tidy() -> None:
    delivery.tidy()


@shared_task(name="certificates.tasks.sweep")
def sweep() -> None:
    for pk in Certificate.objects.due().order_by("due_at").values_list("pk", flat=True)[:500]:
        deliver.delay(pk)
