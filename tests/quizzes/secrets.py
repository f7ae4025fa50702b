"""Questions whose secrets are words and numbers that stand nowhere else, so that they are known again wherever they turn up.

Every kind says here which of its texts a learner may read while answering; every other text, and every number named here,
is planted. `other` gives the same question another key. A kind without a planting is red (tests/quizzes/test_secrets.py).
"""

from __future__ import annotations

import contextlib
import itertools
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.datastructures import MultiValueDict

from quizzes.models.questions import Question
from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import FULL, BadAnswer
from tests.quizzes import factories

COMMON_WORD = "kanari"  # stands before each planted word: who finds one by it has searched the keys
GROUPING = "[,'’٬\u00a0\u202f\u2009]?"
SECRET = re.compile(
    rf"vogel\d{{4}}|{GROUPING.join('7391504')}(?:{GROUPING}\d){{5}}|{GROUPING.join('37195261')}(?:{GROUPING}\d){{4}}"
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Words:
    """What was planted, and where; no two alike."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.count = itertools.count(1)

    def word(self, where: str) -> str:
        made = f"vogel{next(self.count):04}"
        self.places[made] = where
        return f"{COMMON_WORD} {made}"

    def number(self, where: str, form: str) -> float:
        made = form.format(next(self.count))
        self.places[SECRET.search(made)[0]] = where
        return float(made)

    def of(self, where: str) -> set[str]:
        return {made for made, place in self.places.items() if place.startswith(where)}


def seen_in(text: str) -> set[str]:
    """The planted words and numbers in a text, however its thousands are written."""
    return {re.sub(GROUPING, "", found) for found in SECRET.findall(text)}


Item = dict[str, Any]


def turned(rows: str, *fields: str) -> Callable[[Item], Item]:
    """The rows with these fields handed on by one; all of a row without a field named."""

    def turn(item: Item) -> Item:
        old = item[rows]
        behind = [*old[1:], old[0]]
        if not fields:
            return {**item, rows: behind}
        handed_on = [{name: other[name] for name in fields if name in other} for other in behind]
        kept = [{name: value for name, value in row.items() if name not in fields} for row in old]
        return {**item, rows: [one | more for one, more in zip(kept, handed_on, strict=True)]}

    return turn


@dataclass(frozen=True)
class Planting:
    """What of a kind's fields is no secret, which numbers are one, and the same item with another key."""

    other: Callable[[Item], Item]
    shown: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset({"id"})  # neither words nor shown, such as the name of a rule
    numbers: dict[str, str] = field(default_factory=dict)
    all_shown: Callable[[Item], bool] = lambda row: False  # a row of which only the order is a secret
    later: str = ""  # rows of which only the first is shown before something is settled


ANSWER, TOLERANCE = "7391504{:05}.25", "0.0037195261{:04}"


def in_each(rows: str, change: Callable[[Item], Item]) -> Callable[[Item], Item]:
    return lambda item: {**item, rows: [change(row) for row in item[rows]]}


def _other_gap(gap: Item) -> Item:
    """Another answer is right; where they are chosen from a list, the list stays the same."""
    if "wrong" not in gap:
        return {**gap, "answers": ["other words"]}
    return {**gap, "answers": gap["wrong"][:1], "wrong": [gap["answers"][0], *gap["wrong"][1:]]}


PLANTINGS = {
    "single": Planting(turned("options", "correct"), frozenset({"text"})),
    "multiple": Planting(turned("options", "correct"), frozenset({"text"})),
    "weighted": Planting(turned("options", "points"), frozenset({"text"})),
    "truefalse": Planting(lambda item: {**item, "answer": not item["answer"]}),
    "reasoned": Planting(
        lambda item: {**turned("options", "correct")(item), "answer": not item["answer"]}, frozenset({"text"})
    ),
    "kprim": Planting(turned("statements_to_judge", "true"), frozenset({"text"})),
    "short": Planting(in_each("keywords", lambda row: {**row, "ways": ["other words"]})),
    "cloze": Planting(
        in_each("gaps", _other_gap),
        # The text is shown with its gaps open; that their names are not, question_types/test_types.py says.
        plain=frozenset({"id", "name", "text"}),
        all_shown=lambda row: "wrong" in row,
    ),
    "categorise": Planting(turned("categories", "things"), frozenset({"name", "text"})),
    "case": Planting(in_each("steps", turned("options", "correct")), frozenset({"vignette", "text"}), later="steps"),
    "numeric": Planting(
        lambda item: {**item, "answer": item["answer"] + 0.5},
        frozenset({"unit"}),
        numbers={"answer": ANSWER, "tolerance": TOLERANCE},
    ),
    "matching": Planting(turned("pairs", "right"), frozenset({"left", "right", "text"})),
    "ordering": Planting(turned("items"), frozenset({"text"})),
    "freetext": Planting(turned("criteria", "guide")),
}


def planting(kind: str) -> Planting:
    assert kind in PLANTINGS, f"say in tests/quizzes/secrets.py what of the kind {kind} is a secret"
    return PLANTINGS[kind]


def sown(kind: str, words: Words, where: str = "") -> Item:
    """The sample item of a kind with a word of its own in every text that is no learner's to read."""
    return _sown(factories.ITEMS[kind], "", planting(kind), words, where or kind)


def _sown(value: Any, name: str, rules: Planting, words: Words, where: str) -> Any:
    if isinstance(value, dict):
        if rules.all_shown(value):
            return value
        return {key: _sown(found, key, rules, words, f"{where} {key}") for key, found in value.items()}
    if isinstance(value, list):
        behind = replace(rules, shown=frozenset()) if name == rules.later else rules
        return [_sown(found, name, behind if place else rules, words, where) for place, found in enumerate(value)]
    if name in rules.numbers:
        return words.number(where, rules.numbers[name])
    secret = isinstance(value, str) and name not in rules.shown | rules.plain
    return words.word(where) if secret else value


def told(kind: str, item: Item, order: list[str] | None = None) -> str:
    """Everything that the page of an item is given to show."""
    body = factories.body(kind, **item)
    return str(QUESTION_TYPES[kind].ask(body, order or list(draw_order(kind, body)), MultiValueDict()))


def draw_order(kind: str, body: dict, seed: int = 1) -> list[str]:
    return QUESTION_TYPES[kind].order(body, random.Random(seed))


def left_out(kind: str, item: Item) -> Iterator[str]:
    """Texts of the frozen question that are neither planted nor shown while answering: the planting has missed them."""
    shown = told(kind, item)
    for name, text in _texts(factories.body(kind, **item)):
        planted = seen_in(text) or UUID.fullmatch(text) or name in planting(kind).plain
        if text and not planted and text not in shown:
            yield f"{name}: {text}"


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, found in value.items():
            yield from _texts(found, key)
    elif isinstance(value, list):
        for found in value:
            yield from _texts(found, name)
    elif isinstance(value, str):
        yield name, value


def other_body(kind: str, item: Item, code: str, key: uuid.UUID) -> dict:
    """The item with another key, frozen; with the ids of the question of this code and this lasting key."""
    question_type = QUESTION_TYPES[kind]
    raw = factories.loaded(kind, planting(kind).other(item), lambda *names: factories.keys(code, *names))
    return question_type.freeze(question_type.block().to_python(raw), key)


def right_and_wrong(kind: str, body: dict, other: dict) -> tuple[dict, dict]:
    """Two forms of the same shape: one earns everything, the other does not."""
    question_type = QUESTION_TYPES[kind]
    right = question_type.fields(question_type.key(body))
    names = list(right)
    behind = zip(names, names[1:] + names[:1], strict=True)
    moved = MultiValueDict({name: right.getlist(after) for name, after in behind})
    for wrong in (moved, question_type.fields(question_type.key(other))):
        with contextlib.suppress(BadAnswer):  # what belongs to one field is no answer in another
            if question_type.grade(body, question_type.parse(wrong, body)).earned < FULL:
                return dict(right.lists()), dict(wrong.lists())
    raise AssertionError(f"`other` of the kind {kind} does not change its key")


def sow(kind: str, pool: str, words: Words, code: str) -> Question:
    """A published question of the bank with an older version, and a draft of it that nobody has published."""
    question = factories.question(kind, pool, code, publish=False, **sown(kind, words, f"{code} before"))
    question.rationale = words.word(f"{code} before rationale")
    question.save_revision().publish()
    _rewrite(question, kind, words, f"{code} now").publish()
    _rewrite(question, kind, words, f"{code} draft")
    return Question.objects.get(pk=question.pk)


def _rewrite(question: Question, kind: str, words: Words, where: str):
    raw = factories.loaded(kind, sown(kind, words, where), lambda *names: factories.keys(question.code, *names))
    block = {"type": kind, "id": factories.keys(question.code), "value": raw}
    question.content = Question._meta.get_field("content").to_python([block])
    question.rationale = words.word(f"{where} rationale")
    return question.save_revision()
