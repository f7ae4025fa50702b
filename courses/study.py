"""A learner's way through one course, for templates: the steps of the release, and what is done and next. No queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from courses.models.records import CourseRelease, Enrolment
from courses.outline import DELETED, OutlinePage


@dataclass(frozen=True)
class Step:
    """One step of a release: what the release says, its page of today, and its state for one learner."""

    key: str
    kind: str
    minutes: int
    certifies: bool
    module_key: str | None  # the key of its module in the release; None for a step of the course itself
    page: OutlinePage = DELETED
    module_page: OutlinePage = DELETED
    done: bool = False
    is_current: bool = False
    offline: bool = False
    waiting: datetime | None = None  # marked as done, which counts from then on

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def number(self) -> str:
        return self.page.number

    @property
    def bytes(self) -> int:
        return self.page.bytes

    @property
    def language(self) -> str:
        return self.page.language

    @property
    def url(self) -> str:
        """The URL path of the step; "" while it cannot be opened."""
        return "" if self.offline else self.page.url

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
    course: OutlinePage = DELETED
    delivered: bool = False  # whether the lesson whose page is open was sent before
    told: bool = True  # whether the person may have a notice to confirm, of any course

    @property
    def course_url(self) -> str:
        """The URL path of the course page; "" while it is not published."""
        return self.course.url

    @cached_property
    def left(self) -> list[Step]:
        return [step for step in self.steps if not step.done and not step.waived]

    @cached_property
    def done(self) -> list[Step]:
        return [step for step in self.steps if step.done]

    @cached_property
    def upcoming(self) -> list[Step]:
        """The steps that are left, not yet marked as done, and can be opened."""
        return [step for step in self.left if not step.offline and not step.waiting]

    @cached_property
    def first_lesson(self) -> Step | None:
        """The first lesson that can be opened, which everybody may read; None while the course is not published."""
        lessons = (step for step in self.steps if step.kind == "lesson" and not step.offline)
        return next(lessons, None) if self.course_url else None

    @cached_property
    def last_done(self) -> Step | None:
        """The last step that is done and can be opened."""
        return next((step for step in reversed(self.done) if not step.offline), None)

    @cached_property
    def current_step(self) -> Step | None:
        """The step whose page is open; None when no step of the release is open."""
        return next((step for step in self.steps if step.is_current), None)

    @property
    def resume_at(self) -> str:
        """The block to go on reading at; "" for the top, where a new lesson begins and one that is marked as done."""
        step = self.current_step
        return "" if step is None or step.done or step.waiting else self.position

    @cached_property
    def next_open(self) -> Step | None:
        """The first step that is neither done, marked as done nor waived, and can be opened."""
        return self.upcoming[0] if self.upcoming else None

    @cached_property
    def _current_index(self) -> int | None:
        return next((index for index, step in enumerate(self.steps) if step.is_current), None)

    @cached_property
    def next_step(self) -> Step | None:
        """The next step after the current one that can be opened, whether done or not."""
        if self._current_index is None:
            return None
        return next((step for step in self.steps[self._current_index + 1 :] if not step.offline), None)

    @cached_property
    def previous_step(self) -> Step | None:
        """The last step before the current one that can be opened."""
        before = self.steps[: self._current_index or 0]
        return next((step for step in reversed(before) if not step.offline), None)

    @cached_property
    def modules(self) -> list[dict]:
        """The steps grouped by module, in order. The `key` of a group is None for steps outside a module."""
        groups: list[dict] = []
        for step in self.steps:
            if not groups or groups[-1]["key"] != step.module_key:
                groups.append({"key": step.module_key, "module": step.module_page, "steps": []})
            groups[-1]["steps"].append(step)
        for group in groups:
            group["todo"] = not any(step.done or step.is_current for step in group["steps"])
            group["is_current"] = any(step.is_current for step in group["steps"])
        return groups

    @cached_property
    def waived(self) -> list[Step]:
        return [step for step in self.steps if step.waived and not step.done]


def steps_of(
    release: CourseRelease,
    done: set[str],
    pages: Mapping[str, OutlinePage],
    current_key: str = "",
    waiting: Mapping[str, datetime | None] = MappingProxyType({}),
) -> list[Step]:
    """The steps of a release with their pages and state. A page that stands in another course now is offline here.

    `waiting` says by step key from when a "done" counts that came too early.
    """
    names = ("key", "kind", "minutes", "certifies", "module_key")
    steps = []
    for item in release.steps:
        page = pages.get(item["key"], DELETED)
        steps.append(
            Step(
                **{name: item[name] for name in names},
                page=page,
                module_page=pages.get(item["module_key"] or "", DELETED),
                done=item["key"] in done,
                is_current=item["key"] == current_key,
                offline=not page.live or page.course != str(release.course_key),
                waiting=None if item["key"] in done else waiting.get(item["key"]),
            )
        )
    return steps
