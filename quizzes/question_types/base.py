"""The contract of a question type, and the helpers that the types share. Pure: no database, request or clock.

A question type is one subclass of QuestionType; `quizzes/question_types/__init__.py` lists one instance of each. Its
content is what a QuestionVersion stores, its payload is what a Response stores. Option ids are UUIDs that do not reveal
the key, and the position of an option is never part of an answer.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from wagtail import blocks

from quizzes.question_types.schema import Schema

Content = dict[str, Any]
Payload = Any  # JSON: an option id, a list or dict of ids, a number as text; None for no answer
Keys = Callable[..., str]  # makes a permanent UUID from the ids that a package declares
SchemaT = TypeVar("SchemaT", bound=Schema)

NOTHING, FULL = Fraction(0), Fraction(1)
FIELD = "answer"  # the form field of a type that has only one


class BadAnswer(ValueError):
    """An answer that cannot be read. The message tells the learner what to do."""


@dataclass(frozen=True)
class Credit:
    """What an answer earned, 0 to 1, and for each option, pair or part whether the learner handled it correctly."""

    earned: Fraction
    right: dict[str, bool]
    pending: bool = False  # people still have to mark it


class QuestionType(ABC, Generic[SchemaT]):
    """One way to ask a question. A subclass has no state: one instance serves every request.

    Subclasses set the five names below as class attributes. The methods after them are abstract; those in the last
    section are optional steps with a default.
    """

    marked_by_people: ClassVar[bool] = False  # True: grade() leaves the credit pending, see quizzes.manual_marking
    marked_by_key_words: ClassVar[bool] = False  # True: sentences count by the words in them, so it is for practice
    can_rekey: ClassVar[bool] = False  # True in RekeyableType only

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of the block, and the value of `kind:` in a package. Stored, so never changed."""

    @property
    @abstractmethod
    def label(self) -> str | Promise:
        """The name that authors read."""

    @property
    @abstractmethod
    def template(self) -> str:
        """The stem of two files in templates/quizzes/question_types: <template>.html and <template>_result.html."""

    @property
    @abstractmethod
    def block(self) -> type[blocks.StructBlock]:
        """What an author fills in."""

    @property
    @abstractmethod
    def schema(self) -> type[SchemaT]:
        """The fields of this type in a course package."""

    @property
    def question_template(self) -> str:
        return f"quizzes/question_types/{self.template}.html"

    @property
    def result_template(self) -> str:
        return f"quizzes/question_types/{self.template}_result.html"

    @abstractmethod
    def hint(self) -> str:
        """What the learner has to do, in a few words. Shown beside the number of the question."""

    @abstractmethod
    def freeze(self, value: Any, key: UUID) -> Content:
        """The authored block as plain JSON content. `key` is the question's translation key, which no learner sees."""

    @abstractmethod
    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        """The answer in a posted form. Raises BadAnswer."""

    @abstractmethod
    def fields(self, payload: Payload) -> MultiValueDict:
        """The form that would post this stored answer; the inverse of parse()."""

    @abstractmethod
    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """The context of the question template: texts and ids, nothing that reveals the key."""

    @abstractmethod
    def grade(self, content: Content, payload: Payload) -> Credit:
        """What the answer earned."""

    @abstractmethod
    def key(self, content: Content) -> Payload:
        """An answer that earns full credit. It stays on the server until the attempt is over."""

    @abstractmethod
    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        """The context of the result template: the key, the answer, the author's feedback."""

    @abstractmethod
    def load(self, question: SchemaT, keys: Keys) -> dict:
        """Raw data of the block, made from a question of a course package."""

    # Optional steps ---------------------------------------------------------------------------------------------
    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The ids in the order in which one learner sees them. Stored with the attempt."""
        return []

    def may_follow(self, content: Content, before: Payload, after: Payload) -> bool:
        """Whether `after` may replace the saved answer `before`."""
        return True

    def opens_next_step(self, content: Content, data: MultiValueDict, payload: Payload) -> bool:
        """Whether this question shows another step after the form `data` was sent, rather than the next question."""
        return False

    def form_after_error(self, content: Content, payload: Payload, data: MultiValueDict) -> MultiValueDict:
        """What to fill into the form after `data` could not be read. `payload` is the saved answer."""
        return data

    def complete(self, content: Content, payload: Payload) -> bool:
        """Whether every part of the question has an answer. In a dict, the payload and the key name the parts."""
        return self.key(content).keys() <= payload.keys() if isinstance(payload, dict) else payload is not None

    def words(self, content: Content) -> list[str]:
        """The texts, besides the stem, that a learner reads before answering, sorted. A copy of a question has the same."""
        order = self.order(content, random.Random(0))  # noqa: S311 - any order will do
        return sorted(_texts(self.ask(content, order, MultiValueDict())))

    def max_points(self, content: Content) -> int:
        """The highest number of points that people can give; 0 for a type that people do not mark."""
        return 0

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        """The same content with this answer as the key. Only types with `can_rekey` support it."""
        raise NotImplementedError(f"no answer can become the key of a question of the type {self.name}")


class RekeyableType(QuestionType[SchemaT]):
    """A type of which an answer can become the new key when the key was wrong."""

    can_rekey = True

    @abstractmethod
    def rekeyed(self, content: Content, answer: Payload) -> Content:
        """The same content with this answer as the key. What a partial answer leaves out keeps its old key."""


class CheckedBlock(blocks.StructBlock):
    """A StructBlock with rules across its fields. Drafts are exempt, because autosave must accept unfinished ones."""

    def mistakes(self, value: Any) -> Iterator[str]:
        """What is wrong across the fields, in words for the author."""
        yield from ()

    def clean(self, value):
        value = super().clean(value)
        wrong = [] if self.is_deferred_validation else list(self.mistakes(value))
        if wrong:
            raise blocks.StructBlockValidationError(non_block_errors=wrong)
        return value


def _texts(asked: Any) -> Iterator[str]:
    """The authored texts in a context of ask(). Those marked as ours, such as True and False, are not among them."""
    if isinstance(asked, list):
        for row in asked:
            yield from _texts(row)
    elif isinstance(asked, dict) and not asked.get("ours"):
        for name, value in asked.items():
            if isinstance(value, str) and name in ("text", "words", "vignette", "unit"):
                yield value
            elif isinstance(value, dict | list):
                yield from _texts(value)


def has_unknown_fields(data: MultiValueDict, prefix: str, known: Iterable[str]) -> bool:
    """Whether the form has fields with this prefix that belong to another question."""
    return not {name.removeprefix(prefix) for name in data if name.startswith(prefix)} <= set(known)


def single_value(data: MultiValueDict, name: str, message: str) -> str:
    """The only value of a form field, "" for none. Raises BadAnswer(message) for several."""
    values = data.getlist(name)
    if len(values) > 1:
        raise BadAnswer(message)
    return values[0] if values else ""


def single_field(payload: str | None) -> MultiValueDict:
    """The form of a type whose answer is one value."""
    return MultiValueDict({FIELD: [payload]} if payload else {})


def shuffled(ids: list[str], draw: random.Random) -> list[str]:
    """The ids in an order that depends on `draw` alone."""
    return draw.sample(ids, len(ids))


def list_item(key: str, value: Any) -> dict:
    """Raw data of one item of a ListBlock, with its permanent id."""
    return {"type": "item", "id": key, "value": value}
