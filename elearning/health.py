"""Is the product working? Database, broker, and the oldest thing owed, asked of each room."""

from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError

from accounts import audit
from accounts.models import Letter
from accounts.owed import OwedQuerySet
from certificates.models import Certificate
from elearning.celery import app
from programmes.models import DataCopy, Erasure
from quizzes.models.regrades import Regrade

log = structlog.get_logger(__name__)
LATE_SECONDS = 60  # six sweeps: by then a working worker has tried every owed row
OWING: dict[str, Any] = {
    "letters": Letter,
    "certificates": Certificate,
    "copies": DataCopy,
    "erasures": Erasure,
    "regrades": Regrade,
}


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


def owed() -> dict[str, dict]:
    """For each kind of owed row: how many wait, seconds since the oldest fell due, how many were given up."""
    return {name: _owed_of(model._default_manager.everybody("what is owed")) for name, model in OWING.items()}


def _owed_of(rows: OwedQuerySet) -> dict:
    return {
        "waiting": rows.owed().count(),
        "oldest_seconds": round(rows.oldest_age(), 1),
        "given_up": rows.filter(dead=True).count(),
    }


def trail() -> str:
    """whole, broken (rows were changed behind the product's back) or late (nobody seals)."""
    if audit.broken():
        return "broken"
    return "late" if audit.unsealed_seconds() > LATE_SECONDS else "whole"


@never_cache
def show(request):
    """200 when the database answers and nothing is late, else 503; a broker that is away or a broken trail is named, not fatal."""
    database = database_answers()
    debts = owed() if database else {}
    late = [name for name, debt in debts.items() if debt["oldest_seconds"] > LATE_SECONDS]
    ok = database and not late
    answer = {"ok": ok, "database": database, "broker": broker_answers(), "owed": debts, "late": late}
    if database:
        answer["audit"] = trail()
    return JsonResponse(answer, status=200 if ok else 503)
