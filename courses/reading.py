"""Which lesson was sent to whom, and when it may be marked as done: after READING_SHARE of its minutes.

The time of a lesson begins when it was first sent, and not before that of the lesson marked as done before it is over:
nobody reads two at once. A "done" that comes earlier waits; courses.progress makes it a completion when its time has
come. This is the only module that writes LessonReading. With a READING_SHARE of 0 every "done" counts at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.scoping import PersonalQuerySet
from courses.models.records import Enrolment, LessonReading
from courses.study import Study

MINUTE = timedelta(minutes=1)
SWEPT_AT_ONCE = 500


def record_delivery(request: HttpRequest, study: Study | None) -> None:
    """Record that this request sends a lesson to its learner for the first time. A prefetch is no delivery."""
    step = study.current_step if study else None
    if not study or not study.enrolment or not step or step.kind != "lesson":
        return
    is_prefetch = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    if request.method == "GET" and not is_prefetch and not study.delivered and not step.done:
        _deliver(study.enrolment, step.key)


def _deliver(enrolment: Enrolment, step_key) -> None:
    """Insert the row of this lesson unless there is one."""
    LessonReading.objects.bulk_create(
        [LessonReading(enrolment=enrolment, step_key=step_key, delivered_at=timezone.now())], ignore_conflicts=True
    )


def request_done(enrolment: Enrolment, step: dict) -> datetime | None:
    """Keep the learner's "done" for a step of their release if it comes too early. Return when it counts; None for now.

    The time of a lesson without a delivery begins now: the browser may have shown what it fetched in advance. Call it
    with the enrolment locked.
    """
    if not settings.READING_SHARE or enrolment.completions.filter(step_key=step["key"]).exists():
        return None
    _deliver(enrolment, step["key"])
    reading = enrolment.readings.get(step_key=step["key"])
    ends_at = _begins_at(enrolment, reading) + settings.READING_SHARE * step["minutes"] * MINUTE
    if reading.read_until is None or ends_at < reading.read_until:
        LessonReading.objects.this(reading).update(read_until=ends_at)
    if ends_at <= timezone.now():
        return None
    counts_at = _full_minute(ends_at)
    if reading.counts_at and reading.counts_at <= counts_at:
        return reading.counts_at
    sooner = Q(counts_at=None) | Q(counts_at__gt=counts_at)  # nobody waits longer than they were told
    LessonReading.objects.this(reading).filter(sooner).update(counts_at=counts_at)
    return counts_at


def _begins_at(enrolment: Enrolment, reading: LessonReading) -> datetime:
    """When the time of this lesson begins: with its delivery, or when the lessons marked as done before it are read."""
    others = enrolment.readings.exclude(pk=reading.pk)
    if reading.read_until:
        others = others.filter(read_until__lt=reading.read_until)
    last = others.aggregate(last=Max("read_until"))["last"]
    return max(reading.delivered_at, last or reading.delivered_at)


def _full_minute(moment: datetime) -> datetime:
    """The moment, or the next full minute after it: pages show no seconds."""
    floor = moment.replace(second=0, microsecond=0)
    return moment if floor == moment else floor + MINUTE


def waiting(readings: PersonalQuerySet) -> list[LessonReading]:
    """Those of these readings whose "done" waits, with their enrolments."""
    return list(readings.filter(counts_at__isnull=False).select_related("enrolment"))


def due() -> list[LessonReading]:
    """Up to SWEPT_AT_ONCE readings of all people whose "done" counts by now. Those of a course that was left wait."""
    readings = LessonReading.objects.everybody("the sweep")
    rows = readings.filter(counts_at__lte=timezone.now(), enrolment__left_at=None)
    return list(rows.select_related("enrolment").order_by("counts_at")[:SWEPT_AT_ONCE])


def is_due(reading: LessonReading) -> bool:
    """Whether a "done" that waited counts by now."""
    return reading.counts_at is not None and reading.counts_at <= timezone.now()


def take(reading: LessonReading) -> bool:
    """Take a "done" that is due. Return True to one caller only, who completes the step with it."""
    return bool(LessonReading.objects.this(reading).filter(counts_at=reading.counts_at).update(counts_at=None))
