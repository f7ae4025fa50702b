"""Which questions of an attempt are answered, begun and empty. Every count that people read comes from here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from quizzes.answers import answered_items
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Attempt, AttemptItem
from quizzes.question_types.base import Payload
from quizzes.versions import load_versions


class AnswerState(TextChoices):
    ANSWERED = "answered", gettext_lazy("answered")
    BEGUN = "begun", gettext_lazy("partly answered")
    EMPTY = "empty", gettext_lazy("no answer yet")


@dataclass(frozen=True)
class AnswerCount:
    """How many questions have an answer to every part, to some parts, and none."""

    answered: int
    begun: int
    empty: int

    @property
    def saved(self) -> int:
        """How many questions the server has an answer for, whole or in part."""
        return self.answered + self.begun

    @property
    def words(self) -> str:
        """The counts as text, such as "20 answered, 1 partly answered, 3 empty". What is not there is left out."""
        begun = ngettext("%(n)s partly answered", "%(n)s partly answered", self.begun) % {"n": self.begun}
        empty = ngettext("%(n)s empty", "%(n)s empty", self.empty) % {"n": self.empty}
        answered = ngettext("%(n)s answered", "%(n)s answered", self.answered) % {"n": self.answered}
        return _(", ").join([answered, *([begun] if self.begun else []), *([empty] if self.empty else [])])


def items_of(attempt: Attempt) -> list[AttemptItem]:
    """The items of an attempt in order, with the answers that count, ready for state_of()."""
    return _with_versions(answered_items(attempt))


def _with_versions(items: list[AttemptItem]) -> list[AttemptItem]:
    """The items, ready for state_of(), which needs the version where an answer may be partial; at most one query."""
    load_versions(item for item in items if isinstance(item.payload, dict))
    return items


def state_of(item: AttemptItem) -> AnswerState:
    """The state of an item that comes from items_of(), or has its version loaded."""
    if item.payload is None:
        return AnswerState.EMPTY
    return state_of_answer(item.version, item.payload) if isinstance(item.payload, dict) else AnswerState.ANSWERED


def state_of_answer(version: QuestionVersion, payload: Payload) -> AnswerState:
    if payload is None:
        return AnswerState.EMPTY
    complete = version.question_type.complete(version.content["body"], payload)
    return AnswerState.ANSWERED if complete else AnswerState.BEGUN


def count_answers(items: Iterable[AttemptItem]) -> AnswerCount:
    return count_states(map(state_of, items))


def count_states(states: Iterable[AnswerState]) -> AnswerCount:
    counts = Counter(states)
    return AnswerCount(counts[AnswerState.ANSWERED], counts[AnswerState.BEGUN], counts[AnswerState.EMPTY])


def count_by_attempt(learner: User, attempts: Iterable[Attempt]) -> dict[int, AnswerCount]:
    """The count of each of these attempts of one person, by primary key; at most two queries."""
    by_attempt = defaultdict(list)
    for item in _with_versions(list(AttemptItem.objects.of(learner).filter(attempt__in=attempts).with_answer())):
        by_attempt[item.attempt_id].append(item)
    return {pk: count_answers(items) for pk, items in by_attempt.items()}
