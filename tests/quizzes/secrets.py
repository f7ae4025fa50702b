"""Questions whose secrets are unique words and numbers, so that a leak is found wherever it appears.

PLANTINGS names for each question type the texts that a learner may read while answering. Every other text, and every
number listed there, is planted. `other` gives the same question another key. A question type without a planting fails a
test (tests/quizzes/test_secrets.py).
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

COMMON_WORD = "kanari"  # precedes each planted word: a search that finds it has searched the keys
GROUPING = "[,'’٬\u00a0\u202f\u2009]?"
SECRET = re.compile(
    rf"vogel\d{{4}}|{GROUPING.join('7391504')}(?:{GROUPING}\d){{5}}|{GROUPING.join('37195261')}(?:{GROUPING}\d){{4}}"
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Words:
    """Unique planted words and numbers, and where each was planted."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.count = itertools.count(1)

    def word(self, where: str) -> str:
        secret = f"vogel{next(self.count):04}"
        self.places[secret] = where
        return f"{COMMON_WORD} {secret}"

    def number(self, where: str, form: str) -> float:
        secret = form.format(next(self.count))
        self.places[SECRET.search(secret)[0]] = where
        return float(secret)

    def of(self, where: str) -> set[str]:
        return {secret for secret, place in self.places.items() if place.startswith(where)}


def secrets_in(text: str) -> set[str]:
    """The planted words and numbers in a text, whatever its thousands separator."""
    return {re.sub(GROUPING, "", match) for match in SECRET.findall(text)}


Item = dict[str, Any]


def rotated(rows: str, *fields: str) -> Callable[[Item], Item]:
    """A function that moves the values of these fields to the row before; whole rows if no field is named."""

    def rotate(item: Item) -> Item:
        old = item[rows]
        shifted = [*old[1:], old[0]]
        if not fields:
            return {**item, rows: shifted}
        moved = [{name: row[name] for name in fields if name in row} for row in shifted]
        kept = [{name: value for name, value in row.items() if name not in fields} for row in old]
        return {**item, rows: [row | values for row, values in zip(kept, moved, strict=True)]}

    return rotate


@dataclass(frozen=True)
class Planting:
    """Which fields of a question type are not secret, which numbers are, and how to change the key of a question."""

    other: Callable[[Item], Item]
    shown: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset({"id"})  # neither secret nor shown, such as an id
    numbers: dict[str, str] = field(default_factory=dict)
    all_shown: Callable[[Item], bool] = lambda row: False  # rows whose order is the only secret
    later: str = ""  # rows of which only the first is shown at the beginning


ANSWER, TOLERANCE = "7391504{:05}.25", "0.0037195261{:04}"


def in_each_row(rows: str, change: Callable[[Item], Item]) -> Callable[[Item], Item]:
    return lambda item: {**item, rows: [change(row) for row in item[rows]]}


def _other_gap(gap: Item) -> Item:
    """The gap with another right answer. A drop-down keeps the same choices."""
    if "wrong" not in gap:
        return {**gap, "answers": ["other words"]}
    return {**gap, "answers": gap["wrong"][:1], "wrong": [gap["answers"][0], *gap["wrong"][1:]]}


PLANTINGS = {
    "single": Planting(rotated("options", "correct"), frozenset({"text"})),
    "multiple": Planting(rotated("options", "correct"), frozenset({"text"})),
    "weighted": Planting(rotated("options", "points"), frozenset({"text"})),
    "truefalse": Planting(lambda item: {**item, "answer": not item["answer"]}),
    "reasoned": Planting(
        lambda item: {**rotated("options", "correct")(item), "answer": not item["answer"]}, frozenset({"text"})
    ),
    "kprim": Planting(rotated("statements_to_judge", "true"), frozenset({"text"})),
    "short": Planting(in_each_row("keywords", lambda row: {**row, "ways": [way[::-1] for way in row["ways"]]})),
    "cloze": Planting(
        in_each_row("gaps", _other_gap),
        # The text is shown with open gaps. question_types/test_types.py checks that the names of gaps are not shown.
        plain=frozenset({"id", "name", "text"}),
        all_shown=lambda row: "wrong" in row,
    ),
    "categorise": Planting(rotated("categories", "things"), frozenset({"name", "text"})),
    "case": Planting(
        in_each_row("steps", rotated("options", "correct")), frozenset({"vignette", "text"}), later="steps"
    ),
    "numeric": Planting(
        lambda item: {**item, "answer": item["answer"] + 0.5},
        frozenset({"unit"}),
        numbers={"answer": ANSWER, "tolerance": TOLERANCE},
    ),
    "matching": Planting(rotated("pairs", "right"), frozenset({"left", "right", "text"})),
    "ordering": Planting(rotated("items"), frozenset({"text"})),
    "freetext": Planting(rotated("criteria", "guide")),
}


