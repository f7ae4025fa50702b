"""Whether a quiz is a test or practice, which a release decides for good."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models.releases import CourseRelease


class QuizPurpose(models.TextChoices):
    TEST = "test", _("Test: its pass is asked for")
    PRACTICE = "practice", _("Practice: done when it is handed in, with feedback at once")


def purpose_problems(key: UUID, purpose: str) -> list[str]:
    """Why the quiz page with this key cannot have this purpose, in words; [] when it can.

    If a purpose changed, practice would have shown the answers of a test. A copy of a page has a key of its own.
    """
    release = CourseRelease.objects.naming(key).first()
    if release is None or release.certifies(key) == (purpose == QuizPurpose.TEST):
        return []
    if release.certifies(key):
        return [gettext("A release has this page as a test, so it stays one. Make a copy of it for practice.")]
    return [gettext("A release has this page as practice, so it stays that. Make a copy of it for a test.")]
