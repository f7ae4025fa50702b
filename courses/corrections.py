"""What a correction of safety may name, and whether the right text is there to be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from courses.models.records import CourseRelease
from courses.models.steps import StepMixin
from courses.outline import step_classes


def correctable(course_key) -> list[dict]:
    """The steps that somebody has been given in this course, those of the newest release first."""
    steps: dict[str, dict] = {}
    for release in CourseRelease.objects.of_course(course_key):
        steps = steps | {step["key"]: step for step in release.steps if step["key"] not in steps}
    return list(steps.values())


def not_corrected(course_key, step_keys: Collection[str]) -> list[str]:
    """Those of these steps whose right text nobody can read yet, so that people would confirm the wrong one.

    What was mended waits as a draft, or nothing was published since learners got the step, or since the last correction
    that named it. Nobody reads a wrong text on a page that is not published.
    """
    given_at = _given_at(course_key)
    pages: dict[str, list[StepMixin]] = defaultdict(list)
    for cls in step_classes():
        for page in cls.objects.live().filter(translation_key__in=step_keys, alias_of=None):
            pages[str(page.translation_key)].append(page)
    return [key for key in step_keys if key not in given_at or not _is_mended(pages[key], given_at[key])]


def _is_mended(translations: list[StepMixin], since: datetime) -> bool:
    """Whether one of these pages has changed since, and none of them has a draft."""
    if not translations:
        return True
    return any(page.changed_since(since) for page in translations) and not any(
        page.has_drafts() for page in translations
    )


def _given_at(course_key) -> dict[str, datetime]:
    """When the text of each step was last known to be read: its first release, or the last correction that named it."""
    given_at: dict[str, datetime] = {}
    for release in reversed(CourseRelease.objects.of_course(course_key)):
        given_at |= {step["key"]: release.created_at for step in release.steps if step["key"] not in given_at}
        given_at |= dict.fromkeys(release.corrects, release.created_at)
    return given_at
