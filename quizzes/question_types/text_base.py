"""What the types share whose answer is a typed text: short and essay. Payload: the text as it was typed."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from quizzes.question_types.base import (
    FIELD,
    BadAnswer,
    Content,
    Payload,
    QuestionType,
    SchemaT,
    single_field,
    single_value,
)
from quizzes.question_types.text_matching import storable


class TextType(QuestionType[SchemaT]):
    """One box to write into."""

    shown_at_most: ClassVar[int]  # characters of a refused text that are put into the form again

    @abstractmethod
    def longest(self, content: Content) -> int:
        """The number of characters an answer may have."""

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        text = storable(single_value(data, FIELD, _("Write one answer only.")))
        if len(text) > self.longest(content):
            raise BadAnswer(_("This is too long. Write %(most)d signs at the most.") % {"most": self.longest(content)})
        return text or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return single_field(payload)

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """The box, its limit and what was typed. Key words and rubric stay out: they tell what to write."""
        text = data.get(FIELD, "")[: self.shown_at_most]
        return {"name": FIELD, "value": text, "longest": self.longest(content)}
