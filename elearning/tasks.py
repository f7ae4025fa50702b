"""Background tasks that concern all apps."""

from celery import shared_task
from django.core.management import call_command

from elearning import heartbeats
from elearning.outboxes import OUTBOXES

BATCH_SIZE = 500  # rows of one outbox that one sweep wakes


@shared_task(name="elearning.tasks.publish_scheduled")
def publish_scheduled() -> None:
    """Publish and unpublish the pages whose scheduled time has come."""
    call_command("publish_scheduled")


@shared_task(name="elearning.tasks.sweep")
def sweep() -> None:
    """Wake a task for every due outbox row: its message was lost, its worker was killed, or its time has come."""
    for outbox in OUTBOXES.values():
        for pk in outbox.model.objects.to_wake().order_by("due_at").values_list("pk", flat=True)[:BATCH_SIZE]:
            outbox.task.delay(pk)
    heartbeats.touch(heartbeats.SWEEP)
