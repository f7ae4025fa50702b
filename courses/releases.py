"""Releases of a course. Publishing a page shows its new text; releasing the course shows new steps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from wagtail.models import Page

from accounts import roles
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import Role, User
from accounts.process_cache import forget_after_change
from courses import corrections, readiness, withdrawal
from courses.models.pages import CoursePage, ModulePage
from courses.models.records import CourseRelease
from courses.models.releases import MOST_YEARS
from courses.outline import pages_by_key, step_classes, titles
from standards.blocks import cited_pks
from standards.models import Statement

CHANGING = (CourseRelease.Kind.EDITORIAL, CourseRelease.Kind.REQUIRED)
# What a release decides and prints. A correction of safety repeats it.
FROZEN = ("course_key", "code", "title", "short_title", "hours", "valid_years", "edition", "language", "outline",
          "statements", "digest")  # fmt: skip


class DecisionNeeded(Exception):
    """The release would no longer ask for `steps`, or for no test at all, and nobody has decided that. Nothing was written."""

    def __init__(self, steps: list[dict]):
        super().__init__(", ".join(step["key"] for step in steps))
        self.steps = steps


class CannotRelease(Exception):
    """The title is that of another course, or a test could not be started: `problems` in words. Nothing was written."""

    def __init__(self, problems: list[str]):
        super().__init__(" ".join(problems))
        self.problems = problems


class NotCorrected(Exception):
    """A correction names steps whose right text nobody can read yet: their `keys`. Nothing was written."""

    def __init__(self, keys: list[str]):
        super().__init__(", ".join(keys))
        self.keys = keys


class ReleasedMeanwhile(Exception):
    """Somebody else has just made the release with this number. Nothing was written."""


def current(course_key, learner: User | None = None) -> CourseRelease | None:
    """The newest release of the course, which new learners get; None when there is none.

    Whoever has decided to ask for fewer tests, or for none, is asked for them all the same: `learner` gets the newest
    release that has every test that they have withdrawn; one without any only if somebody else decided that.
    """
    releases = CourseRelease.objects.of_course(course_key)
    made = releases.filter(created_by=learner) if learner else releases.none()
    own = [release for release in made if release.without_test]
    if not own:
        return releases.first()
    withdrawn = {key for release in own for key in release.withdrawn}
    others = (release for release in releases if release not in own and (release.tests or release.without_test))
    return next((release for release in others if withdrawn <= release.tests), None)


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


def changes(course: CoursePage) -> dict:
    """What a release would change now, and which kinds of release are possible."""
    key, outline = course.translation_key, live_outline(course)
    latest, outline_digest = current(key), digest(course, outline)
    released = {step["key"]: step for step in (latest.steps if latest else [])}
    now = {step["key"] for step in outline}
    withdrawn = {kind: withdrawal.withdrawn_tests(key, outline, kind) for kind in CHANGING}
    required = withdrawn[CourseRelease.Kind.REQUIRED]
    moved = withdrawal.moved_by_required(key, outline, outline_digest, required)
    keys = now | released.keys() | {step["key"] for step in required}
    pages = pages_by_key(keys, course.locale.language_code)
    same = latest is not None and latest.digest == outline_digest
    problems, remarks = readiness.problems(course, outline)
    return {
        "latest": latest,
        "added": titles([step for step in outline if step["key"] not in released], pages),
        "withdrawn": titles([step for key, step in released.items() if key not in now], pages),
        "same": same,
        "kinds": _possible_kinds(course, outline, latest, same, moved.exists()),
        "problems": problems,
        "remarks": remarks,
        "outline": outline,
        "pages": pages,
        "withdrawn_tests": withdrawn,
        "unfinished": withdrawal.unfinished(key).count(),
        "moved": moved,
        "kept_back": withdrawal.kept_back(key, outline, required),
    }


def _possible_kinds(course: CoursePage, outline: list[dict], latest, same: bool, moves: bool) -> list[str]:
    """The kinds of release that would mean something for somebody."""
    publishable = course.live and bool(outline)
    possible = {
        CourseRelease.Kind.EDITORIAL: publishable and not same,
        CourseRelease.Kind.REQUIRED: publishable and (moves or not same),
        CourseRelease.Kind.CORRECTION: latest is not None,
    }
    return [kind for kind, is_possible in possible.items() if is_possible]


def next_number(latest: CourseRelease | None) -> str:
    if latest is None:
        return "1.0"
    major, minor = latest.number.split(".")
    return f"{major}.{int(minor) + 1}"


def may_decide(user: User | None) -> bool:
    """Whether this person may release a course that asks for fewer tests, or for none: a reviewer for all countries."""
    return user is None or roles.holds(user, Role.REVIEWER, everywhere=True)


def needs_decision(outline: list[dict], withdrawn: list[dict]) -> bool:
    """Whether somebody has to decide about this outline, since people would get a certificate with fewer tests or none."""
    return bool(withdrawn) or not any(step["certifies"] for step in outline)


def release(
    course: CoursePage,
    kind: str,
    user: User | None,
    note: str = "",
    without_test: bool = False,
    corrects: Collection[str] = (),
) -> CourseRelease | None:
    """Make what is published the next release of the course. Return None when it would change nothing for learners.

    A required release moves everybody in moved_by_required() to it; they keep their completions. `without_test` is the
    decision to ask for fewer tests than before, or for none. `user` is not let off by it: see current(). A correction
    of safety names in `corrects` the steps that were wrong; it repeats the newest release and reads nothing of what is
    published. courses.notices tells people.

    Raises DecisionNeeded, PermissionDenied when the decision is not `user`'s to make, CannotRelease, NotCorrected,
    ReleasedMeanwhile, and ValueError for an alias, a course without a published step, a wrong validity, and a correction of nothing.
    """
    if course.alias_of_id:
        raise ValueError("an alias has no steps of its own, so it cannot be released")
    with transaction.atomic():
        if kind == CourseRelease.Kind.CORRECTION:
            return _correct(course, user, note, corrects)
        key, frozen = course.translation_key, _frozen(course)
        outline, outline_digest = frozen["outline"], frozen["digest"]
        withdrawn = withdrawal.withdrawn_tests(key, outline, kind)
        moved = withdrawal.moved_by_required(key, outline, outline_digest, withdrawn)
        if needs_decision(outline, withdrawn):
            moved = moved.exclude(learner=user)
        if kind != CourseRelease.Kind.REQUIRED:
            moved = moved.none()
        latest = current(key)
        if latest is not None and latest.digest == outline_digest and not moved.exists():
            return None
        if needs_decision(outline, withdrawn):
            _require_decision(user, without_test, withdrawn)
        if problems := readiness.problems(course, outline)[0]:
            raise CannotRelease(problems)
        new_release = _store(latest, user, kind, note, withdrawn=[step["key"] for step in withdrawn], **frozen)
        moved.update(release=new_release)
    return new_release


def _require_decision(user: User | None, without_test: bool, withdrawn: list[dict]) -> None:
    if not without_test:
        raise DecisionNeeded(withdrawn)
    if not may_decide(user):
        raise PermissionDenied


def _correct(course: CoursePage, user: User | None, note: str, corrects: Collection[str]) -> CourseRelease:
    latest = current(course.translation_key)
    if latest is None:
        raise ValueError("nobody has been given this course yet, so there is nothing to correct")
    if wrong := corrections.not_corrected(course.translation_key, corrects):
        raise NotCorrected(wrong)
    frozen = {name: getattr(latest, name) for name in FROZEN}
    return _store(latest, user, CourseRelease.Kind.CORRECTION, note, corrects=list(corrects), **frozen)


def _frozen(course: CoursePage) -> dict[str, Any]:
    """The fields FROZEN of a release of what is published now. Raises ValueError."""
    outline = live_outline(course)
    if not outline:
        raise ValueError("a course without a published step cannot be released")
    if not 1 <= course.valid_years <= MOST_YEARS:
        raise ValueError(f"a certificate is valid for 1 to {MOST_YEARS} years")
    return {
        "course_key": course.translation_key,
        "code": course.code,
        "title": course.title,
        "short_title": course.short_title,
        "hours": course.hours,
        "valid_years": course.valid_years,
        "edition": course.edition.short_title if course.edition else "",
        "language": course.locale.language_code,
        "outline": outline,
        "statements": _cited(course),
        "digest": digest(course, outline),
    }


def _store(latest: CourseRelease | None, user: User | None, kind: str, note: str, **fields: Any) -> CourseRelease:
    """Store the release after `latest`, with an entry in the audit trail. Raises ReleasedMeanwhile."""
    try:
        with transaction.atomic():
            new_release = CourseRelease.objects.create(
                number=next_number(latest), kind=kind, note=note, created_by=user, **fields
            )
    except IntegrityError as error:
        raise ReleasedMeanwhile from error
    trail.record(
        Verb.RELEASE_MADE,
        user,
        new_release,
        course=new_release.course_key,
        number=new_release.number,
        kind=new_release.kind,
        without_test=new_release.without_test,
    )
    forget_after_change()
    return new_release


def _cited(course: CoursePage) -> list[str]:
    pks: set[int] = set()
    for cls in step_classes():
        for step in cls.objects.descendant_of(course).live():
            if hasattr(step, "body"):
                pks |= cited_pks(step.body)
    return list(Statement.objects.filter(pk__in=pks).order_by("position").values_list("code", flat=True))
