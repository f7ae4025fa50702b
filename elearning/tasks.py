"""Background work that belongs to no room."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="elearning.tasks.publish_scheduled")
def publish_scheduled() -> None:
    """Publish and unpublish what Wagtail's authors scheduled for a time that has come."""
    call_command("publish_scheduled")
