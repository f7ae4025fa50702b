"""Background tasks that concern all apps."""

import structlog
from celery import shared_task
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from elearning import heartbeats
from elearning.outboxes import OUTBOXES

log = structlog.get_logger(__name__)
BATCH_SIZE = 500  # rows of one outbox that one sweep wakes


@shared_task(name="elearning.tasks.publish_scheduled")
def publish_scheduled() -> None:
    """Publish and unpublish what is due. What can no longer be published becomes a draft again and holds nothing else up.

    Wagtail's command would stop at the first revision that is refused, in every run.
    """
    for revision in Revision.objects.filter(approved_go_live_at__lt=timezone.now()).order_by("approved_go_live_at"):
        try:
            with transaction.atomic():
                revision.publish(log_action="wagtail.publish.scheduled")
        except ValidationError as error:
            log.error("schedule_refused", revision=revision.pk, why=error.messages)
            Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
    call_command("publish_scheduled")  # what expires is left to it


@shared_task(name="elearning.tasks.sweep")
def sweep() -> None:
    """Wake a task for every due outbox row: its message was lost, its worker was killed, or its time has come."""
    for outbox in OUTBOXES.values():
        for pk in outbox.model.objects.to_wake().order_by("due_at").values_list("pk", flat=True)[:BATCH_SIZE]:
            outbox.task.delay(pk)
    heartbeats.touch(heartbeats.SWEEP)
