"""Join, leave and renew a course."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from certificates.models import Certificate
from courses import releases
from courses.models.records import CourseRelease, Enrolment

RENEWAL = timedelta(days=90)  # a new period may begin this long before the certificate expires


class NotReleased(Exception):
    """The course has no release, so nobody can join it."""


class OwnDecision(NotReleased):
    """The course has only releases without a test by this person's own decision, see releases.current()."""


def latest(user: User | AnonymousUser, course_key) -> Enrolment | None:
    """The person's newest enrolment in the course that they have not left; None when there is none."""
    if not user.is_authenticated:
        return None
    enrolments = Enrolment.objects.of(user).in_course(course_key).active().select_related("release")
    return enrolments.order_by("-period").first()


def join(user: User, course_key) -> Enrolment:
    """Enrol the person and return the enrolment. Joining again reopens an enrolment that they left.

    Raises NotReleased when the course has no release for this person.
    """
    enrolment = Enrolment.objects.of(user).in_course(course_key).order_by("-period").first()
    if enrolment is None:
        release = _release_for(user, course_key)
        try:
            with transaction.atomic():
                return Enrolment.objects.create(learner=user, course_key=course_key, release=release)
        except IntegrityError:  # another request has just enrolled them, for example from a second tab
            return Enrolment.objects.of(user).get(course_key=course_key, period=1)
    if enrolment.left_at:
        # The sweep looks at whoever was active: a release may have left them nothing to do meanwhile.
        Enrolment.objects.this(enrolment).update(left_at=None, active_at=timezone.now())
        enrolment.refresh_from_db()
    return enrolment


def _release_for(user: User, course_key) -> CourseRelease:
    """The release with which this person begins the course. Raises NotReleased."""
    release = releases.current(course_key, user)
    if release is None:
        raise OwnDecision if releases.current(course_key) else NotReleased
    return release


def leave(enrolment: Enrolment) -> None:
    """Take the course off the person's list. Completions are kept and come back when the person joins again."""
    Enrolment.objects.this(enrolment).filter(left_at=None).update(left_at=timezone.now())


def may_renew(enrolment: Enrolment) -> bool:
    """Whether a new period may begin: this one is complete, and its certificate expires within RENEWAL or is gone."""
    if enrolment.completed_at is None:
        return False
    certificate = Certificate.objects.of(enrolment.learner).filter(achievement=enrolment.uuid, standing="valid").first()
    return certificate is None or certificate.valid_until - certificate.today <= RENEWAL


def renew(enrolment: Enrolment) -> Enrolment:
    """Open the next period of a completed course and return its enrolment. The records of this period stay.

    Raises NotReleased when the course has no release for this person, and ValueError when it may not be renewed yet.
    """
    release = _release_for(enrolment.learner, enrolment.course_key)
    if not may_renew(enrolment):
        raise ValueError("this period cannot be renewed yet")
    renewed, _ = Enrolment.objects.of(enrolment.learner).get_or_create(
        learner=enrolment.learner,
        course_key=enrolment.course_key,
        period=enrolment.period + 1,
        defaults={"release": release},
    )
    return renewed
