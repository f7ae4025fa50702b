"""The Celery app: one Task base class, one static beat schedule."""

import os
import resource

import structlog
from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import beat_init, celeryd_init, setup_logging, worker_process_init
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.exceptions import OperationalError

from accounts import fault_injection
from accounts.scoping import watching
from elearning import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "elearning.settings")
log = structlog.get_logger(__name__)


class WakingTask(DjangoTask):
    """Base class of all tasks. If the broker cannot be reached, sending logs a warning and never fails a request.

    Tasks work on outbox rows, so the periodic sweep wakes a task again for each row whose message was not sent.
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
            result = super().apply_async(*args, **kwargs)
        except (OperationalError, OSError) as error:
            log.warning("wake_failed", task=self.name, error=str(error))
            return None
        fault_injection.reach("worker woken", self.name)
        return result


app = Celery("elearning", task_cls=WakingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Packages inside an app: Celery finds tasks.py in apps only.
app.autodiscover_tasks(["accounts.emails", "quizzes.regrades"])
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_django_logging(**_kwargs) -> None:
    """Do nothing. A connected handler keeps Celery from replacing the JSON log handlers that Django set up."""


@celeryd_init.connect
@beat_init.connect
def refuse_unsafe_settings(**_kwargs) -> None:
    """End the worker or beat as it starts, if production lacks settings that it needs. Celery ignores system checks."""
    production.refuse_to_start()


@worker_process_init.connect
def limit_memory(**_kwargs) -> None:
    """Limit the memory of a worker process. A task above it gets a MemoryError, which its outbox row records."""
    limit = settings.WORKER_MEMORY_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
