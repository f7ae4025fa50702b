"""Is the product working? Database, broker, and the oldest unfinished row of each outbox."""

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
LATE_SECONDS = 60  # six sweeps: by then a working worker has tried every row


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
    """For each outbox: how many rows wait, seconds since the oldest fell due, how many have failed."""
    return {name: _figures(outbox) for name, outbox in OUTBOXES.items()}


def _figures(outbox: Outbox) -> dict:
    rows = outbox.model.objects.everybody("figures of a queue")
    return {
        "waiting": rows.unfinished().count(),
        "oldest_seconds": round(rows.oldest_age(), 1),
        "failed": rows.filter(state=OutboxState.FAILED).count(),
    }


def trail() -> str:
    """whole, broken (rows were changed behind the product's back) or late (nobody seals)."""
    if audit_trail.broken():
        return "broken"
    return "late" if audit_trail.unsealed_seconds() > LATE_SECONDS else "whole"


@never_cache
def show(request):
    """200 when the database answers and nothing is late, else 503; a broker that is away or a broken trail is named, not fatal."""
    database = database_answers()
    figures = outboxes() if database else {}
    late = [name for name, figure in figures.items() if figure["oldest_seconds"] > LATE_SECONDS]
    ok = database and not late
    answer = {"ok": ok, "database": database, "broker": broker_answers(), "outboxes": figures, "late": late}
    if database:
        answer["audit"] = trail()
    return JsonResponse(answer, status=200 if ok else 503)
