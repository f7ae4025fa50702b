"""The template context for the pages of a running attempt: one question, the overview of all, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from courses import studies
from courses.outline import course_page
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem
from quizzes.question_types import QUESTION_TYPES

TYPES_WITH_STEPS = [question_type.name for question_type in QUESTION_TYPES.values() if question_type.in_steps]


@dataclass(frozen=True)
class ItemLink:
    """The link to one question in the overview."""

    position: int
    answered: bool
    complete: bool
    flagged: bool
    current: bool

    @property
    def label(self) -> str:
        """The position and state in words, for people who cannot see the overview."""
        state = _("you are here") if self.current else _("saved") if self.answered else _("no answer yet")
        parts = [_("Question %(n)s") % {"n": self.position}, state, *([_("flagged")] if self.flagged else [])]
        return _(", ").join(parts)

    @property
    def css_class(self) -> str:
        """The CSS classes of the link in the overview. quiz.js changes them when answers are stored and sent."""
        sent = self.answered and not self.current
        return " ".join(name for name, holds in (("sent", sent), ("flag", self.flagged)) if holds)


@dataclass(frozen=True)
class Clock:
    """The time left by the server's clock."""

    now: datetime
    deadline: datetime

    @property
    def minutes(self) -> int:
        """Minutes left, rounded up; 0 after the deadline."""
        return max(0, -(-(self.deadline - self.now) // timedelta(minutes=1)))

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def deadline_ms(self) -> int:
        return int(self.deadline.timestamp() * 1000)


def items_of(attempt: Attempt) -> list[AttemptItem]:
    """The items of an attempt in order, with the answers that count; one query, or two if an answer may be partial."""
    items = list(attempt.items.with_answer().order_by("position"))
    # is_complete() needs the version only of a question whose answer may be partial; loading all would be wasteful.
    begun = {item.version_id for item in items if isinstance(item.payload, dict)}
    stepped = (
        QuestionVersion.objects.filter(pk__in=begun, content__kind__in=TYPES_WITH_STEPS).in_bulk() if begun else {}
    )
    for item in items:
        if item.version_id in stepped:
            item.version = stepped[item.version_id]
    return items


def is_complete(item: AttemptItem) -> bool:
    """Whether every part of the item is answered. The item comes from items_of(), or has its version loaded."""
    if not AttemptItem._meta.get_field("version").is_cached(item):  # items_of() loads it only for types with steps
        return item.payload is not None
    return item.version.question_type.complete(item.version.content["body"], item.payload)


def overview(items: list[AttemptItem], current: int = 0) -> dict:
    """Which items are answered, complete, flagged and open. `current` is the position of the page shown, or 0."""
    links = [
        ItemLink(item.position, item.payload is not None, is_complete(item), item.flagged, item.position == current)
        for item in items
    ]
    open_links = [link for link in links if not link.complete]
    flagged = [link for link in links if link.flagged]
    return {
        "links": links,
        "answered": sum(link.answered for link in links),
        "complete": len(links) - len(open_links),
        "flagged": flagged,
        "open": open_links,
        "count": len(links),
    }


def base_context(attempt: Attempt) -> dict:
    """The template context that every page of an attempt needs."""
    release = attempt.enrolment.release
    return {
        "attempt": attempt,
        "release": release,
        "course": course_page(release, studies.remembered_pages(release)),
        "clock": Clock(timezone.now(), attempt.deadline),
        "section": "learning",
    }


def question_context(item: AttemptItem, data: MultiValueDict | None) -> dict:
    """The template context of one question.

    Its form holds the saved answer, or `data`, a posted form that could not be read.
    """
    version, question_type = item.version, item.version.question_type
    if data is None:
        data = question_type.fields(item.payload)
    else:
        data = question_type.form_after_error(version.content["body"], item.payload, data)
    return {
        "item": item,
        "version": version,
        "stem": version.content["stem"],
        "hint": question_type.hint(),
        "template": question_type.question_template,
        "asked": question_type.ask(version.content["body"], item.option_order, data),
    }


def item_context(attempt: Attempt, items: list[AttemptItem], item: AttemptItem, data: MultiValueDict | None) -> dict:
    """The template context for the page of one question of a running attempt."""
    return {
        **base_context(attempt),
        **question_context(item, data),
        "overview": overview(items, item.position),
        "before": item.position - 1,
    }
