"""What keeps a course from being released: a title that another course has, a test that nobody could start."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from courses.models.pages import CoursePage
from courses.outline import step_classes

NotReady = tuple[Any, list[str]]  # a published page, and why nobody can start it, in words


def not_ready(keys: Collection[str], language: str) -> list[NotReady]:
    """Those of these steps whose page is published in this language and cannot be started. Two queries for all."""
    pages = {"translation_key__in": keys, "locale__language_code": language, "alias_of": None}
    return [found for cls in step_classes() for found in cls.not_ready(cls.objects.live().filter(**pages))]


def describe(page: Any, reasons: list[str]) -> str:
    return _("“%(title)s” cannot be started: %(reasons)s") % {"title": page.title, "reasons": " ".join(reasons)}


def problems(course: CoursePage, outline: list[dict]) -> tuple[list[str], list[str]]:
    """What keeps this outline from being released, in words, and what only its author should know."""
    pages = not_ready({step["key"] for step in outline}, course.locale.language_code)
    objections = [describe(*found) for found in pages if found[0].certifies]
    remarks = [describe(*found) for found in pages if not found[0].certifies]
    return course.title_problems() + objections, remarks
