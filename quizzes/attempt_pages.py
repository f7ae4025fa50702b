"""The template context for the pages of a running attempt: one question, the overview of all, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from courses import studies
from courses.outline import course_page
from quizzes.answer_states import AnswerState, count_answers, state_of
from quizzes.models.records import Attempt, AttemptItem


@dataclass(frozen=True)
class ItemLink:
    """The link to one question in the overview."""

    position: int
    state: AnswerState
    flagged: bool
    current: bool

    @property
    def saved(self) -> bool:
        """Whether the server has an answer, whole or in part."""
        return self.state != AnswerState.EMPTY

    @property
    def label(self) -> str:
        """The position and state in words, for people who cannot see the overview."""
        state = _("you are here") if self.current else self.state.label
        parts = [_("Question %(n)s") % {"n": self.position}, state, *([_("flagged")] if self.flagged else [])]
        return _(", ").join(map(str, parts))

    @property
    def css_class(self) -> str:
        """The CSS classes of the link in the overview. quiz.js changes them when answers are stored and sent."""
        sent = self.saved and not self.current
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


def overview(items: list[AttemptItem], current: int = 0) -> dict:
    """Which items are answered, flagged and open. `current` is the position of the page shown, or 0."""
    links = [ItemLink(item.position, state_of(item), item.flagged, item.position == current) for item in items]
    return {
        "links": links,
        "answers": count_answers(items),
        "flagged": [link for link in links if link.flagged],
        "open": [link for link in links if link.state != AnswerState.ANSWERED],
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
