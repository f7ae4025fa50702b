"""Background work on emails. Celery finds this module because elearning/celery.py names the package."""

from celery import shared_task

from accounts.emails import delivery


@shared_task(name="accounts.emails.tasks.deliver_email")
def deliver_email(pk: int) -> None:
    delivery.deliver_email(pk)
