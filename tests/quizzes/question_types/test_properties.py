"""Properties of every question type: for any answer it can store, and for any form that somebody can send."""

from __future__ import annotations

import copy
import json
import uuid
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from quizzes.question_types.base import BadAnswer
from tests.quizzes.answering import answers
from tests.quizzes.factories import ITEMS, body, keys, loaded

pytestmark = pytest.mark.once

EACH_KIND = pytest.mark.parametrize("kind", QUESTION_TYPES)
BODIES = {kind: body(kind) for kind in QUESTION_TYPES}
SOME = settings(max_examples=25)
MANY = settings(max_examples=80)
# Texts that a translation changes. Texts that are compared with typed words (ways, answers) stay.
WORDS_SHOWN = {"text", "feedback", "left", "right", "name", "vignette", "unit", "model"}


def earned(kind: str, payload: Any, content: dict | None = None) -> Fraction:
    return QUESTION_TYPES[kind].grade(content or BODIES[kind], payload).earned


def answers_to(kind: str) -> st.SearchStrategy:
    return answers(kind, BODIES[kind])


@EACH_KIND
@SOME
@given(data=st.data())
def test_credit_lies_between_nothing_and_the_point_and_no_answer_earns_nothing(kind, data):
    assert 0 <= earned(kind, data.draw(answers_to(kind))) <= 1
    assert earned(kind, None) == 0
    marked = QUESTION_TYPES[kind].grade(BODIES[kind], QUESTION_TYPES[kind].key(BODIES[kind]))
    assert (marked.earned, marked.pending) == ((0, True) if kind in MARKED_BY_PEOPLE else (1, False))


@EACH_KIND
@SOME
@given(data=st.data())
def test_an_answer_sent_as_its_form_is_the_same_answer(kind, data):
    payload = data.draw(answers_to(kind))
    assert QUESTION_TYPES[kind].parse(QUESTION_TYPES[kind].fields(payload), BODIES[kind]) == payload


@EACH_KIND
@SOME
@given(data=st.data())
def test_storing_as_json_changes_no_mark(kind, data):
    payload = data.draw(answers_to(kind))
    stored, again = json.loads(json.dumps([BODIES[kind], payload]))
    assert stored == BODIES[kind]
    assert QUESTION_TYPES[kind].grade(stored, again) == QUESTION_TYPES[kind].grade(BODIES[kind], payload)


@EACH_KIND
@SOME
@given(data=st.data(), seeds=st.tuples(st.integers(), st.integers()))
def test_the_order_somebody_sees_changes_neither_what_is_read_nor_what_it_earns(kind, data, seeds):
    """The same form on two papers: the pages differ in order only."""
    question_type, content, payload = QUESTION_TYPES[kind], BODIES[kind], data.draw(answers_to(kind))
    form = question_type.fields(payload)
    orders = [question_type.order(content, Random(seed)) for seed in seeds]
    assert sorted(orders[0]) == sorted(orders[1])
    asked = [sorted_lists(question_type.ask(content, order, form)) for order in orders]
    assert asked[0] == asked[1]
    assert question_type.parse(form, content) == payload


def sorted_lists(asked: Any) -> Any:
    """The same context with each list sorted, because only the order of options may differ."""
    if isinstance(asked, dict):
        return {name: sorted_lists(value) for name, value in asked.items()}
    if isinstance(asked, list | tuple):
        return sorted(json.dumps(sorted_lists(row), sort_keys=True) for row in asked)
    return asked


def translated(value: Any, name: str = "", within: str = "") -> Any:
    """The content in another language: the same ids, other visible texts."""
    if isinstance(value, dict):
        return {key: translated(child, key, name) for key, child in value.items()}
    if isinstance(value, list):
        return [translated(child, name, name) for child in value]
    if name not in WORDS_SHOWN or not isinstance(value, str) or (name, within) == ("name", "gaps"):
        return value
    marks = "".join(f"[[{part.partition(']]')[0]}]]" for part in value.split("[[")[1:])
    return f"كلمات {len(value)} {marks}"


@EACH_KIND
@SOME
@given(data=st.data())
def test_a_mark_is_the_same_whichever_language_was_shown(kind, data):
    content, payload = BODIES[kind], data.draw(answers_to(kind))
    other = translated(content)
    assert QUESTION_TYPES[kind].grade(other, payload) == QUESTION_TYPES[kind].grade(content, payload)
    assert QUESTION_TYPES[kind].parse(QUESTION_TYPES[kind].fields(payload), other) == payload
    assert QUESTION_TYPES[kind].order(other, Random(7)) == QUESTION_TYPES[kind].order(content, Random(7))


