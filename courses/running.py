"""Timed steps that somebody has begun and not ended, such as a test. Pages show them before everything else.

The apps above know them, and register a function (user, course_key or None) -> list[RunningStep] with the hook
`find_running_steps`. It makes one query when nothing is running.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from wagtail import hooks

from accounts.models import User
from courses.outline import OutlinePage


@dataclass(frozen=True)
class RunningStep:
    """One timed step that is running. `url` is where to continue, `progress` how far it is, in words."""

    course: OutlinePage
    title: str
    language: str
    url: str
    started_at: datetime
    closes_at: datetime
    minutes_left: int
    progress: str


def running_steps(user: User | AnonymousUser, course_key=None) -> list[RunningStep]:
    """What the person has running, in one course or in all. What closes first comes first."""
    if not user.is_authenticated:
        return []
    steps = [step for find in hooks.get_hooks("find_running_steps") for step in find(user, course_key)]
    return sorted(steps, key=lambda step: step.closes_at)
