"""Tell people about the releases that concern them: a required release, and a correction of safety.

A release only stores what it says. The sweep makes the notices and their emails, SLICE people at a time, so neither a
request nor a task waits for thousands.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language

from accounts.emails import outgoing
from accounts.models import User
from courses import studies
from courses.models.records import (
    Completion,
    CourseRelease,
    Enrolment,
    EnrolmentQuerySet,
    LessonReading,
    Position,
    ReleaseNotice,
)
from courses.outline import DELETED, OutlinePage, course_page, pages_by_key, step_classes
from courses.study import Study

SLICE = 200  # people of one release in one sweep
KINDS: dict[str, str] = {
    CourseRelease.Kind.REQUIRED: "release_required",
    CourseRelease.Kind.CORRECTION: "release_correction",
}


def concerned(release: CourseRelease) -> EnrolmentQuerySet:
    """The enrolments of those to tell: whom a required release has moved, or who relies on what was wrong."""
    enrolments = Enrolment.objects.everybody("a release is for all").in_course(release.course_key)
    if release.kind == CourseRelease.Kind.CORRECTION:
        return enrolments.filter(_relies_on(release.corrects, release.created_at))
    return enrolments.open().filter(release=release, enrolled_at__lt=release.created_at)


def _relies_on(step_keys: Collection[str], until: datetime) -> Q:
    """A filter on enrolments: the person has opened, begun or done one of these steps, or has completed the course.

    They may have left the course since. Completions after `until` rest on the corrected text.
    """
    steps = {"enrolment": OuterRef("pk"), "step_key__in": step_keys}
    done = Completion.objects.everybody("a release is for all").filter(**steps, completed_at__lte=until)
    opened = Position.objects.everybody("a release is for all").filter(**steps)
    sent = LessonReading.objects.everybody("a release is for all").filter(**steps, delivered_at__lte=until)
    relies = Q(Exists(done)) | Q(Exists(opened)) | Q(Exists(sent)) | Q(completed_at__lte=until)
    for cls in step_classes():
        shown = cls.enrolments_shown(step_keys, until)
        relies |= Q(pk__in=[] if shown is None else shown)
    return relies


def count_readers(course_key, step_keys: Collection[str]) -> dict[str, int]:
    """How many people a correction of each of these steps alone would tell now; one query."""
    now = timezone.now()
    counts = {
        f"step{number}": Count("learner", distinct=True, filter=_relies_on([key], now))
        for number, key in enumerate(step_keys)
    }
    enrolments = Enrolment.objects.everybody("a release is for all").in_course(course_key)
    return dict(zip(step_keys, enrolments.aggregate(**counts).values(), strict=True)) if counts else {}


def tell() -> int:
    """Make the notices that are owed, up to SLICE for each release. Return how many."""
    waiting = CourseRelease.objects.filter(kind__in=KINDS, told_at=None).order_by("pk")
    return sum(_tell_slice(release) for release in waiting)


def _tell_slice(release: CourseRelease) -> int:
    told = ReleaseNotice.objects.everybody("a release is for all").filter(release=release)
    people = User.objects.filter(pk__in=concerned(release).values("learner"))
    learners = list(people.exclude(pk__in=told.values("learner")).order_by("pk")[:SLICE])
    if not learners:
        CourseRelease.objects.filter(pk=release.pk, told_at=None).update(told_at=timezone.now())
    return sum(_notify(release, learner) for learner in learners)


def _notify(release: CourseRelease, learner: User) -> bool:
    """Make the notice of this person, with its email. False when another sweep has just done so."""
    with transaction.atomic():
        notices = ReleaseNotice.objects.of(learner)
        notice, created = notices.get_or_create(release=release, learner=learner)
        if created and learner.is_active:
            pages = studies.remembered_pages(release, learner.language)
            context = {
                "release": release,
                "course": course_page(release, pages),
                "steps": [pages.get(key, DELETED) for key in release.corrects],
            }
            key = f"release-notice:{notice.uuid}"
            outgoing.send(KINDS[release.kind], learner.email, context, key=key, user=learner)
    return created


@dataclass(frozen=True)
class NoticeCard:
    """One notice as a page shows it: the course, and the steps that were wrong."""

    notice: ReleaseNotice
    course: OutlinePage
    steps: list[OutlinePage]

    @property
    def is_correction(self) -> bool:
        return self.notice.release.kind == CourseRelease.Kind.CORRECTION


def unconfirmed(user: User | AnonymousUser, own_study: Study | None, course_key=None) -> list[NoticeCard]:
    """What the person has not confirmed yet, of one course or of all; at most two queries.

    None when one of their studies, which the caller has read, says that there is nothing.
    """
    if not user.is_authenticated or (own_study and not own_study.told):
        return []
    notices = list(ReleaseNotice.objects.of(user).filter(confirmed_at=None).order_by("-created_at"))
    for notice in notices:
        notice.release = CourseRelease.objects.remembered(notice.release_id)
    if course_key:
        notices = [notice for notice in notices if notice.release.course_key == course_key]
    keys = {key for notice in notices for key in (*notice.release.page_keys, *notice.release.corrects)}
    pages = pages_by_key(keys, get_language() or "") if notices else {}
    return [
        NoticeCard(
            notice, course_page(notice.release, pages), [pages.get(key, DELETED) for key in notice.release.corrects]
        )
        for notice in notices
    ]


def asks_to_read(user: User | AnonymousUser, step_key: str) -> bool:
    """Whether a correction of safety has told this person to read the step, confirmed or not."""
    if not user.is_authenticated:
        return False
    corrected = ReleaseNotice.objects.of(user).values_list("release__corrects", flat=True)
    return any(step_key in keys for keys in corrected)


def confirm(notice: ReleaseNotice) -> None:
    """Record that the person has read the notice. The first time stays."""
    ReleaseNotice.objects.this(notice).filter(confirmed_at=None).update(confirmed_at=timezone.now())
