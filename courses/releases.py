"""Releases of a course. Publishing a page shows its new text; releasing the course shows new steps."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction
from wagtail.models import Page

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from courses.models.pages import CoursePage, ModulePage, StepMixin
from courses.models.records import CourseRelease, Enrolment, EnrolmentQuerySet
from standards.blocks import cited_pks
from standards.models import Statement


def step_classes() -> list[type[Page]]:
    """Every page class that is a step, in any app."""

    def below(cls: type[Page]) -> list[type[Page]]:
        children: list[type[Page]] = cls.__subclasses__()
        return [found for child in children for found in (child, *below(child))]

    return [cls for cls in below(Page) if issubclass(cls, StepMixin) and not cls._meta.abstract]


def current(course_key) -> CourseRelease | None:
    """The newest release of the course, which new learners get; None when there is none."""
    return CourseRelease.objects.filter(course_key=course_key).order_by("-pk").first()


def live_outline(course: CoursePage) -> list[dict]:
    """The outline of what is published now: steps of the course and of its published modules, in tree order."""
    modules = {page.path: page for page in ModulePage.objects.child_of(course).live()}
    steps = [
        step
        for cls in step_classes()
        for step in cls.objects.descendant_of(course).live()
        if step.depth == course.depth + 1 or step.path[: -Page.steplen] in modules
    ]
    outline = []
    for step in sorted(steps, key=lambda page: page.path):
        module = modules.get(step.path[: -Page.steplen])
        outline.append(
            {
                "key": str(step.translation_key),
                "kind": step.part_kind,
                "title": step.title,
                "number": step.number,
                "minutes": step.minutes,
                "bytes": step.weight(),
                "required": True,
                "path": step.url_path.removeprefix(course.url_path),
                "module": {"title": module.title, "number": module.number, "slug": module.slug} if module else None,
            }
        )
    return outline


def digest(course: CoursePage, outline: list[dict]) -> str:
    """A digest of the rules and steps. Releases with the same digest are the same for learners; text does not count."""
    rules = [str(course.hours.normalize()), course.valid_years, course.edition_id]
    steps = [(step["key"], step["kind"], step["required"]) for step in outline]
    return hashlib.sha256(json.dumps([rules, steps]).encode()).hexdigest()


def changes(course: CoursePage) -> dict:
    """What a release would do now: steps added and withdrawn, and the number of learners who have not finished."""
    latest = current(course.translation_key)
    now = live_outline(course)
    before = {step["key"]: step for step in (latest.steps if latest else [])}
    return {
        "latest": latest,
        "added": [step for step in now if step["key"] not in before],
        "withdrawn": [step for key, step in before.items() if key not in {step["key"] for step in now}],
        "same": latest is not None and latest.digest == digest(course, now),
        "empty": not now,
        "unfinished": _unfinished(course).count(),
    }


def _unfinished(course: CoursePage) -> EnrolmentQuerySet:
    return Enrolment.objects.everybody("a release is for all").open().in_course(course.translation_key)


def next_number(latest: CourseRelease | None) -> str:
    if latest is None:
        return "1.0"
    major, minor = latest.number.split(".")
    return f"{major}.{int(minor) + 1}"


def release(course: CoursePage, kind: str, by: User | None, note: str = "") -> CourseRelease | None:
    """Make what is published the next release of the course. Return None when nothing has changed for learners.

    Everybody who has not finished gets a required release, and keeps their completions. Raises ValueError for a course
    without a published step.
    """
    outline = live_outline(course)
    if not outline:
        raise ValueError("a course without a published step cannot be released")
    with transaction.atomic():
        latest = current(course.translation_key)
        mark = digest(course, outline)
        if latest and latest.digest == mark:
            return None
        made = CourseRelease.objects.create(
            course_key=course.translation_key,
            number=next_number(latest),
            kind=kind,
            note=note,
            code=course.code,
            title=course.title,
            short_title=course.short_title,
            hours=course.hours,
            valid_years=course.valid_years,
            edition=course.edition.short_title if course.edition else "",
            language=course.locale.language_code,
            outline=outline,
            statements=_cited(course),
            digest=mark,
            created_by=by,
        )
        trail.record(Verb.RELEASE_MADE, by, made, course=made.course_key, number=made.number, kind=made.kind)
        if kind == CourseRelease.Kind.REQUIRED:
            _unfinished(course).update(release=made)
    return made


def _cited(course: CoursePage) -> list[str]:
    pks: set[int] = set()
    for cls in step_classes():
        for step in cls.objects.descendant_of(course).live():
            if hasattr(step, "body"):
                pks |= cited_pks(step.body)
    return list(Statement.objects.filter(pk__in=pks).order_by("position").values_list("code", flat=True))
