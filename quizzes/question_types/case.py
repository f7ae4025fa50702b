"""A clinical case: a vignette with several steps. Each step is shown once the one before it is settled.

Payload: {"answers": {step id: option ids, sorted}, "settled": number of settled steps}. A step is settled by going on
from it, not by choosing. The next step may reveal the right answer, so a settled answer cannot be changed
(`may_follow`). The last step is never settled. Credit: the mean of the steps, each graded as a question of its own
(single or multiple).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import (
    FIELD,
    BadAnswer,
    Content,
    Credit,
    Keys,
    Payload,
    QuestionType,
    has_unknown_fields,
    list_item,
)
from quizzes.question_types.choice_base import ChoiceBlock, MarkedOptionsSchema, count_right, option_ids, right_ids
from quizzes.question_types.multiple import MultipleChoice
from quizzes.question_types.schema import NOT_BLANK, Flaw, Rows, Schema, SchemaRow, ShortText
from quizzes.question_types.single import SingleChoice
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Clinical case in steps")
MIN_STEPS, MAX_STEPS = 2, 8
MAX_VIGNETTE_LENGTH = 3000
PREFIX, SETTLED_FIELD, NEXT_STEP_FIELD = "step-", "settled", "go"
ONE_ANSWER, SEVERAL_ANSWERS = SingleChoice(), MultipleChoice()


class CaseStepBlock(ChoiceBlock):
    text = blocks.TextBlock(default="", rows=3, max_length=1000, label=gettext_lazy("What happens, and what is asked"))
    several = blocks.BooleanBlock(required=False, label=gettext_lazy("Several answers are right"))

    class Meta:
        icon = "arrow-right"
        label = gettext_lazy("Step")
        form_layout = ["text", "several", "options", "fixed_order"]

    def mistakes(self, value):
        yield from super().mistakes(value)
        right = count_right(value)
        if not right or (right > 1 and not value["several"]):
            yield _("Mark exactly one option as right, or say that several answers are right.")


class CaseQuestionBlock(blocks.StructBlock):
    vignette = blocks.TextBlock(
        default="",
        rows=5,
        max_length=MAX_VIGNETTE_LENGTH,
        label=gettext_lazy("The case"),
        help_text=gettext_lazy("Shown at every step."),
    )
    steps = RowsBlock(CaseStepBlock(), min_num=MIN_STEPS, max_num=MAX_STEPS, label=gettext_lazy("Steps, in order"))

    class Meta:
        icon = "user"
        label = LABEL


class CaseStep(MarkedOptionsSchema, SchemaRow):
    text: ShortText
    several: bool = False

    def flaws(self) -> Iterator[Flaw]:
        yield from super().flaws()
        if not self.right or (self.right > 1 and not self.several):
            yield ("options",), "one option must have `correct: true`, or several with `several: true`"


class CaseSchema(Schema):
    vignette: Annotated[str, Field(max_length=MAX_VIGNETTE_LENGTH), NOT_BLANK]
    steps: Rows[CaseStep] = Field(min_length=MIN_STEPS, max_length=MAX_STEPS)


def step_type(step: dict) -> SingleChoice | MultipleChoice:
    """The type that asks and grades this step as a question of its own."""
    return SEVERAL_ANSWERS if step["several"] else ONE_ANSWER


class Case(QuestionType[CaseSchema]):
    name = "case"
    label = LABEL
    template = "case"
    block = CaseQuestionBlock
    schema = CaseSchema

    def hint(self) -> str:
        return _("A case in steps. You cannot change an answer after you go on to the next step.")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "vignette": value["vignette"],
            "steps": [
                {
                    "id": step.id,
                    "text": step.value["text"],
                    "several": bool(step.value["several"]),
                    **ONE_ANSWER.freeze(step.value, key),
                }
                for step in value["steps"].bound_blocks
            ],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The options of every step, step by step."""
        return [name for step in content["steps"] for name in step_type(step).order(step, draw)]

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        if has_unknown_fields(data, PREFIX, [step["id"] for step in content["steps"]]):
            raise BadAnswer(_("This answer belongs to another question. Choose again here."))
        answers = {step["id"]: _chosen(data, step) for step in content["steps"]}
        answers = {name: chosen for name, chosen in answers.items() if chosen}
        settled = _settled(data, content)
        current = content["steps"][settled]["id"]
        if NEXT_STEP_FIELD in data and current in answers and settled < len(content["steps"]) - 1:
            settled += 1
        return {"answers": answers, "settled": settled} if answers else None

    def fields(self, payload: Payload) -> MultiValueDict:
        stored = payload or {}
        answers = {PREFIX + name: chosen for name, chosen in stored.get("answers", {}).items()}
        settled = stored.get("settled", 0)
        return MultiValueDict({**answers, **({SETTLED_FIELD: [str(settled)]} if settled else {})})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """The vignette, the settled steps with their answers, and the open step. Later steps stay hidden."""
        settled = _settled(data, content)
        shown = [
            _step_context(number, step, order, data) for number, step in enumerate(content["steps"][: settled + 1], 1)
        ]
        return {
            "vignette": content["vignette"],
            "before": shown[:-1],
            "step": shown[-1],
            "count": len(content["steps"]),
            "settled": settled,
            "more": settled < len(content["steps"]) - 1,
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        answers = (payload or {}).get("answers", {})
        credits = [step_type(step).grade(step, _step_payload(step, answers)) for step in content["steps"]]
        earned = sum((credit.earned for credit in credits), Fraction(0))
        right = {name: handled for credit in credits for name, handled in credit.right.items()}
        return Credit(earned / len(credits), right)

    def key(self, content: Content) -> Payload:
        """The right answers with no step settled, so that the key may be saved as a first answer."""
        return {"answers": {step["id"]: sorted(right_ids(step)) for step in content["steps"]}, "settled": 0}

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        answers = (payload or {}).get("answers", {})
        steps = [
            {
                **step_type(step).explain(step, _order_of(step, order), _step_payload(step, answers)),
                "several": step["several"],
                "number": number,
                "text": step["text"],
                "answered": bool(answers.get(step["id"])),
            }
            for number, step in enumerate(content["steps"], 1)
        ]
        return {"vignette": content["vignette"], "steps": steps}

    def load(self, question: CaseSchema, keys: Keys) -> dict:
        def block_data(step: CaseStep) -> dict:
            def keys_of_step(what: str, *ids: str) -> str:
                return keys(what, step.id, *ids)

            return {**step.block_data(keys_of_step), "text": step.text, "several": step.several}

        steps = [list_item(keys("step", step.id), block_data(step)) for step in question.steps]
        return {"vignette": question.vignette, "steps": steps}

    def may_follow(self, content: Content, before: Payload, after: Payload) -> bool:
        """Whether settled answers stay as they are, all settled steps are answered, and at most one more is settled."""
        settled_before, settled_after = ((payload or {}).get("settled", 0) for payload in (before, after))
        answers_before, answers_after = ((payload or {}).get("answers", {}) for payload in (before, after))
        kept = all(
            answers_before.get(step["id"]) == answers_after.get(step["id"])
            for step in content["steps"][:settled_before]
        )
        answered = all(step["id"] in answers_after for step in content["steps"][:settled_after])
        return kept and answered and settled_before <= settled_after <= settled_before + 1

    def opens_next_step(self, content: Content, data: MultiValueDict, payload: Payload) -> bool:
        return bool(payload) and payload["settled"] > _settled(data, content)

    def form_after_error(self, content: Content, payload: Payload, data: MultiValueDict) -> MultiValueDict:
        """The sent form with the settled steps of the saved answer. The form's own claim could open later steps."""
        saved_form, form = self.fields(payload), MultiValueDict(data)
        settled = _settled(saved_form, content)
        form.setlist(SETTLED_FIELD, [str(settled)])
        for step in content["steps"][:settled]:
            form.setlist(PREFIX + step["id"], saved_form.getlist(PREFIX + step["id"]))
        return form

    def complete(self, content: Content, payload: Payload) -> bool:
        return payload is not None and all(step["id"] in payload["answers"] for step in content["steps"])


def _chosen(data: MultiValueDict, step: dict) -> list[str]:
    chosen = set(data.getlist(PREFIX + step["id"])) - {""}
    if not chosen <= set(option_ids(step)):
        raise BadAnswer(_("This is not one of the answers to this question. Choose from the list."))
    if len(chosen) > 1 and not step["several"]:
        raise BadAnswer(_("Choose one answer only."))
    return sorted(chosen)


def _settled(data: MultiValueDict, content: Content) -> int:
    """How many steps the form claims are settled. may_follow() decides whether that is allowed."""
    text = data.get(SETTLED_FIELD, "0")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else 0
    return min(number, len(content["steps"]) - 1)


def _step_context(number: int, step: dict, order: list[str], data: MultiValueDict) -> dict:
    name = PREFIX + step["id"]
    asked = step_type(step).ask(step, _order_of(step, order), MultiValueDict({FIELD: data.getlist(name)}))
    return {**asked, "name": name, "number": number, "text": step["text"], "several": step["several"]}


def _order_of(step: dict, order: list[str]) -> list[str]:
    """The part of the order that belongs to this step."""
    ids = set(option_ids(step))
    return [name for name in order if name in ids]


def _step_payload(step: dict, answers: dict[str, list[str]]) -> Payload:
    """The answer to one step, in the form that step_type() stores."""
    chosen = answers.get(step["id"]) or []
    return chosen if step["several"] else next(iter(chosen), None)