@EACH_KIND
def test_the_translation_changes_what_is_asked(kind):
    """The negative control of the test above: the translated question has different texts."""
    content = BODIES[kind]
    if kind in ("truefalse", "short", "freetext"):  # only texts of the interface, or none
        return
    order = QUESTION_TYPES[kind].order(content, Random(1))
    asked, other = (QUESTION_TYPES[kind].ask(body, order, MultiValueDict()) for body in (content, translated(content)))
    assert asked != other


@EACH_KIND
def test_loading_a_package_item_twice_gives_the_same_ids_and_the_same_content(kind):
    question_type, block, key = QUESTION_TYPES[kind], QUESTION_TYPES[kind].block(), uuid.UUID(int=7)
    loads = [loaded(kind, copy.deepcopy(ITEMS[kind]), keys) for _ in range(2)]
    assert loads[0] == loads[1]
    frozen = [question_type.freeze(block.to_python(raw), key) for raw in loads]
    assert frozen[0] == frozen[1]
    kept = block.to_python(
        json.loads(json.dumps(block.get_prep_value(block.to_python(loads[0])), cls=DjangoJSONEncoder))
    )
    assert question_type.freeze(kept, key) == frozen[0]


# Forms ------------------------------------------------------------------------------------------------------
def ids_in(value: Any) -> set[str]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {str(value)} if isinstance(value, str) else set().union(*map(ids_in, children))


def names() -> list[str]:
    """The form fields of every question type, and similar names."""
    own = [
        name for kind in QUESTION_TYPES for name in QUESTION_TYPES[kind].fields(QUESTION_TYPES[kind].key(BODIES[kind]))
    ]
    prefixes = ["gap-", "step-", "pair-", "place-", "judge-", "answer-"]
    return sorted(
        {*own, *prefixes, *(prefix + "x" for prefix in prefixes), "answer", "reason", "settled", "go", "flag"}
    )


NAMES = names()
ODD = [
    *("", " ", "\x00", "\ud800", "true", "false", "0", "1", "-1", "2", "99", "1" * 400, "x" * 5000, "NaN", "1e999"),
    *("²", "१", "\u202e", "[]", "{}", "null", "\ue000", "\ufdfa" * 300, "*" * 300, "(a+)+$", "\r\n" * 200),
]


@st.composite
def forms(draw, kind: str) -> MultiValueDict:
    """Any fields with any values: right ones, those of another question, repeated, very long, odd."""
    values = st.sampled_from(sorted(ids_in(BODIES[kind]))) | st.sampled_from(ODD) | st.text(max_size=50)
    fields = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=20), st.lists(values, max_size=3), max_size=6)
    start = QUESTION_TYPES[kind].fields(draw(answers_to(kind))) if draw(st.booleans()) else MultiValueDict()
    return MultiValueDict({**dict(start.lists()), **draw(fields)})


@EACH_KIND
@MANY
@given(data=st.data())
def test_any_form_is_read_or_refused_in_words_and_what_is_read_can_be_stored_and_marked(kind, data):
    question_type, content = QUESTION_TYPES[kind], BODIES[kind]
    form = data.draw(forms(kind))
    before = copy.deepcopy(form)
    order = question_type.order(content, Random(1))
    question_type.ask(content, order, question_type.form_after_error(content, None, form))
    assert form == before
    try:
        payload = question_type.parse(form, content)
    except BadAnswer as refused:
        assert str(refused) != ""
        return
    stored = json.dumps(payload, ensure_ascii=False).encode()  # a lone surrogate would raise
    assert b"\\u0000" not in stored
    assert len(stored) < 5000
    assert payload or payload is None
    assert question_type.parse(question_type.fields(payload), content) == payload
    assert 0 <= earned(kind, payload) <= 1
    assert question_type.may_follow(content, payload, payload) or not question_type.may_follow(content, None, payload)
    assert question_type.opens_next_step(content, form, payload) in (True, False)
    question_type.explain(content, order, payload)
    question_type.ask(content, order, question_type.fields(payload))


@EACH_KIND
@SOME
@given(answer=st.data())
def test_an_answer_to_another_question_is_refused_or_is_no_answer(kind, answer):
    """Ids belong to one question. Typed answers, and true or false, have none."""
    question_type = QUESTION_TYPES[kind]
    other = question_type.freeze(
        question_type.block().to_python(loaded(kind, ITEMS[kind], lambda *names: keys("elsewhere", *names))),
        uuid.UUID(int=9),
    )
    form = question_type.fields(answer.draw(answers(kind, other)))
    if kind in ("truefalse", "numeric", "short", "freetext"):
        return
    form.pop("settled", None)
    try:
        payload = question_type.parse(form, BODIES[kind])
    except BadAnswer:
        return
    assert payload is None or (kind == "reasoned" and set(payload) == {"answer"})
