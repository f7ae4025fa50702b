"""Who has completed which step. No other module writes Completion, Position, Note and the end of an Enrolment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.languages import interface_language
from accounts.models import User
from certificates import issuing
from certificates.printed_fields import CertificateFacts
from courses import reading
from courses.models.pages import CoursePage
from courses.models.records import CompletionSweep, CourseRelease, Enrolment, EnrolmentQuerySet, LessonReading
from courses.outline import OutlinePage, pages_by_key, published_pages
from courses.study import steps_of

log = structlog.get_logger(__name__)
SWEEP_ALL = timedelta(hours=1)  # how often the sweep looks at everybody, whatever has happened
OVERLAP = timedelta(minutes=5)  # longer than a transaction lasts, and than the clocks of two machines differ
# What somebody has done: (score, maximum) by step key, each None for a step without a pass.
Scores = dict[str, tuple[Decimal | None, Decimal | None]]


def live_keys(release: CourseRelease, pages: Mapping[str, OutlinePage]) -> set[str]:
    """The steps of a release that have a published page in its course, in any language."""
    return {step.key for step in steps_of(release, set(), pages) if not step.offline}


def done_keys(enrolment: Enrolment) -> set[str]:
    return enrolment.release.done_by(enrolment.completions.values_list("step_key", "score"))


def needed_keys(release: CourseRelease, pages: Mapping[str, OutlinePage] | None = None) -> set[str]:
    """The steps that somebody must have done to complete this release now; empty when nobody can complete it.

    `pages` are those of its page_keys, from pages_by_key(); by default, they are looked up.

    The one answer for requests and for the sweep. A required step that is not published is waived, except when a
    certificate rests on it: a test that is offline, for an hour or for good, is still asked for. Only a release
    withdraws it. While no step of the release is published, there is nothing to complete.
    """
    required = {step["key"] for step in release.steps if step["required"]}
    published = required & live_keys(release, pages_by_key(release.page_keys) if pages is None else pages)
    if not published:
        return set()
    return published | {step["key"] for step in release.steps if step["required"] and step["certifies"]}


def is_finished(release: CourseRelease, scores: Scores, pages: Mapping[str, OutlinePage]) -> bool:
    """Whether every step that the release needs now is done. `pages` are its published_pages()."""
    needed = needed_keys(release, pages)
    return bool(needed) and needed <= release.done_by((key, score) for key, (score, _most) in scores.items())


def complete_step(
    enrolment: Enrolment, step_key, score: Decimal | None = None, max_score: Decimal | None = None
) -> bool:
    """Record that a step is done, and complete the enrolment if it was the last. Return False if it was done before.

    A score says that a test was passed. A step that was done as practice has none until then.

    The update of the enrolment row comes first, because it locks the row on both databases. When two transactions
    complete the last two steps, the second one then sees the first one's completion and completes the enrolment.
    """
    key, now = str(step_key), timezone.now()
    with transaction.atomic(savepoint=False):
        Enrolment.objects.this(enrolment).update(active_at=now)
        scores = _look_again(enrolment)
        fields = {"completed_at": now, "score": score, "max_score": max_score}
        is_new = key not in scores or (score is not None and scores[key][0] is None)
        if key not in scores:
            enrolment.completions.create(step_key=step_key, **fields)
        elif is_new:
            enrolment.completions.filter(step_key=step_key, score=None).update(**fields)
        if is_new:
            scores[key] = score, max_score
        _complete_locked(enrolment, scores)
    return is_new


def _look_again(enrolment: Enrolment) -> Scores:
    """Refresh `completed_at` and `release` of an enrolment that this transaction has locked. Return its Scores; one query."""
    names = ("completed_at", "release", *(f"completions__{name}" for name in ("step_key", "score", "max_score")))
    rows = list(Enrolment.objects.this(enrolment).values_list(*names))
    if not rows:
        raise Enrolment.DoesNotExist("the person was erased meanwhile")
    enrolment.completed_at, release = rows[0][:2]
    enrolment.release = CourseRelease.objects.remembered(release)
    return {str(key): (score, most) for *_, key, score, most in rows if key}


def mark_done(enrolment: Enrolment, step: dict) -> datetime | None:
    """Mark a lesson of the release as done. Return from when that counts; None when it counts now.

    The update of the enrolment row locks it: of two lessons marked as done at once, one is read after the other.
    """
    with transaction.atomic():
        Enrolment.objects.this(enrolment).update(active_at=timezone.now())
        counts_at = reading.request_done(enrolment, step)
        if counts_at is None:
            complete_step(enrolment, step["key"])
    return counts_at


def complete_due(readings: Iterable[LessonReading]) -> int:
    """Complete the lessons whose waiting "done" counts by now. Return how many. One that fails is logged and waits."""
    completed = 0
    for row in filter(reading.is_due, readings):
        try:
            with transaction.atomic():
                if reading.take(row):
                    complete_step(row.enrolment, row.step_key)
                    completed += 1
        except Exception:
            log.exception("lesson_not_completed", reading=row.pk)
    return completed


def take_back_step(enrolment: Enrolment, step_key, unless: QuerySet, reason: str, by: User | None) -> bool:
    """Undo complete_step(), because what it rested on was a mistake. The person goes on with all else that they did.

    Does nothing and returns False while `unless` has rows, such as another pass; it is read under the lock that
    complete_step() takes. A certificate that rested on the step is revoked with `reason`.
    """
    with transaction.atomic():
        Enrolment.objects.this(enrolment).update(completed_at=F("completed_at"))
        if unless.exists() or not enrolment.completions.filter(step_key=step_key).delete()[0]:
            return False
        trail.record(Verb.STEP_TAKEN_BACK, by, enrolment, step=step_key)
        enrolment = Enrolment.objects.this(enrolment).select_related("release", "learner").get()
        if enrolment.completed_at and enrolment.release.certifies(step_key):
            Enrolment.objects.this(enrolment).update(completed_at=None, completed_on=None)
            issuing.take_back(enrolment.learner, enrolment.uuid, reason, by)
    return True


def complete_if_finished(enrolment: Enrolment) -> bool:
    """Complete the enrolment and issue its certificate if it is finished. Return True when this call did so.

    The update of the enrolment row comes first, as in complete_step(): until the end, nobody takes a step back.
    """
    with transaction.atomic():
        if not Enrolment.objects.this(enrolment).filter(completed_at=None).update(completed_at=None):
            return False
        return _complete_locked(enrolment, _look_again(enrolment))


def _complete_locked(enrolment: Enrolment, scores: Scores) -> bool:
    """Do what complete_if_finished() says. This transaction has locked the enrolment and looked again."""
    if enrolment.completed_at:
        return False
    pages = published_pages(enrolment.release)
    if not is_finished(enrolment.release, scores, pages):
        return False
    now = timezone.now()
    day = enrolment.learner.day_of(now)
    if not Enrolment.objects.this(enrolment).filter(completed_at=None).update(completed_at=now, completed_on=day):
        return False
    issuing.issue(enrolment.learner, facts(enrolment, day, scores, pages), enrolment.uuid)
    return True


def facts(
    enrolment: Enrolment, completed_on: date, scores: Scores, pages: Mapping[str, OutlinePage]
) -> CertificateFacts:
    """The facts that the certificate of this enrolment prints: the rules of its release, the title of today.

    `pages` are those that the caller has looked up, with the course or without.
    """
    release = enrolment.release
    return CertificateFacts(
        course=_title_today(release, pages),
        course_code=release.code,
        hours=release.hours,
        score=_total(score for score, _most in scores.values()),
        max_score=_total(most for _score, most in scores.values()),
        edition=release.edition,
        release=release.number,
        completed_on=completed_on,
        valid_until=years_later(completed_on, release.valid_years),
        language=interface_language(enrolment.learner.language),
    )


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the values that there are; None when there is none."""
    numbers = [value for value in values if value is not None]
    return sum(numbers, Decimal(0)) if numbers else None


