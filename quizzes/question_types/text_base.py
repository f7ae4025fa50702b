"""The base of the types whose answer is a typed text: short and essay. Payload: the text as typed."""

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
from quizzes.question_types.text_matching import storable_text


class TextType(QuestionType[SchemaT]):
    """A question with one text box."""

    max_shown: ClassVar[int]  # how many characters of a refused text the form shows again

    @abstractmethod
    def max_length(self, content: Content) -> int:
        """How many characters an answer may have."""

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        text = storable_text(single_value(data, FIELD, _("Write one answer only.")))
        if len(text) > self.max_length(content):
            raise BadAnswer(
                _("This is too long. Write at most %(most)d characters.") % {"most": self.max_length(content)}
            )
        return text or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return single_field(payload)

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """The box, its limit and the typed text. Key words and rubric stay out, because they reveal what to write."""
        text = data.get(FIELD, "")[: self.max_shown]
        return {"name": FIELD, "value": text, "longest": self.max_length(content)}
