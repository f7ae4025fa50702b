"""The tests that a release would no longer ask for, and what that means for the people under way."""

from __future__ import annotations

from django.db.models import Q

from courses.models.records import CourseRelease, Enrolment, EnrolmentQuerySet
from courses.outline import step_classes


def unfinished(course_key) -> EnrolmentQuerySet:
    """Everybody who has begun the course and not finished it. Who has left may join again, so they are among them."""
    return Enrolment.objects.everybody("a release is for all").unfinished().in_course(course_key)


def withdrawn_tests(course_key, outline: list[dict], kind: str) -> list[dict]:
    """The steps on which certificates rest that this outline would no longer ask for.

    An editorial release takes them from new learners, whom the newest release asks for them. A required one takes them
    also from everybody under way, whatever their release.
    """
    releases = list(CourseRelease.objects.of_course(course_key)[:1])
    if kind == CourseRelease.Kind.REQUIRED:
        releases += CourseRelease.objects.filter(pk__in=unfinished(course_key).values("release"))
    kept = {step["key"] for step in outline if step["certifies"]}
    steps = {step["key"]: step for release in releases for step in release.steps if step["certifies"]}
    return [step for key, step in steps.items() if key not in kept]


def kept_back(course_key, outline: list[dict], withdrawn: list[dict]) -> EnrolmentQuerySet:
    """Whom a required release without these tests does not move: a waiver is no pass.

    They have tried one of them and not passed it, and have no test of the new outline left to pass.
    """
    tried, keys = Q(pk__in=[]), [step["key"] for step in withdrawn]
    for cls in step_classes() if keys else []:
        enrolments = cls.unpassed_enrolments(keys)
        tried |= Q(pk__in=[] if enrolments is None else enrolments)
    return unfinished(course_key).filter(tried).with_all_of([step for step in outline if step["certifies"]])


def moved_by_required(course_key, outline: list[dict], digest: str, withdrawn: list[dict]) -> EnrolmentQuerySet:
    """Whom a required release of this outline moves: who has not finished, and has not got the same outline already."""
    others = unfinished(course_key).exclude(release__digest=digest)
    return others.exclude(pk__in=kept_back(course_key, outline, withdrawn).values("pk"))