def _title_today(release: CourseRelease, pages: Mapping[str, OutlinePage]) -> str:
    """The published title of the course, in the language of the release; that of the release if the page is gone."""
    page = pages.get(str(release.course_key))
    if page and page.language == release.language:
        return page.title
    courses = CoursePage.objects.filter(translation_key=release.course_key, locale__language_code=release.language)
    return courses.values_list("title", flat=True).first() or release.title


def years_later(day: date, years: int) -> date:
    """The same day `years` later. 29 February becomes 28 February when that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def save_position(enrolment: Enrolment, step_key, block_id) -> None:
    """Store where the learner stopped reading. The last request wins, whichever device it comes from."""
    enrolment.positions.update_or_create(step_key=step_key, defaults={"block_id": block_id})
    Enrolment.objects.this(enrolment).update(active_at=timezone.now())


class NoteChanged(Exception):
    """The note is no longer what the form was made from. `text` is what it says now."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


def note_version(text: str) -> str:
    """A short digest of a note. A form sends it back, so that save_note() knows which text the form was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_note(enrolment: Enrolment, step_key, text: str, block_id: str = "", version: str | None = None) -> None:
    """Store the learner's private note. An empty text removes it.

    `version` is the note_version() of the note that the form showed; None replaces whatever is there. Raises
    NoteChanged when the note has changed since, as when a form has waited on another device. The same text again is
    no change.
    """
    notes = enrolment.notes.filter(step_key=step_key, block_id=block_id)
    current = notes.values_list("text", flat=True).first() or ""
    text = text if text.strip() else ""
    if text == current:
        return
    if version is not None and version != note_version(current):
        raise NoteChanged(current)
    if not current:
        is_saved = enrolment.notes.get_or_create(step_key=step_key, block_id=block_id, defaults={"text": text})[1]
    elif text:
        is_saved = bool(notes.filter(text=current).update(text=text, updated_at=timezone.now()))
    else:
        is_saved = bool(notes.filter(text=current).delete()[0])
    if not is_saved:  # another form was faster
        raise NoteChanged(notes.values_list("text", flat=True).first() or "")


def sweep() -> int:
    """Complete what has become due: lessons whose "done" waited, then finished enrolments. Return how many of these.

    It looks at whoever was active since the last sweep. It looks at everybody once an hour, and as soon as a release
    needs other steps than before: after a release, and when one of its pages was published, unpublished, moved or
    deleted. One that fails is logged and holds nobody up; the next sweep looks at it again.
    """
    complete_due(reading.due())
    now = timezone.now()
    needed = _needed_by_release()
    digest = _digest(needed)
    last = CompletionSweep.objects.first()
    enrolments = Enrolment.objects.everybody("the sweep").open()
    if last and last.needed_digest == digest and now - SWEEP_ALL < last.all_at <= last.at <= now:
        all_at = last.all_at
        enrolments = enrolments.filter(active_at__gte=last.at - OVERLAP)
    else:
        all_at = now
    completed, failed = _complete(enrolments, needed)
    if not failed:
        CompletionSweep.store(at=now, all_at=all_at, needed_digest=digest)
    return completed


def _needed_by_release() -> dict[CourseRelease, set[str]]:
    """The needed_keys() of each release; two queries."""
    releases = list(CourseRelease.objects.only("course_key", "outline"))
    pages = pages_by_key({key for release in releases for key in release.page_keys})
    return {release: needed_keys(release, pages) for release in releases}


def _digest(needed: Mapping[CourseRelease, set[str]]) -> str:
    """A digest of what all releases need. It changes with everything by which an author can complete people."""
    text = json.dumps([(release.pk, sorted(keys)) for release, keys in needed.items()])
    return hashlib.sha256(text.encode()).hexdigest()


def _complete(enrolments: EnrolmentQuerySet, needed: Mapping[CourseRelease, set[str]]) -> tuple[int, int]:
    """Complete those of these enrolments that are finished. Return how many were completed, and how many failed."""
    in_use = set(enrolments.values_list("release", flat=True).distinct())
    finished = [
        enrolment
        for release, keys in needed.items()
        if release.pk in in_use
        for enrolment in _finished(enrolments, release, keys)
    ]
    completed = failed = 0
    for enrolment in finished:
        try:
            with transaction.atomic():
                completed += complete_if_finished(enrolment)
        except Exception:
            log.exception("enrolment_not_completed", enrolment=enrolment.pk)
            failed += 1
    return completed, failed


def _finished(enrolments: EnrolmentQuerySet, release: CourseRelease, needed: set[str]) -> EnrolmentQuerySet:
    """The enrolments of a release for which is_finished() is true, in one query because there may be thousands."""
    steps = [step for step in release.steps if step["key"] in needed]
    return enrolments.filter(release=release).with_all_of(steps) if steps else enrolments.none()
