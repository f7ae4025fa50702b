"""Releases of a course. Publishing a page shows its new text; releasing the course shows new steps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from wagtail.models import Page

from accounts import roles
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from courses.models.pages import CoursePage, ModulePage
from courses.models.records import CourseRelease, Enrolment, EnrolmentQuerySet
from courses.outline import pages_by_key, step_classes, titles
from standards.blocks import cited_pks
from standards.models import Statement


class CertifyingStepWithdrawn(Exception):
    """A release would no longer ask for `steps` on which certificates rest, and nobody has decided that."""

    def __init__(self, steps: list[dict]):
        super().__init__(", ".join(step["key"] for step in steps))
        self.steps = steps


class ReleasedMeanwhile(Exception):
    """Somebody else has just made the release with this number. Nothing was written."""


def current(course_key) -> CourseRelease | None:
    """The newest release of the course, which new learners get; None when there is none."""
    return CourseRelease.objects.filter(course_key=course_key).order_by("-pk").first()


def live_outline(course: CoursePage) -> list[dict]:
    """The outline of what is published now: the steps of the course and of its published modules, in tree order.

    It says what is decided, and keeps keys: titles, numbers and addresses are looked up (courses.outline). An alias is
    another address of a page, not a step.
    """
    modules = {page.path: page for page in ModulePage.objects.child_of(course).live().filter(alias_of=None)}
    steps = [
        step
        for cls in step_classes()
        for step in cls.objects.descendant_of(course).live().filter(alias_of=None)
        if step.depth == course.depth + 1 or step.path[: -Page.steplen] in modules
    ]
    outline = []
    for step in sorted(steps, key=lambda page: page.path):
        module = modules.get(step.path[: -Page.steplen])
        outline.append(
            {
                "key": str(step.translation_key),
                "kind": step.part_kind,
                "module_key": str(module.translation_key) if module else None,
                "minutes": step.minutes,
                "required": True,
                "certifies": step.certifies,
            }
        )
    return outline


def digest(course: CoursePage, outline: list[dict]) -> str:
    """A digest of all that a release decides. Releases with equal digests are the same for learners.

    Words are not in it: who reads them gets those of today.
    """
    rules = [course.code, str(course.hours.normalize()), course.valid_years, course.edition_id]
    rules.append(course.locale.language_code)
    return hashlib.sha256(json.dumps([rules, outline], sort_keys=True).encode()).hexdigest()


def withdrawn_certifying(course: CoursePage, outline: list[dict]) -> list[dict]:
    """The steps on which certificates rest that somebody is asked for now, and that this outline lacks.

    Asked for by the newest release, or by the release of anybody who has not finished.
    """
    kept = {step["key"] for step in outline if step["certifies"]}
    latest = current(course.translation_key)
    in_use = CourseRelease.objects.filter(pk__in=_unfinished(course).values("release"))
    steps = {
        step["key"]: step
        for release in [*in_use, *([latest] if latest else [])]
        for step in release.steps
        if step["certifies"] and step["key"] not in kept
    }
    return list(steps.values())


def moved_by_required(course: CoursePage, withdrawn: list[dict]) -> EnrolmentQuerySet:
    """Whom a required release moves: everybody who has not finished, without those it would let off a test.

    Who has tried a withdrawn step and not passed it keeps the release that asks for it: a waiver is no pass.
    """
    moved, keys = _unfinished(course), [step["key"] for step in withdrawn]
    for cls in step_classes() if keys else []:
        unpassed = cls.unpassed_enrolments(keys)
        moved = moved if unpassed is None else moved.exclude(pk__in=unpassed)
    return moved


def changes(course: CoursePage) -> dict:
    """What a release would change now: steps added and withdrawn, and how many learners have not finished."""
    latest = current(course.translation_key)
    outline = live_outline(course)
    released = {step["key"]: step for step in (latest.steps if latest else [])}
    now = {step["key"] for step in outline}
    certifying = withdrawn_certifying(course, outline)
    pages = pages_by_key(now | released.keys() | {step["key"] for step in certifying}, course.locale.language_code)
    return {
        "latest": latest,
        "added": titles([step for step in outline if step["key"] not in released], pages),
        "withdrawn": titles([step for key, step in released.items() if key not in now], pages),
        "same": latest is not None and latest.digest == digest(course, outline),
        "empty": not outline,
        "outline": outline,
        "pages": pages,
        "withdrawn_certifying": certifying,
        "unfinished": _unfinished(course).count(),
    }


def _unfinished(course: CoursePage) -> EnrolmentQuerySet:
    return Enrolment.objects.everybody("a release is for all").open().in_course(course.translation_key)


def next_number(latest: CourseRelease | None) -> str:
    if latest is None:
        return "1.0"
    major, minor = latest.number.split(".")
    return f"{major}.{int(minor) + 1}"


def release(
    course: CoursePage,
    kind: str,
    user: User | None,
    note: str = "",
    withdraw: bool = False,
    corrects: Collection[str] = (),
) -> CourseRelease | None:
    """Make what is published the next release of the course. Return None when nothing has changed for learners.

    A required release moves everybody in moved_by_required() to it; they keep their completions. `withdraw` says that
    tests which are not published are no longer asked for. A correction of safety names in `corrects` the steps that
    were wrong; it needs no other change. courses.notices tells people.

    Raises CertifyingStepWithdrawn where `withdraw` is needed and not given, roles.NotForOneself where `user` would be
    let off such a test, ReleasedMeanwhile when another release was quicker, and ValueError for an alias and for a
    course without a published step.
    """
    if course.alias_of_id:
        raise ValueError("an alias has no steps of its own, so it cannot be released")
    outline = live_outline(course)
    if not outline:
        raise ValueError("a course without a published step cannot be released")
    with transaction.atomic():
        latest = current(course.translation_key)
        outline_digest = digest(course, outline)
        same = latest is not None and latest.digest == outline_digest
        if same and kind != CourseRelease.Kind.CORRECTION:
            return None
        withdrawn = [] if same else withdrawn_certifying(course, outline)
        if withdrawn and not withdraw:
            raise CertifyingStepWithdrawn(withdrawn)
        new_release = _store(
            course,
            number=next_number(latest),
            kind=kind,
            note=note,
            corrects=list(corrects) if kind == CourseRelease.Kind.CORRECTION else [],
            outline=outline,
            digest=outline_digest,
            created_by=user,
        )
        trail.record(
            Verb.RELEASE_MADE,
            user,
            new_release,
            course=new_release.course_key,
            number=new_release.number,
            kind=new_release.kind,
        )
        if kind == CourseRelease.Kind.REQUIRED:
            moved = moved_by_required(course, withdrawn)
            if _lacks(moved.filter(learner=user), withdrawn):
                raise roles.NotForOneself
            moved.update(release=new_release)
    return new_release


def _lacks(enrolments: EnrolmentQuerySet, steps: list[dict]) -> bool:
    """Whether one of these enrolments has not done one of these steps."""
    return any(enrolments.exclude(completions__step_key=step["key"]).exists() for step in steps)


def _store(course: CoursePage, **fields: Any) -> CourseRelease:
    """Store a release with the rules of the course. Raises ReleasedMeanwhile when its number is taken."""
    try:
        with transaction.atomic():
            return CourseRelease.objects.create(
                course_key=course.translation_key,
                code=course.code,
                title=course.title,
                short_title=course.short_title,
                hours=course.hours,
                valid_years=course.valid_years,
                edition=course.edition.short_title if course.edition else "",
                language=course.locale.language_code,
                statements=_cited(course),
                **fields,
            )
    except IntegrityError as error:
        raise ReleasedMeanwhile from error


def _cited(course: CoursePage) -> list[str]:
    pks: set[int] = set()
    for cls in step_classes():
        for step in cls.objects.descendant_of(course).live():
            if hasattr(step, "body"):
                pks |= cited_pks(step.body)
    return list(Statement.objects.filter(pk__in=pks).order_by("position").values_list("code", flat=True))
