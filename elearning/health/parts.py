"""The parts of the health page. Each function judges figures that were read before; none of them reads anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from elearning.health.disk import Volume
from elearning.health.queues import LABELS, LATE, Queue, nothing_gets_through
from elearning.heartbeats import BEAT, SWEEP, WORKER

MAIL_SILENCE = timedelta(minutes=10)
MAIL_FAILURES = 3  # fewer may be mistyped addresses
NEVER_HEARD = {
    WORKER: gettext_lazy("The worker has never answered."),
    BEAT: gettext_lazy("The scheduler (beat) has never answered."),
}
NOT_HEARD_FOR = {
    WORKER: gettext_lazy("The worker has not answered for %(time)s."),
    BEAT: gettext_lazy("The scheduler (beat) has not answered for %(time)s."),
}


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"  # something is late or in danger; what people do still works
    FAILING = "failing"


@dataclass(frozen=True)
class Part:
    """The state of one part, with a reason and the next step in the active language."""

    name: str
    state: State
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return self.state == State.OK


def database(answers: bool) -> Part:
    if answers:
        return Part("database", State.OK)
    return Part("database", State.FAILING, _("The database does not answer. No page works. Start it, or see its log."))


def broker(answers: bool) -> Part:
    if answers:
        return Part("broker", State.OK)
    reason = _(
        "The message broker (Redis) does not take messages. Emails and certificates wait; nothing is lost. Start it, or"
        " see whether its memory is full."
    )
    return Part("broker", State.DEGRADED, reason)


def worker(heard: Mapping[str, datetime], now: datetime) -> Part:
    """Failing when no worker was heard of; degraded when one was, but nothing that beat sends is done."""
    figures = _ages(heard, now, WORKER, SWEEP)
    silence = _silence(heard, WORKER, now)
    if silence:
        reason = (
            silence
            + " "
            + _(
                "Emails and certificates wait; nothing is lost. Start it (with Docker: docker compose up --detach worker)."
            )
        )
        return Part("worker", State.FAILING, reason, figures)
    if not _is_heard(heard, SWEEP, now) and _is_heard(heard, BEAT, now):
        reason = _(
            "The worker runs, but does no periodic work: messages do not reach it, or its processes hang. See the"
            " broker, then restart the worker (with Docker: docker compose restart worker)."
        )
        return Part("worker", State.DEGRADED, reason, figures)
    return Part("worker", State.OK, figures=figures)


def beat(heard: Mapping[str, datetime], now: datetime) -> Part:
    figures = _ages(heard, now, BEAT)
    silence = _silence(heard, BEAT, now)
    if not silence:
        return Part("beat", State.OK, figures=figures)
    reason = (
        silence
        + " "
        + _(
            "What is lost on the way is not sent again, and nothing happens at its time. Start it (with Docker: docker compose"
            " up --detach beat)."
        )
    )
    return Part("beat", State.DEGRADED, reason, figures)


def _ages(heard: Mapping[str, datetime], now: datetime, *processes: str) -> dict[str, float | None]:
    return {f"{process}_seconds": age(heard.get(process), now) for process in processes}


def age(at: datetime | None, now: datetime) -> float | None:
    """Return the seconds since this moment, 0 at least; None when there is no moment."""
    return max(0.0, round((now - at).total_seconds(), 1)) if at else None


def _is_heard(heard: Mapping[str, datetime], process: str, now: datetime) -> bool:
    at = heard.get(process)
    return at is not None and (now - at).total_seconds() <= settings.HEARTBEAT_LIMIT


def _silence(heard: Mapping[str, datetime], process: str, now: datetime) -> str:
    """Return a sentence about a process that was not heard of within HEARTBEAT_LIMIT; "" when it was."""
    if _is_heard(heard, process, now):
        return ""
    at = heard.get(process)
    if at is None:
        return str(NEVER_HEARD[process])
    return str(NOT_HEARD_FOR[process]) % {"time": timesince(at, now, depth=1)}


def outbox(queues: Mapping[str, Queue], now: datetime) -> Part:
    """Failing when nothing gets through; degraded when something is late or failed. Failed emails are the part `email`."""
    figures = {"kinds": {name: queue.shown(now) for name, queue in queues.items()}}
    late = {name: queue.late for name, queue in queues.items() if queue.late}
    failed = {name: queue.failed for name, queue in queues.items() if queue.failed and name != "emails"}
    if nothing_gets_through(dict(queues), now):
        reason = _("Nothing gets done: %(kinds)s. See the log of the worker.") % {"kinds": _kinds(late)}
        return Part("outbox", State.FAILING, reason, figures)
    reasons = []
    if late:
        values = {"kinds": _kinds(late), "seconds": int(LATE.total_seconds())}
        reasons.append(_("Late by more than %(seconds)s seconds: %(kinds)s.") % values)
    if failed:
        reasons.append(_("Failed: %(kinds)s. See why under “Failed work”, then try again.") % {"kinds": _kinds(failed)})
    return Part("outbox", State.DEGRADED if reasons else State.OK, " ".join(reasons), figures)


def _kinds(numbers: Mapping[str, int]) -> str:
    return _(", ").join(f"{LABELS.get(name, name)} ({number})" for name, number in numbers.items())


def email(queue: Queue, now: datetime) -> Part:
    """Failing when several emails cannot be sent and none was sent for a while; degraded while any cannot."""
    troubled = queue.retried + queue.failed_lately
    is_silent = queue.last_done_at is None or queue.last_done_at < now - MAIL_SILENCE
    is_failing = is_silent and troubled >= MAIL_FAILURES
    figures = {
        "waiting": queue.waiting,
        "retried": queue.retried,
        "failed": queue.failed,
        "last_success": queue.last_done_at,
        "failing_since": queue.last_done_at if is_failing else None,  # since then none has left
    }
    if not troubled:
        return Part("email", State.OK, figures=figures)
    reason = ngettext("%(n)s email could not be sent.", "%(n)s emails could not be sent.", troubled) % {"n": troubled}
    if not is_failing:
        return Part("email", State.DEGRADED, reason, figures)
    if queue.last_done_at:
        since = timesince(queue.last_done_at, now, depth=1)
        reason += " " + _("The last one that was sent left %(time)s ago.") % {"time": since}
    reason += " " + _("Nothing is lost. See EMAIL_URL and the mail server, then test the mail.")
    return Part("email", State.FAILING, reason, figures)


def disk(volumes: list[Volume]) -> Part:
    """Degraded when a volume has less than DISK_FREE_MB free, failing below a tenth of it or when it cannot be read."""
    figures = {"free_mb": {volume.name: volume.free_mb for volume in volumes}}
    short = [volume for volume in volumes if volume.free_mb is None or volume.free_mb < settings.DISK_FREE_MB]
    if not short:
        return Part("disk", State.OK, figures=figures)
    least = min(volume.free_mb or 0 for volume in short)
    state = State.FAILING if least < settings.DISK_FREE_MB / 10 else State.DEGRADED
    reason = _(
        "The disk is nearly full: %(free)s MB are free for %(names)s. Without space nothing can be saved. Remove old"
        " backups and logs, or make the disk larger."
    ) % {"free": least, "names": _(", ").join(volume.name for volume in short)}
    return Part("disk", state, reason, figures)


def audit(problems: list[str], unsealed_seconds: float) -> Part:
    figures = {"unsealed_seconds": round(unsealed_seconds, 1), "problems": len(problems)}
    if problems:
        reason = _("The audit trail does not match its seals: somebody has changed it in the database.")
        return Part("audit", State.FAILING, reason, figures)
    if unsealed_seconds > LATE.total_seconds():
        reason = _("Entries of the audit trail wait for their seal. The worker seals them.")
        return Part("audit", State.DEGRADED, reason, figures)
    return Part("audit", State.OK, figures=figures)


def backup(at: datetime | None, now: datetime) -> Part:
    """Degraded when the last backup is older than BACKUP_HOURS, unless backups are not watched."""
    figures = {"last": at, "backup_seconds": age(at, now)}
    limit = timedelta(hours=settings.BACKUP_HOURS)
    if not limit or (at is not None and at >= now - limit):
        return Part("backup", State.OK, figures=figures)
    if at is None:
        return Part("backup", State.DEGRADED, _("No backup was made yet. Run: manage.py backup"), figures)
    values = {"time": timesince(at, now, depth=1)}
    reason = _("The last backup is %(time)s old. Run: manage.py backup, and see why it did not run at its time.")
    return Part("backup", State.DEGRADED, reason % values, figures)
