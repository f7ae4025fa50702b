"""Background work on letters: one id, one call; the sweep finds what was missed."""

from celery import shared_task

from accounts import post, throttle
from accounts.models import Letter


@shared_task(name="accounts.tasks.send_letter")
def send_letter(pk: int) -> None:
    post.send(pk)


@shared_task(name="accounts.tasks.sweep")
def sweep() -> None:
    for pk in Letter.objects.due().values_list("pk", flat=True)[:500]:
        send_letter.delay(pk)
    throttle.sweep()
