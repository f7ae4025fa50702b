"""The health page: database, broker, audit trail, and the oldest unfinished row of each outbox."""

import structlog
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError

from accounts.audit import trail as audit_trail
from accounts.outbox import OutboxState
from elearning.celery import app
from elearning.outboxes import OUTBOXES, Outbox

log = structlog.get_logger(__name__)
LATE_SECONDS = 60  # six sweeps; by then a worker that runs has tried every row


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        log.exception("health_database")
        return False


def broker_answers() -> bool:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
        return True
    except (OperationalError, OSError) as error:
        log.warning("health_broker", error=str(error))
        return False


def outboxes() -> dict[str, dict]:
    """Return for each outbox: unfinished rows, seconds since the oldest became due, failed rows."""
    return {name: _figures(outbox) for name, outbox in OUTBOXES.items()}


def _figures(outbox: Outbox) -> dict:
    rows = outbox.model.objects.everybody("figures of a queue")
    return {
        "waiting": rows.unfinished().count(),
        "oldest_seconds": round(rows.oldest_age(), 1),
        "failed": rows.filter(state=OutboxState.FAILED).count(),
    }


def audit_trail_status() -> str:
    """Return "broken" if rows were changed outside the product, "late" if entries wait for a seal, else "whole"."""
    if audit_trail.broken():
        return "broken"
    return "late" if audit_trail.unsealed_seconds() > LATE_SECONDS else "whole"


@never_cache
def show(request):
    """Answer 200 if the database answers and no outbox is late, else 503.

    The broker and the audit trail are reported but do not change the status.
    """
    database = database_answers()
    figures = outboxes() if database else {}
    late = [name for name, figure in figures.items() if figure["oldest_seconds"] > LATE_SECONDS]
    ok = database and not late
    content = {"ok": ok, "database": database, "broker": broker_answers(), "outboxes": figures, "late": late}
    if database:
        content["audit"] = audit_trail_status()
    return JsonResponse(content, status=200 if ok else 503)
