"""Corrections of a faulty question. Pure: content, answer and corrections in, credit out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import FULL, BadAnswer, Credit, QuestionType
from quizzes.question_types.text_matching import normalise


class Choice(models.TextChoices):
    ACCEPT = "accept", _("Accept another answer as well")
    REKEY = "rekey", _("Another answer is the right one")
    FULL = "full", _("Give everybody the point")
    DROP = "drop", _("Leave the question out of the score")


NEED_AN_ANSWER = {Choice.ACCEPT, Choice.REKEY}
WITHOUT_MARKING = {Choice.FULL, Choice.DROP}  # these say what an answer earns, so nobody has to mark it


@dataclass(frozen=True)
class Fix:
    """One correction of one question version. `answer` is a payload of its type if `choice` needs one, else None."""

    choice: str
    answer: Any = None


def offered(question_type: QuestionType[Any]) -> list[Choice]:
    """The corrections that a question of this type allows."""
    return [choice for choice in Choice if question_type.can_rekey or choice not in NEED_AN_ANSWER]


def credit(content: dict[str, Any], payload: Any, fixes: Sequence[Fix] = ()) -> Credit | None:
    """What an answer earns under the corrections, applied in their order; None when the question is left out."""
    question_type, body = QUESTION_TYPES[content["kind"]], content["body"]
    accepted: list[dict] = []
    earned: Credit | None = None
    for fix in fixes:
        if fix.choice == Choice.DROP:
            return None
        if fix.choice == Choice.FULL:
            earned = Credit(FULL, {})
        elif fix.choice == Choice.REKEY:
            body, accepted, earned = question_type.rekeyed(body, fix.answer), [], None
        else:
            accepted.append(question_type.rekeyed(body, fix.answer))
    if earned:
        return earned
    credits = [question_type.grade(accepted_body, payload) for accepted_body in (body, *accepted)]
    return max(credits, key=lambda credit: credit.earned)


def body_in_force(content: dict[str, Any], fixes: Sequence[Fix]) -> dict[str, Any]:
    """The body that counts now, with the key that replaced the faulty one. For the result page."""
    question_type, body = QUESTION_TYPES[content["kind"]], content["body"]
    for fix in fixes:
        if fix.choice == Choice.REKEY:
            body = question_type.rekeyed(body, fix.answer)
    return body


def repeats_fault(asked: dict[str, Any], fixes: Sequence[Fix], new: dict[str, Any]) -> bool:
    """Whether a new content of a question has the fault that these corrections of the content `asked` made up for.

    Where they say which answers are right, each must earn the whole point now, unless it cannot be given any more. Where
    they took the question out, the question must have changed.
    """
    if asked["kind"] != new["kind"]:
        return False
    question_type, body, rightful = QUESTION_TYPES[new["kind"]], asked["body"], []
    for fix in fixes:
        if fix.choice == Choice.REKEY:
            body = question_type.rekeyed(body, fix.answer)
            rightful = [question_type.key(body)]
        elif fix.choice == Choice.ACCEPT:
            rightful.append(question_type.key(question_type.rekeyed(body, fix.answer)))
    if rightful:
        return any(_earns_less(question_type, new["body"], answer) for answer in rightful)
    return bool(fixes) and normalise(asked["stem"]) == normalise(new["stem"]) and asked["body"] == new["body"]


def _earns_less(question_type: QuestionType[Any], body: dict[str, Any], answer: Any) -> bool:
    """Whether somebody could give this answer and not get the whole point."""
    try:
        payload = question_type.parse(question_type.fields(answer), body)
    except BadAnswer:
        return False
    return question_type.grade(body, payload).earned < FULL
