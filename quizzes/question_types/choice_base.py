"""The base of the types in which a learner chooses from a list of options: block, package schema, question type."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field
from wagtail import blocks

from quizzes.question_types.base import (
    FIELD,
    FULL,
    NOTHING,
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    list_item,
    shuffled,
    single_field,
    single_value,
)
from quizzes.question_types.schema import Flaw, Rows, Schema, SchemaRow, ShortText, distinct
from standards.row_blocks import RowsBlock

MIN_OPTIONS, MAX_OPTIONS = 2, 8  # options


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="", max_length=400, label=gettext_lazy("Option"))
    correct = blocks.BooleanBlock(required=False, label=gettext_lazy("Right"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "radio-full"
        label = gettext_lazy("Option")


class ChoiceBlock(CheckedBlock):
    options = RowsBlock(OptionBlock(), min_num=MIN_OPTIONS, max_num=MAX_OPTIONS, label=gettext_lazy("Options"))
    fixed_order = blocks.BooleanBlock(
        required=False,
        label=gettext_lazy("Keep the options in this order"),
        help_text=gettext_lazy("For numbers and degrees. Otherwise the options are shuffled for each learner."),
    )

    def mistakes(self, value):
        if not distinct([option["text"] for option in value["options"]]):
            yield _("Two options have the same text. Change one.")


def count_right(value: Any) -> int:
    """How many options of a block are marked as right."""
    return sum(bool(option["correct"]) for option in value["options"])


class Option(SchemaRow):
    text: ShortText
    feedback: ShortText


class MarkedOption(Option):
    correct: bool = False


OptionT = TypeVar("OptionT", bound=Option)


class ChoiceSchema(Schema, Generic[OptionT]):
    options: Rows[OptionT] = Field(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS)
    fixed_order: bool = False

    def flaws(self) -> Iterator[Flaw]:
        if not distinct([option.text for option in self.options]):
            yield ("options",), "two options have the same text"

    def block_data(self, keys: Keys) -> dict:
        options = [list_item(keys("option", option.id), option.values()) for option in self.options]
        return {"options": options, "fixed_order": self.fixed_order}


class MarkedOptionsSchema(ChoiceSchema[MarkedOption]):
    @property
    def right(self) -> int:
        """How many options are marked as right."""
        return sum(option.correct for option in self.options)


class OneRightSchema(MarkedOptionsSchema):
    def flaws(self) -> Iterator[Flaw]:
        yield from super().flaws()
        if self.right != 1:
            yield ("options",), "exactly one option must have `correct: true`"


class SomeRightSchema(MarkedOptionsSchema):
    def flaws(self) -> Iterator[Flaw]:
        yield from super().flaws()
        if not self.right:
            yield ("options",), "at least one option must have `correct: true`"


def option_ids(content: Content) -> list[str]:
    return [option["id"] for option in content["options"]]


def right_ids(content: Content) -> set[str]:
    return {option["id"] for option in content["options"] if option["correct"]}


ChoiceSchemaT = TypeVar("ChoiceSchemaT", bound=ChoiceSchema[Any])


class ChoiceType(RekeyableType[ChoiceSchemaT]):
    """A question with a list of options. The subclass decides how many may be chosen and what they earn."""

    template = "choices"
    control: ClassVar[str]  # of the form: radio or checkbox

    @abstractmethod
    def chosen(self, payload: Payload) -> set[str]:
        """The ids of the options that the answer holds."""

    @abstractmethod
    def earned(self, content: Content, chosen: set[str]) -> Fraction:
        """What this choice earns, 0 to 1."""

    def freeze(self, value: Any, key: UUID) -> Content:
        options = [self.freeze_option(option.id, option.value) for option in value["options"].bound_blocks]
        return {"options": options, "fixed_order": bool(value["fixed_order"])}

    def freeze_option(self, option_id: str, value: Any) -> dict:
        return {
            "id": option_id,
            "text": value["text"],
            "correct": bool(value["correct"]),
            "feedback": value["feedback"],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        ids = option_ids(content)
        return ids if content["fixed_order"] else shuffled(ids, draw)

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        texts = {option["id"]: option["text"] for option in content["options"]}
        chosen = set(data.getlist(FIELD))
        rows = [{"id": name, "text": texts[name], "chosen": name in chosen} for name in order]
        return {"control": self.control, "name": FIELD, "options": rows}

    def grade(self, content: Content, payload: Payload) -> Credit:
        chosen, right = self.chosen(payload), right_ids(content)
        handled = {name: (name in chosen) == (name in right) for name in option_ids(content)}
        return Credit(self.earned(content, chosen), handled)

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        options, chosen = {option["id"]: option for option in content["options"]}, self.chosen(payload)
        rows = [{**options[name], "right": options[name]["correct"], "chosen": name in chosen} for name in order]
        return {"options": rows, "several": len(right_ids(content)) > 1}

    def load(self, question: ChoiceSchemaT, keys: Keys) -> dict:
        return question.block_data(keys)

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        right = self.chosen(answer)
        return {**content, "options": [{**option, "correct": option["id"] in right} for option in content["options"]]}


class OneChoiceType(ChoiceType[ChoiceSchemaT]):
    """One option is chosen and one is right. It earns full credit, any other none. Payload: the option's id."""

    control = "radio"

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        chosen = single_value(data, FIELD, _("Choose one answer only."))
        if chosen and chosen not in option_ids(content):
            raise BadAnswer(_("This is not one of the answers to this question. Choose one from the list."))
        return chosen or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return single_field(payload)

    def chosen(self, payload: Payload) -> set[str]:
        return {payload} if payload else set()

    def earned(self, content: Content, chosen: set[str]) -> Fraction:
        return FULL if chosen & right_ids(content) else NOTHING

    def key(self, content: Content) -> Payload:
        return next(iter(right_ids(content)))


class ManyChoiceType(ChoiceType[ChoiceSchemaT]):
    """Any number of options may be chosen. Payload: their ids, sorted."""

    control = "checkbox"

    def hint(self) -> str:
        return _("Choose all that apply.")

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        chosen = set(data.getlist(FIELD))
        if not chosen <= set(option_ids(content)):
            raise BadAnswer(_("This is not one of the answers to this question. Choose from the list."))
        # Sorted by id: learners can read their data during a test, and the authored order could reveal the key.
        return sorted(chosen) or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return MultiValueDict({FIELD: payload} if payload else {})

    def chosen(self, payload: Payload) -> set[str]:
        return set(payload or ())

    def key(self, content: Content) -> Payload:
        return sorted(right_ids(content))

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        return {**super().explain(content, order, payload), "several": True}
