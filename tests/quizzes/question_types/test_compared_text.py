"""Authors are told where two texts count as one; a number that can be read in two ways is refused."""

import json

import pytest
from django.utils.datastructures import MultiValueDict
from wagtail.blocks import StructBlockValidationError

from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import BadAnswer
from tests.quizzes.factories import ITEMS, body, keys, loaded

pytestmark = pytest.mark.once


def authored(kind: str, **changes):
    """The block of this type and its sample value with other texts, by path."""
    raw = loaded(kind, ITEMS[kind], keys)
    rows = raw["keywords"] if kind == "short" else raw["gaps"]
    for field, texts in changes.items():
        place = raw if field == "unwanted" else rows[0]["value"]
        place[field] = [{"type": "item", "id": keys(text), "value": text} for text in texts]
    block = QUESTION_TYPES[kind].block()
    return block, block.to_python(raw)


@pytest.mark.parametrize(
    ("kind", "texts", "message", "place"),
    [
        ("short", {"ways": ["5 mg", "5mg."]}, "“5 mg” and “5mg.” count as the same text. Remove one of them.", "keywords"),
        ("short", {"ways": ["1,500 mg"]}, "Write 1500, or 1.5 if you mean a decimal number.", "ways"),
        ("short", {"ways": ["24*"]}, "A * cannot stand beside a digit, because it would accept other numbers.", "ways"),
        ("short", {"ways": ["Miosis"]}, "“Miosis” and “miosis” count as the same text.", "messages"),
        ("short", {"unwanted": ["MIOSIS"]}, "“miosis” and “MIOSIS” count as the same text.", "messages"),
        ("short", {"unwanted": ["pupils"]}, "“pinpoint pupils” can never be right, because it contains “pupils”", "messages"),
        ("short", {"unwanted": ["1.500"]}, "“1.500” can be read in two ways.", "unwanted"),
        ("cloze", {"answers": ["0.5 mg", "½ mg"]}, "“0.5 mg” and “½ mg” count as the same text.", "gaps"),
        ("cloze", {"answers": ["2,000"]}, "Write 2000, or 2 if you mean a decimal number.", "answers"),
        ("cloze", {"answers": ["5%"], "wrong": ["5 per cent"]}, "A wrong answer has the same text as another", "gaps"),
    ],
)  # fmt: skip
def test_an_author_is_told_at_the_field_and_may_save_a_draft(kind, texts, message, place):
    block, value = authored(kind, **texts)
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(value)
    told = json.dumps(refused.value.as_json_data(), ensure_ascii=False)
    assert message in told
    assert f'"{place}"' in told
    block.clean_deferred(value)


def test_texts_that_differ_in_their_number_only_may_stand_beside_each_other():
    block, value = authored("short", ways=["5", "5 %", "0.5 mg", "5 mg", "1-2"], unwanted=["1.2", "50 mg"])
    block.clean(value)
    block, value = authored("cloze", answers=["1-2"], wrong=["1.2", "12"])
    block.clean(value)


def test_a_typed_number_that_can_be_read_in_two_ways_is_refused_whatever_the_key_is():
    cloze, gap = body("cloze"), body("cloze")["gaps"][0]
    for kind, content, field in (("short", body("short"), "answer"), ("cloze", cloze, f"gap-{gap['id']}")):
        with pytest.raises(BadAnswer, match=r"Write 1500, or 1\.5 if"):
            QUESTION_TYPES[kind].parse(MultiValueDict({field: ["give 1,500 mg"]}), content)


@pytest.mark.parametrize(
    ("answer", "credit"), [("0.5 mg", 1), ("½mg", 1), ("5 mg", 0), ("0.5", 0), ("0.5 mg/kg", 0), ("0.5 g", 0)]
)
def test_a_dose_in_a_gap_counts_by_its_number_and_its_unit(answer, credit):
    content = body("cloze", text="Give [[dose]].", gaps=[{"id": "dose", "answers": ["0.5 mg"]}])
    assert QUESTION_TYPES["cloze"].grade(content, {content["gaps"][0]["id"]: answer}).earned == credit