def planting(kind: str) -> Planting:
    assert kind in PLANTINGS, f"add the secrets of the question type {kind} to tests/quizzes/secrets.py"
    return PLANTINGS[kind]


def planted_item(kind: str, words: Words, where: str = "") -> Item:
    """The sample of a question type with a planted word in every text that learners may not read."""
    return _planted(factories.ITEMS[kind], "", planting(kind), words, where or kind)


def _planted(value: Any, name: str, rules: Planting, words: Words, where: str) -> Any:
    if isinstance(value, dict):
        if rules.all_shown(value):
            return value
        return {key: _planted(field_value, key, rules, words, f"{where} {key}") for key, field_value in value.items()}
    if isinstance(value, list):
        later_rules = replace(rules, shown=frozenset()) if name == rules.later else rules
        return [_planted(row, name, later_rules if index else rules, words, where) for index, row in enumerate(value)]
    if name in rules.numbers:
        return words.number(where, rules.numbers[name])
    is_secret = isinstance(value, str) and name not in rules.shown | rules.plain
    return words.word(where) if is_secret else value


def asked_text(kind: str, item: Item, order: list[str] | None = None) -> str:
    """Everything that the page of the question can show, as text."""
    body = factories.body(kind, **item)
    return str(QUESTION_TYPES[kind].ask(body, order or list(draw_order(kind, body)), MultiValueDict()))


def draw_order(kind: str, body: dict, seed: int = 1) -> list[str]:
    return QUESTION_TYPES[kind].order(body, random.Random(seed))


def missed_texts(kind: str, item: Item) -> Iterator[str]:
    """Texts of the frozen question that are neither planted nor shown while answering. The planting missed them."""
    shown = asked_text(kind, item)
    for name, text in _texts(factories.body(kind, **item)):
        planted = secrets_in(text) or UUID.fullmatch(text) or name in planting(kind).plain
        if text and not planted and text not in shown:
            yield f"{name}: {text}"


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, field_value in value.items():
            yield from _texts(field_value, key)
    elif isinstance(value, list):
        for row in value:
            yield from _texts(row, name)
    elif isinstance(value, str):
        yield name, value


def other_body(kind: str, item: Item, code: str, key: uuid.UUID) -> dict:
    """The frozen question with another right answer, and with the ids of the question of this code and translation key."""
    question_type = QUESTION_TYPES[kind]
    raw = factories.loaded(kind, planting(kind).other(item), lambda *names: factories.keys(code, *names))
    return question_type.freeze(question_type.block().to_python(raw), key)


def right_and_wrong(kind: str, body: dict, other: dict) -> tuple[dict, dict]:
    """Two forms with the same fields: one earns full credit, the other does not."""
    question_type = QUESTION_TYPES[kind]
    right = question_type.fields(question_type.key(body))
    names = list(right)
    pairs = zip(names, names[1:] + names[:1], strict=True)
    moved = MultiValueDict({name: right.getlist(following) for name, following in pairs})
    for wrong in (moved, question_type.fields(question_type.key(other))):
        with contextlib.suppress(BadAnswer):  # a value of one field may be no answer in another
            if question_type.grade(body, question_type.parse(wrong, body)).earned < FULL:
                return dict(right.lists()), dict(wrong.lists())
    raise AssertionError(f"`other` of the question type {kind} does not change its key")


def plant_question(kind: str, pool: str, words: Words, code: str) -> Question:
    """A published question of the bank with an older version and an unpublished draft."""
    question = factories.question(kind, pool, code, publish=False, **planted_item(kind, words, f"{code} before"))
    question.rationale = words.word(f"{code} before rationale")
    question.save_revision().publish()
    _rewrite(question, kind, words, f"{code} now").publish()
    _rewrite(question, kind, words, f"{code} draft")
    return Question.objects.get(pk=question.pk)


def _rewrite(question: Question, kind: str, words: Words, where: str):
    raw = factories.loaded(kind, planted_item(kind, words, where), lambda *names: factories.keys(question.code, *names))
    block = {"type": kind, "id": factories.keys(question.code), "value": raw}
    question.content = Question._meta.get_field("content").to_python([block])
    question.rationale = words.word(f"{where} rationale")
    return question.save_revision()
