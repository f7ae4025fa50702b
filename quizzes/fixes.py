"""What may be done about an item that turned out to be faulty. Pure: content, answer and fixes in, credit out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quizzes.question_types import KINDS
from quizzes.question_types.base import FULL, Credit


class Choice(models.TextChoices):
    ACCEPT = "accept", _("Accept another answer as well")
    REKEY = "rekey", _("Another answer is the right one")
    FULL = "full", _("Give everybody the point")
    DROP = "drop", _("Leave the item out of the score")


NEED_AN_ANSWER = {Choice.ACCEPT, Choice.REKEY}
WITHOUT_MARKING = {Choice.FULL, Choice.DROP}  # what an answer earns, whoever would mark it


@dataclass(frozen=True)
class Fix:
    """One fix of one version of a question; `answer` is an answer in the form of the kind, where one is needed."""

    choice: str
    answer: Any = None


def offered(kind: Any) -> list[Choice]:
    """The fixes a kind allows: another key only where a whole answer says what the key is."""
    return [choice for choice in Choice if choice not in NEED_AN_ANSWER or hasattr(kind, "rekeyed")]


def credit(content: dict[str, Any], payload: Any, fixes: Sequence[Fix] = ()) -> Credit | None:
    """What an answer earns under the fixes, in their order; None where the item was left out."""
    kind, body = KINDS[content["kind"]], content["body"]
    also: list[dict] = []
    earned: Credit | None = None
    for fix in fixes:
        if fix.choice == Choice.DROP:
            return None
        if fix.choice == Choice.FULL:
            earned = Credit(FULL, {})
        elif fix.choice == Choice.REKEY:
            body, also, earned = kind.rekeyed(body, fix.answer), [], None
        else:
            also.append(kind.rekeyed(body, fix.answer))
    return earned or max((kind.grade(each, payload) for each in (body, *also)), key=lambda one: one.earned)


def body(content: dict[str, Any], fixes: Sequence[Fix]) -> dict[str, Any]:
    """The item as it counts now, to be explained: with the key that replaced the faulty one."""
    kind, now = KINDS[content["kind"]], content["body"]
    for fix in fixes:
        if fix.choice == Choice.REKEY:
            now = kind.rekeyed(now, fix.answer)
    return now
