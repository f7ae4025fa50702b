"""A learner's way through one course, for templates: the steps of the release, and what is done and next. No queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from courses.models.records import CourseRelease, Enrolment


@dataclass(frozen=True)
class Step:
    """One step of a release, with its state for one learner."""

    key: str
    kind: str
    title: str
    number: str
    minutes: int
    bytes: int
    path: str
    module: dict | None
    done: bool = False
    certifies: bool = False
    is_current: bool = False
    offline: bool = False
    waiting: datetime | None = None  # marked as done, which counts from then on

    @property
    def waived(self) -> bool:
        """Whether the step counts as done because it is not published. What a certificate rests on is never waived."""
        return self.offline and not self.certifies

    @property
    def unavailable(self) -> bool:
        """Whether the step is still asked for though it is not published at the moment."""
        return self.offline and self.certifies and not self.done

    @property
    def state(self) -> str:
        """The state as a CSS class: here (the open page), done, waived (no longer published) or todo."""
        return "here" if self.is_current else "done" if self.done else "waived" if self.waived else "todo"


@dataclass(frozen=True)
class Study:
    """What templates need to know about a learner's progress in one course."""

    enrolment: Enrolment | None
    release: CourseRelease
    steps: list[Step]
    position: str = ""
    note: str = ""
    course_url: str = ""
    delivered: bool = False  # whether the lesson whose page is open was sent before

    @cached_property
    def left(self) -> list[Step]:
        return [step for step in self.steps if not step.done and not step.waived]

    @cached_property
    def done(self) -> list[Step]:
        return [step for step in self.steps if step.done]

    @cached_property
    def current_step(self) -> Step | None:
        """The step whose page is open; None when no step of the release is open."""
        return next((step for step in self.steps if step.is_current), None)

    @cached_property
    def next_open(self) -> Step | None:
        """The first step that is neither done, marked as done nor waived, and can be opened."""
        return next((step for step in self.left if not step.offline and not step.waiting), None)

    def _neighbour(self, offset: int) -> Step | None:
        current = next((index for index, step in enumerate(self.steps) if step.is_current), None)
        if current is None or not 0 <= current + offset < len(self.steps):
            return None
        return self.steps[current + offset]

    @cached_property
    def next_step(self) -> Step | None:
        """The step after the current one, whether done or not."""
        return self._neighbour(1)

    @cached_property
    def previous_step(self) -> Step | None:
        return self._neighbour(-1)

    @cached_property
    def modules(self) -> list[dict]:
        """The steps grouped by module, in order. The `module` of a group is None for steps outside a module."""
        groups: list[dict] = []
        for step in self.steps:
            if not groups or groups[-1]["module"] != step.module:
                groups.append({"module": step.module, "steps": []})
            groups[-1]["steps"].append(step)
        for group in groups:
            group["todo"] = not any(step.done or step.is_current for step in group["steps"])
            group["is_current"] = any(step.is_current for step in group["steps"])
        return groups

    @cached_property
    def lessons_left(self) -> list[Step]:
        return [step for step in self.left if step.kind == "lesson"]

    @cached_property
    def waived(self) -> list[Step]:
        return [step for step in self.steps if step.waived and not step.done]


def steps_of(
    release: CourseRelease,
    done: set[str],
    live: set[str] | None = None,
    current_key: str = "",
    waiting: Mapping[str, datetime | None] = MappingProxyType({}),
) -> list[Step]:
    """The steps of a release with their state. A step whose key is not in `live` is offline; for live=None, none is.

    `waiting` says by step key from when a "done" counts that came too early.
    """
    names = ("key", "kind", "title", "number", "minutes", "bytes", "path", "module", "certifies")
    return [
        Step(
            **{name: item[name] for name in names},
            done=item["key"] in done,
            is_current=item["key"] == current_key,
            offline=live is not None and item["key"] not in live,
            waiting=None if item["key"] in done else waiting.get(item["key"]),
        )
        for item in release.steps
    ]
