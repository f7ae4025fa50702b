"""The base of the types in which a learner chooses one target for each prompt: matching and categorise.

Payload: {prompt id: target id} for the prompts that have one chosen. Credit: the share of prompts that are right, as in
Moodle's matching question and QTI's match interaction with equal weights.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from quizzes.question_types.base import (
    BadAnswer,
    Content,
    Credit,
    Payload,
    RekeyableType,
    SchemaT,
    has_unknown_fields,
    single_value,
)

PREFIX = "pair-"


@dataclass(frozen=True)
class Prompt:
    """One entry of the left side, with the id of the target that belongs to it."""

    id: str
    text: str
    target: str
    feedback: str


def chosen_for_each(
    data: MultiValueDict, prefix: str, prompts: Iterable[str], targets: Collection[str], several: str, unknown: str
) -> dict[str, str]:
    """The chosen target by prompt, without prompts that have none. A form field is named `prefix` + prompt id.

    Raises BadAnswer with the message `several` for two targets of one prompt, and `unknown` for a value that is no
    target.
    """
    names = sorted(prompts)
    if has_unknown_fields(data, prefix, names):
        raise BadAnswer(_("This answer belongs to another question. Choose again here."))
    values = {name: single_value(data, prefix + name, several) for name in names}
    if not set(values.values()) <= {"", *targets}:
        raise BadAnswer(unknown)
    return {name: value for name, value in values.items() if value}


class PairType(RekeyableType[SchemaT]):
    """A list of prompts with one drop-down of all targets beside each."""

    template = "matching"

    @abstractmethod
    def prompts(self, content: Content) -> list[Prompt]:
        """The left side in the authored order."""

    @abstractmethod
    def targets(self, content: Content) -> dict[str, str]:
        """The right side: the text of each target by its id, in the authored order."""

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        prompts, targets = [prompt.id for prompt in self.prompts(content)], self.targets(content)
        several = _("Choose only one for each.")
        unknown = _("This is not one of the choices. Choose from the list.")
        return chosen_for_each(data, PREFIX, prompts, targets, several, unknown) or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return MultiValueDict({PREFIX + prompt: [target] for prompt, target in (payload or {}).items()})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """The context with both sides. The side whose ids are in `order` has that order, the other the authored one."""
        texts, targets = {prompt.id: prompt.text for prompt in self.prompts(content)}, self.targets(content)
        return {
            "rights": [{"id": name, "text": targets[name]} for name in _in_order(targets, order)],
            "lefts": [
                {"name": PREFIX + name, "text": texts[name], "chosen": data.get(PREFIX + name, "")}
                for name in _in_order(texts, order)
            ],
        }

    def grade(self, content: Content, payload: Payload) -> Credit:
        answered = payload or {}
        right = {prompt.id: answered.get(prompt.id) == prompt.target for prompt in self.prompts(content)}
        return Credit(Fraction(sum(right.values()), len(right)), right)

    def key(self, content: Content) -> Payload:
        return {prompt.id: prompt.target for prompt in self.prompts(content)}

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        targets, answered, right = self.targets(content), payload or {}, self.grade(content, payload).right
        return {
            "pairs": [
                {
                    "left": prompt.text,
                    "right_answer": targets[prompt.target],
                    "response": targets.get(answered.get(prompt.id, ""), ""),
                    "right": right[prompt.id],
                    "feedback": prompt.feedback,
                }
                for prompt in self.prompts(content)
            ]
        }


def _in_order(names: Collection[str], order: list[str]) -> list[str]:
    return [name for name in order if name in names] or list(names)
