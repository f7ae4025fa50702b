"""Background work on emails. Celery finds this module because elearning/celery.py names the package."""

from celery import shared_task
from django.conf import settings

from accounts.emails import bounce_mailbox, delivery, waiting


@shared_task(name="accounts.emails.tasks.deliver_email")
def deliver_email(pk: int) -> None:
    delivery.deliver_email(pk)


@shared_task(name="accounts.emails.tasks.send_waiting", time_limit=settings.EMAIL_RUN_LIMIT)
def send_waiting() -> None:
    """Send the emails that are not urgent. Go on in a new task while more of them may leave now."""
    if waiting.send():
        send_waiting.delay()


@shared_task(name="accounts.emails.tasks.read_bounces")
def read_bounces() -> None:
    bounce_mailbox.read()
