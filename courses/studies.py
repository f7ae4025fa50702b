"""What a person's way through their courses is now, for pages: steps, state, titles and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.translation import get_language

from accounts.models import User
from accounts.process_cache import remember
from courses import progress, reading, releases
from courses.models.records import CourseRelease, Enrolment, LessonReading, Note, Position
from courses.outline import OutlinePage, course_page, pages_by_key
from courses.study import Step, Study, steps_of


def steps(enrolment: Enrolment, current_key: str = "") -> list[Step]:
    """The steps of an enrolment in their present state; three queries."""
    release = enrolment.release
    waiting = _counts_at(reading.waiting(enrolment.readings.all()))
    pages = pages_by_key(release.page_keys, get_language() or "", release.language)
    return steps_of(release, progress.done_keys(enrolment), pages, current_key, waiting)


def remembered_pages(release: CourseRelease, language: str = "") -> dict[str, OutlinePage]:
    """The pages of a release, cached for 30 seconds in each process. For display only, never to decide completion.

    `language` is the preferred one; by default, the language of the interface.
    """
    language = language or get_language() or ""
    load = partial(pages_by_key, release.page_keys, language, release.language)
    return remember(("outline", release.pk, language), 30, load)


def study(user: User | AnonymousUser, course_key, current_key: str = "", language: str = "") -> Study | None:
    """The study of this person in the course; without an enrolment, of the current release. None without a release.

    `current_key` is the key of the step whose page is open, `language` the preferred language of titles; see
    remembered_pages(). Makes at most four queries, and two when the process has cached the release and its pages. Where
    a "done" waits there is one more; one that is due is completed.
    """
    enrolment = _enrolment(user, course_key, current_key) if user.is_authenticated else None
    release = enrolment.release if enrolment else releases.current(course_key)
    if release is None:
        return None
    waiting: list[LessonReading] = []
    if enrolment and getattr(enrolment, "first_waiting", None):  # annotated by _enrolment()
        waiting = reading.waiting(enrolment.readings.all())
        if progress.complete_due(waiting):
            enrolment.refresh_from_db(fields=["completed_at"])
    done = progress.done_keys(enrolment) if enrolment else set()
    pages = remembered_pages(release, language)
    return Study(
        enrolment=enrolment,
        release=release,
        steps=steps_of(release, done, pages, current_key, _counts_at(waiting)),
        # _enrolment() annotates these, and `delivered`, when the page of a step is open.
        position=str(getattr(enrolment, "position_block", None) or ""),
        note=getattr(enrolment, "note_text", None) or "",
        course=course_page(release, pages),
        delivered=getattr(enrolment, "was_delivered", False),
    )


def _counts_at(waiting: Iterable[LessonReading]) -> dict[str, datetime | None]:
    return {str(row.step_key): row.counts_at for row in waiting}


def _enrolment(user: User, course_key, current_key: str) -> Enrolment | None:
    enrolments = Enrolment.objects.of(user).in_course(course_key).active().order_by("-period")
    waiting = LessonReading.objects.filter(enrolment=OuterRef("pk"), counts_at__isnull=False).order_by("counts_at")
    enrolments = enrolments.annotate(first_waiting=Subquery(waiting.values("counts_at")[:1]))
    if current_key:
        lookup = {"enrolment": OuterRef("pk"), "step_key": current_key}
        enrolments = enrolments.annotate(
            position_block=Subquery(Position.objects.filter(**lookup).values("block_id")[:1]),
            note_text=Subquery(Note.objects.filter(**lookup, block_id="").values("text")[:1]),
            was_delivered=Exists(LessonReading.objects.filter(**lookup)),
        )
    enrolment = enrolments.first()
    if enrolment:  # cached, because a release is frozen and its outline is long
        enrolment.release = remember(
            ("release", enrolment.release_id), 300, lambda: CourseRelease.objects.get(pk=enrolment.release_id)
        )
    return enrolment


def studies(user: User) -> list[Study]:
    """The studies of all courses that a person is taking, latest activity first. Makes four queries.

    A waiting "done" that is due is completed.
    """
    waiting = reading.waiting(LessonReading.objects.of(user))
    progress.complete_due(waiting)
    enrolments = list(
        Enrolment.objects.of(user)
        .active()
        .select_related("release")
        .prefetch_related("completions")
        .order_by(F("active_at").desc(nulls_last=True), "-enrolled_at")
    )
    keys = {key for enrolment in enrolments for key in enrolment.release.page_keys}
    pages = pages_by_key(keys, get_language() or "", *(enrolment.release.language for enrolment in enrolments))
    return [
        Study(
            enrolment=enrolment,
            release=enrolment.release,
            steps=steps_of(
                enrolment.release,
                enrolment.release.done_by((done.step_key, done.score) for done in enrolment.completions.all()),
                pages,
                waiting=_counts_at(row for row in waiting if row.enrolment_id == enrolment.pk),
            ),
            course=course_page(enrolment.release, pages),
        )
        for enrolment in enrolments
    ]
