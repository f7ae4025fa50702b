"""How a package part becomes a step: each app registers the importer of its page class by a hook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wagtail import hooks

from courses.importing.format import Part, Problem
from courses.models.steps import StepMixin


def _nothing(part: Part, report) -> None:
    pass


def _no_keys(part: Part) -> set[UUID]:
    return set()


@dataclass(frozen=True)
class StepImporter:
    """What the hook `register_step_importer` returns for one page class."""

    page_class: type[StepMixin]
    check: Callable[[Part], list[Problem]]  # the problems of a part; writes nothing
    content: Callable[[Part], dict[str, Any]]  # the page's own fields, from a part that has been checked
    load_extras: Callable[[Part, Any], None] = _nothing  # writes other rows, such as the question bank of a test
    keys_of_extras: Callable[[Part], set[UUID]] = _no_keys


def step_importers() -> dict[str, StepImporter]:
    """Every registered importer, by the `kind:` that a part names in its front matter."""
    importers = [register() for register in hooks.get_hooks("register_step_importer")]
    return {importer.page_class.part_kind: importer for importer in importers}
