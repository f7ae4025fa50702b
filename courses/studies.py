"""What a person's way through their courses is now, for pages: steps, state, titles and addresses."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils.translation import get_language

from accounts.models import User
from accounts.process_cache import remember
from courses import progress, reading, releases
from courses.models.records import CourseRelease, Enrolment, LessonReading
from courses.outline import OutlinePage, course_page, pages_by_key
from courses.study import Step, Study, steps_of

# The enrolments of one person: a row for each completion, in which all else repeats. It is SQL because every page of a
# course reads it, and the ORM takes several times as long to compose the statement as the database to answer it.
RECORDS = """
    SELECT enrolment.*, completion.step_key AS done_key, completion.score AS done_score,
        EXISTS (SELECT 1 FROM courses_lessonreading
            WHERE enrolment_id = enrolment.id AND counts_at IS NOT NULL) AS waits,
        EXISTS (SELECT 1 FROM courses_lessonreading
            WHERE enrolment_id = enrolment.id AND step_key = %(step)s) AS delivered,
        (SELECT block_id FROM courses_position
            WHERE enrolment_id = enrolment.id AND step_key = %(step)s) AS position_block,
        (SELECT text FROM courses_note
            WHERE enrolment_id = enrolment.id AND step_key = %(step)s AND block_id = '') AS note,
        EXISTS (SELECT 1 FROM courses_releasenotice
            WHERE learner_id = enrolment.learner_id AND confirmed_at IS NULL) AS told
    FROM courses_enrolment AS enrolment
    LEFT JOIN courses_completion AS completion ON completion.enrolment_id = enrolment.id
    WHERE enrolment.learner_id = %(learner)s AND enrolment.left_at IS NULL
        AND (%(course)s IS NULL OR enrolment.course_key = %(course)s)
    ORDER BY enrolment.period DESC, enrolment.id
"""


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
    remembered_pages(). Makes one query when the process has cached the release and its pages. Where a "done" waits
    there is one more; one that is due is completed.
    """
    own = _own_studies(user, course_key, current_key, language) if user.is_authenticated else []
    if own:
        return own[0]
    release = releases.current(course_key)
    if release is None:
        return None
    pages = remembered_pages(release, language)
    return Study(None, release, steps_of(release, set(), pages, current_key), course=course_page(release, pages))


def studies(user: User) -> list[Study]:
    """The studies of all courses that a person is taking, latest activity first. Queries and effects are those of study()."""
    return sorted(_own_studies(user), key=_last_active, reverse=True)


def _last_active(study: Study) -> tuple:
    enrolment = study.enrolment
    assert enrolment is not None
    return enrolment.active_at is not None, enrolment.active_at or enrolment.enrolled_at, enrolment.enrolled_at


def _own_studies(user: User, course_key=None, current_key: str = "", language: str = "") -> list[Study]:
    """The studies of the courses that the person has not left, or of one of them; of each, the newest period first."""
    rows = _records(user, course_key, current_key)
    waiting: list[LessonReading] = []
    if any(row.waits for row in rows):
        waiting = reading.waiting(LessonReading.objects.of(user).filter(enrolment__in={row.pk for row in rows}))
        if progress.complete_due(waiting):
            rows = _records(user, course_key, current_key)
    return [
        _own_study(list(own_rows), waiting, current_key, language)
        for _pk, own_rows in groupby(rows, key=attrgetter("pk"))
    ]


def _records(user: User, course_key, current_key: str) -> list[Any]:
    """The rows of RECORDS, as enrolments with its other columns as attributes."""
    as_stored = Enrolment._meta.get_field("course_key").get_db_prep_value  # SQLite has no type for UUIDs
    keys = {"course": course_key, "step": current_key or None}
    parameters = {name: as_stored(key, connection) for name, key in keys.items()}
    return list(Enrolment.objects.of(user).raw(RECORDS, {**parameters, "learner": user.pk}))


def _own_study(rows: list[Any], waiting: list[LessonReading], current_key: str, language: str) -> Study:
    """The study of one enrolment, from its rows of RECORDS."""
    enrolment = rows[0]
    release = enrolment.release = CourseRelease.objects.remembered(enrolment.release_id)
    pages = remembered_pages(release, language)
    done = release.done_by((_uuid(row.done_key), row.done_score) for row in rows if row.done_key)
    counts_at = _counts_at(row for row in waiting if row.enrolment_id == enrolment.pk)
    return Study(
        enrolment=enrolment,
        release=release,
        steps=steps_of(release, done, pages, current_key, counts_at),
        position=str(_uuid(enrolment.position_block)) if enrolment.position_block else "",
        note=enrolment.note or "",
        course=course_page(release, pages),
        delivered=bool(enrolment.delivered),
        told=bool(enrolment.told),
    )


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    """A UUID as the database gives it: SQLite gives text without hyphens."""
    return uuid.UUID(str(value))


def _counts_at(waiting: Iterable[LessonReading]) -> dict[str, datetime | None]:
    return {str(row.step_key): row.counts_at for row in waiting}
