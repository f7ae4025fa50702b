"""Celery tasks of certificates."""

from celery import shared_task

from certificates import delivery


@shared_task(name="certificates.tasks.deliver")
def deliver(pk: int) -> None:
    delivery.deliver(pk)


@shared_task(name="certificates.tasks.tidy")
def tidy() -> None:
    delivery.tidy()
