"""What every question kind is made of, and the small tools the kinds share. Pure: no database, request or clock.

A kind is a module with these names (see Kind); quizzes/question_types/__init__.py lists the modules, and nothing
else does. Its content is what is frozen into a QuestionVersion, its payload what is stored in a Response.
Option ids are UUIDs and say nothing about the key; positions are never part of an answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from wagtail import blocks

Content = dict[str, Any]
Payload = Any  # JSON: an option id, a list or dict of ids, a number as text; None for no answer
Flaw = tuple[tuple[str | int, ...], str]  # where in a YAML item, and what is wrong there
Keys = Callable[..., str]  # declared ids of a package item to a lasting UUID

NOTHING, FULL = Fraction(0), Fraction(1)


class BadAnswer(ValueError):
    """An answer that cannot be understood; the message tells the learner what to do."""


@dataclass(frozen=True)
class Credit:
    """What an answer earned, 0 to 1, and for each option, pair or element whether it was handled rightly."""

    earned: Fraction
    right: dict[str, bool]
    pending: bool = False  # people have to say what it earned


class Kind(Protocol):
    NAME: str  # of the block, of `kind:` in a package
    LABEL: Any  # for authors
    TEMPLATE: str  # quizzes/question_types/<TEMPLATE>.html to answer, <TEMPLATE>_result.html afterwards
    Block: type[blocks.StructBlock]

    def hint(self) -> str:
        """What to do, in a few words, beside the number of the item."""

    def freeze(self, value: Any, key: UUID) -> Content:
        """The authored block as plain content; `key` is the question's."""

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The ids in the order in which one learner sees them."""

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        """The answer in a posted form. Raises BadAnswer."""

    # BY_PEOPLE = True and most(content), the points of its rubric, where people say what an answer earns (quizzes.marking).

    # Four more that only kinds with several steps have (see follows(), goes_on(), shown_again(), complete()):
    # may_follow(content, before, after), goes_on(content, data, payload), shown_again(content, payload, data)
    # and complete(content, payload).

    def fields(self, payload: Payload) -> MultiValueDict:
        """A stored answer as the form that would post it."""

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        """What the page of the item shows: words and ids, nothing of the key."""

    def grade(self, content: Content, payload: Payload) -> Credit:
        """What the answer earned."""

    def key(self, content: Content) -> Payload:
        """The answer that earns full credit; never leaves the server before the attempt is over."""

    # And where a whole answer can say what the key is: rekeyed(content, answer) -> the content with that key.

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        """What the result shows: the key, what was answered, our words on it."""

    def check_part(self, item: dict) -> Iterator[Flaw]:
        """What is wrong with the fields of this kind in a package item."""

    def load(self, item: dict, keys: Keys) -> dict:
        """Raw block data of a package item that has been checked."""


def follows(kind: Any, content: Content, before: Payload, after: Payload) -> bool:
    """Whether an answer may take the place of another; only a kind that reveals step by step minds."""
    rule = getattr(kind, "may_follow", None)
    return rule is None or rule(content, before, after)


def goes_on(kind: Any, content: Content, data: MultiValueDict, payload: Payload) -> bool:
    """Whether the same item has more to ask, now that this form was sent."""
    rule = getattr(kind, "goes_on", None)
    return rule is not None and rule(content, data, payload)


def shown_again(kind: Any, content: Content, payload: Payload, data: MultiValueDict) -> MultiValueDict:
    """What stands in the form again when it could not be read; `payload` is what is saved."""
    rule = getattr(kind, "shown_again", None)
    return rule(content, payload, data) if rule else data


def complete(kind: Any, content: Content, payload: Payload) -> bool:
    """Whether nothing of the item is left without an answer."""
    rule = getattr(kind, "complete", None)
    return payload is not None and (rule is None or rule(content, payload))


class CheckedBlock(blocks.StructBlock):
    """A block of which more is asked than of its fields one by one, once it is no draft any more."""

    def mistakes(self, value: Any) -> Iterator[str]:
        """What is wrong with the whole, in words for its author."""
        yield from ()

    def clean(self, value):
        value = super().clean(value)
        # A draft may be unfinished, or autosave would stop.
        wrong = [] if self.is_deferred_validation else list(self.mistakes(value))
        if wrong:
            raise blocks.StructBlockValidationError(non_block_errors=wrong)
        return value


def strangers(data: MultiValueDict, prefix: str, known: Iterable[str]) -> bool:
    """Whether the form has fields of this name that belong to another item."""
    return not {name.removeprefix(prefix) for name in data if name.startswith(prefix)} <= set(known)


def one(data: MultiValueDict, name: str, wrong: str) -> str:
    """The only value of a field, "" for none. Raises BadAnswer(wrong) for several."""
    values = data.getlist(name)
    if len(values) > 1:
        raise BadAnswer(wrong)
    return values[0] if values else ""


def shuffled(ids: list[str], draw: random.Random) -> list[str]:
    """The ids in another order, decided by `draw` alone."""
    return draw.sample(ids, len(ids))


def row(key: str, value: Any) -> dict:
    """An item of a ListBlock with its lasting id."""
    return {"type": "item", "id": key, "value": value}


def distinct(values: list[str]) -> bool:
    """Whether no two of these texts read the same."""
    read = [" ".join(value.casefold().split()) for value in values]
    return len(set(read)) == len(read)


def check_text(item: dict, name: str, path: tuple = (), limit: int = 1000) -> Iterator[Flaw]:
    """A Flaw unless the field is a text that says something."""
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        yield (*path, name), f"`{name}` must be a text"
    elif len(value) > limit:
        yield (*path, name), f"`{name}` is longer than {limit} characters"


def whole(value, allowed: range) -> bool:
    """Whether it is a whole number of these; true and false, which Python counts as 1 and 0, are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value in allowed


def check_rows(item: dict, name: str, texts: tuple[str, ...], extra: dict[str, type], size: range) -> Iterator[Flaw]:
    """Flaws of a list of rows: how many, their ids and texts, fields nobody knows."""
    rows = item.get(name)
    if not isinstance(rows, list) or len(rows) not in size:
        yield (name,), f"`{name}` must be a list of {size.start} to {size.stop - 1}"
        return
    seen: set[str] = set()
    for number, found in enumerate(rows):
        path = (name, number)
        if not isinstance(found, dict):
            yield path, "must be written as {id: …, …}"
            continue
        for text in ("id", *texts):
            yield from check_text(found, text, path, 400)
        for field in found:
            if field in extra and not isinstance(found[field], extra[field]):
                yield (*path, field), f"`{field}` has the wrong form"
            elif field not in extra and field not in ("id", *texts):
                yield (*path, field), f"`{field}` is no field here"
        if str(found.get("id")) in seen:
            yield path, f"the id `{found['id']}` stands twice in `{name}`"
        seen.add(str(found.get("id")))


def numbered(item: dict, name: str) -> list[tuple[int, dict]]:
    """The rows of a list, each with the number it has in the package; what is no row is left out."""
    rows = item.get(name)
    return [each for each in enumerate(rows if isinstance(rows, list) else []) if isinstance(each[1], dict)]


def well_formed(item: dict, name: str, texts: tuple[str, ...]) -> list[dict]:
    """The rows of a list whose texts are there, for checks that look at several of them."""
    return [found for _n, found in numbered(item, name) if all(isinstance(found.get(text), str) for text in texts)]
