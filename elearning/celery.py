"""The Celery app: one Task base class, one static beat schedule."""

import os
import resource

import structlog
from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import setup_logging, worker_process_init
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.exceptions import OperationalError

from accounts import fault_injection
from accounts.scoping import watching

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "elearning.settings")
log = structlog.get_logger(__name__)


class WakingTask(DjangoTask):
    """Wakes the worker after commit; a broker that is away costs a log line, never a request.

    Each task works on an outbox row, so the sweep on the beat finds whatever a failed wake missed.
    """

    abstract = True

    def __call__(self, *args, **kwargs):
        with watching():
            return super().__call__(*args, **kwargs)

    def delay_on_commit(self, *args, **kwargs) -> None:
        super().apply_async_on_commit(args, kwargs)

    def apply_async(self, *args, **kwargs):
        fault_injection.reach("committed", self.name)
        try:
            woken = super().apply_async(*args, **kwargs)
        except (OperationalError, OSError) as error:
            log.warning("wake_failed", task=self.name, error=str(error))
            return None
        fault_injection.reach("worker woken", self.name)
        return woken


app = Celery("elearning", task_cls=WakingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["accounts.emails"])  # a package inside an app, which Celery does not look into
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_django_logging(**_kwargs) -> None:
    """Keep Celery from replacing the JSON handlers that Django has set up."""


@worker_process_init.connect
def limit_memory(**_kwargs) -> None:
    """A task that swells ends alone, by a MemoryError its row remembers, before it takes the machine's memory."""
    most = settings.WORKER_MEMORY_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
