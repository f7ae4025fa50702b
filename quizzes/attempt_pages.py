"""The template context for the pages of a running attempt: one question, the overview of all, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.process_cache import remember
from courses import studies
from courses.models.records import CourseRelease
from courses.outline import course_page
from quizzes.answer_states import AnswerState, count_states, state_of
from quizzes.models.records import Attempt, AttemptItem


@dataclass(frozen=True)
class ItemLink:
    """The link to one question in the overview."""

    position: int
    state: AnswerState
    flagged: bool
    current: bool
    label: str  # the position and state in words, for people who cannot see the overview

    @property
    def saved(self) -> bool:
        """Whether the server has an answer, whole or in part."""
        return self.state != AnswerState.EMPTY

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
    # Each page has up to a hundred links, so their words are translated once for all.
    question, comma, here, flagged = _("Question %(n)s"), _(", "), _("you are here"), _("flagged")
    words = {state: str(state.label) for state in AnswerState}
    links = []
    for item in items:
        state, is_current = state_of(item), item.position == current
        parts = [question % {"n": item.position}, here if is_current else words[state]]
        label = comma.join([*parts, flagged] if item.flagged else parts)
        links.append(ItemLink(item.position, state, item.flagged, is_current, label))
    return {
        "links": links,
        "answers": count_states(link.state for link in links),
        "flagged": [link for link in links if link.flagged],
        "open": [link for link in links if link.state != AnswerState.ANSWERED],
        "count": len(links),
    }


def attempt_overview(attempt: Attempt, items: list[AttemptItem], current: int = 0) -> dict:
    """overview() with `list_items`, the links as HTML. A template would take ten times as long for each of them."""
    summary, url = overview(items, current), reverse("quizzes:attempt", args=[attempt.uuid])
    html = '<li><a class="{}" href="{}{}/" data-position="{}" data-state="{}"{} aria-label="{}">{}</a></li>'
    is_current = SafeString(' aria-current="step"')
    rows = (
        (
            link.css_class,
            url,
            link.position,
            link.position,
            link.state.value,
            is_current if link.current else "",
            link.label,
            link.position,
        )
        for link in summary["links"]
    )
    return summary | {"list_items": format_html_join("\n  ", html, rows)}


def base_context(attempt: Attempt) -> dict:
    """The template context that every page of an attempt needs."""
    release = attempt.enrolment.release = CourseRelease.objects.remembered(attempt.enrolment.release_id)
    attempt.title_today = _title_today(attempt)
    return {
        "attempt": attempt,
        "release": release,
        "course": course_page(release, studies.remembered_pages(release)),
        "clock": Clock(timezone.now(), attempt.deadline),
        "section": "learning",
    }


def _title_today(attempt: Attempt) -> str | None:
    """The title of with_title(). As titles in an outline, it may be 30 seconds old."""

    def load() -> str | None:
        return Attempt.objects.this(attempt).with_title().values_list("title_today", flat=True).get()  # type: ignore[misc]

    return remember(("title of a test", attempt.quiz_key, attempt.enrolment.release.language), 30, load)


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
        "overview": attempt_overview(attempt, items, item.position),
        "before": item.position - 1,
    }
