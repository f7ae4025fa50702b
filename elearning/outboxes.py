"""The list of all outboxes, each with the task that works on one row. The sweep and the health page use it."""

from typing import NamedTuple

from celery import Task

from accounts.emails.tasks import deliver_email
from accounts.models import Email
from accounts.outbox import OutboxRow
from certificates.models import Certificate
from certificates.tasks import deliver
from privacy.models import DataCopy, Erasure
from privacy.tasks import erase, make_copy
from quizzes.models.regrades import Regrade
from quizzes.regrades.tasks import regrade


class Outbox(NamedTuple):
    model: type[OutboxRow]
    task: Task


OUTBOXES = {
    "emails": Outbox(Email, deliver_email),
    "certificates": Outbox(Certificate, deliver),
    "erasures": Outbox(Erasure, erase),
    "copies": Outbox(DataCopy, make_copy),
    "regrades": Outbox(Regrade, regrade),
}
