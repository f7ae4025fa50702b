"""A text with gaps. The learner writes into some and chooses from a list in others.

Payload: {gap id: the written text, or the chosen id}.

Authors write the text with each gap's name in double brackets: "Call for [[help]], then open the [[airway]]." A gap
with wrong answers is a drop-down, one without is a text box. Credit: the share of gaps that are right, as in Moodle's
embedded answers with equal weights.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID, uuid5

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, Field
from wagtail import blocks

from quizzes.question_types.base import (
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Keys,
    Payload,
    RekeyableType,
    has_unknown_fields,
    list_item,
    shuffled,
    single_value,
)
from quizzes.question_types.compared_text import (
    COMPARED,
    ComparedTextBlock,
    double_flaw,
    double_mistake,
    refuse_unclear_numbers,
)
from quizzes.question_types.schema import NOT_BLANK, Flaw, LongText, Rows, Schema, SchemaRow, distinct
from quizzes.question_types.text_matching import matches, normalise, storable_text
from standards.row_blocks import RowsBlock

LABEL = gettext_lazy("Text with gaps")
MAX_GAPS, MAX_ANSWERS, MAX_WRONG = 10, 8, 7
PREFIX = "gap-"
GAP_MARK = re.compile(r"\[\[([^\[\]]{1,40})\]\]")
MAX_GAP_LENGTH, MAX_TEXT_LENGTH = 100, 2000


class GapBlock(CheckedBlock):
    name = blocks.CharBlock(default="", max_length=40, label=gettext_lazy("Name in the text"))
    answers = RowsBlock(
        ComparedTextBlock(default="", max_length=MAX_GAP_LENGTH),
        min_num=1,
        max_num=MAX_ANSWERS,
        label=gettext_lazy("Right answers"),
        help_text=gettext_lazy("The first is shown with the result. A * stands for any ending or beginning of a word."),
    )
    wrong = RowsBlock(
        blocks.CharBlock(default="", max_length=MAX_GAP_LENGTH),
        default=[],
        max_num=MAX_WRONG,
        label=gettext_lazy("Wrong answers to choose from"),
        help_text=gettext_lazy(
            "With wrong answers, the gap is a list that also offers the first right answer. Without them, it is a text box."
        ),
    )

    class Meta:
        icon = "minus"
        label = gettext_lazy("Gap")

    def mistakes(self, value):
        if not all(normalise(text) for text in (*value["answers"], *value["wrong"])):
            yield _("An answer needs a letter or a number, because punctuation is not compared.")
        if mistake := double_mistake(value["answers"]):
            yield mistake
        if not _all_distinct(list(value["answers"]), list(value["wrong"])):
            yield _("A wrong answer has the same text as another answer. Change it.")


class ClozeBlock(CheckedBlock):
    text = blocks.TextBlock(
        default="",
        rows=4,
        max_length=MAX_TEXT_LENGTH,
        label=gettext_lazy("Text"),
        help_text=gettext_lazy("Write [[name]] where a gap is."),
    )
    gaps = RowsBlock(GapBlock(), min_num=1, max_num=MAX_GAPS, label=gettext_lazy("Gaps"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("Feedback shown afterwards"))

    class Meta:
        icon = "placeholder"
        label = LABEL

    def mistakes(self, value):
        if sorted(GAP_MARK.findall(value["text"])) != sorted(gap["name"] for gap in value["gaps"]):
            yield _("Each gap must appear once in the text, as [[name]], and each [[name]] needs a gap.")


def _all_distinct(answers: list[str], wrong: list[str]) -> bool:
    """Whether no wrong answer reads like a right one or another wrong one."""
    return distinct(wrong) and not {normalise(text) for text in answers} & {normalise(text) for text in wrong}


def _not_punctuation(text: str) -> str:
    if not normalise(text):
        raise ValueError("an answer needs a letter or a number, because punctuation is not compared")
    return text


GapText = Annotated[str, Field(max_length=MAX_GAP_LENGTH), AfterValidator(_not_punctuation)]
GapAnswer = Annotated[str, Field(max_length=MAX_GAP_LENGTH), COMPARED, AfterValidator(_not_punctuation)]


class Gap(SchemaRow):
    answers: list[GapAnswer] = Field(min_length=1, max_length=MAX_ANSWERS)
    wrong: list[GapText] = Field(default=[], max_length=MAX_WRONG)

    def flaws(self) -> Iterator[Flaw]:
        if why := double_flaw(self.answers):
            yield ("answers",), why
        if not _all_distinct(self.answers, self.wrong):
            yield (), "a wrong answer has the same text as another answer"


class ClozeSchema(Schema):
    text: Annotated[str, Field(max_length=MAX_TEXT_LENGTH), NOT_BLANK]
    gaps: Rows[Gap] = Field(min_length=1, max_length=MAX_GAPS)
    feedback: LongText

    def flaws(self) -> Iterator[Flaw]:
        if sorted(GAP_MARK.findall(self.text)) != sorted(gap.id for gap in self.gaps):
            yield ("text",), "each gap must appear once in the text, as [[its id]]"


class Cloze(RekeyableType[ClozeSchema]):
    name = "cloze"
    label = LABEL
    template = "cloze"
    block = ClozeBlock
    schema = ClozeSchema

    def hint(self) -> str:
        return _("Fill in the gaps.")

    def freeze(self, value: Any, key: UUID) -> Content:
        return {
            "text": value["text"],
            "gaps": [
                {
                    "id": gap.id,
                    "name": gap.value["name"],
                    "answers": list(gap.value["answers"]),
                    "options": _options(gap, key),
                }
                for gap in value["gaps"].bound_blocks
            ],
            "feedback": value["feedback"],
        }

    def order(self, content: Content, draw: random.Random) -> list[str]:
        """The options of all drop-downs, shuffled."""
        return shuffled(sorted(option["id"] for gap in content["gaps"] for option in gap["options"]), draw)

    def parse(self, data: MultiValueDict, content: Content) -> Payload:
        if has_unknown_fields(data, PREFIX, [gap["id"] for gap in content["gaps"]]):
            raise BadAnswer(_("This answer belongs to another question. Fill in the gaps again here."))
        filled = {gap["id"]: _read_gap(data, gap) for gap in content["gaps"]}
        return {name: value for name, value in filled.items() if value} or None

    def fields(self, payload: Payload) -> MultiValueDict:
        return MultiValueDict({PREFIX + gap: [value] for gap, value in (payload or {}).items()})

    def ask(self, content: Content, order: list[str], data: MultiValueDict) -> dict:
        return {"pieces": [_piece_context(piece, order, data) for piece in _pieces(content)], "longest": MAX_GAP_LENGTH}

    def grade(self, content: Content, payload: Payload) -> Credit:
        filled = payload or {}
        right = {gap["id"]: _is_right(gap, filled.get(gap["id"], "")) for gap in content["gaps"]}
        return Credit(Fraction(sum(right.values()), len(right)), right)

    def key(self, content: Content) -> Payload:
        return {
            gap["id"]: gap["options"][0]["id"] if gap["options"] else gap["answers"][0].replace("*", "")
            for gap in content["gaps"]
        }

    def explain(self, content: Content, order: list[str], payload: Payload) -> dict:
        filled, right = payload or {}, self.grade(content, payload).right
        pieces = [
            {"words": piece}
            if isinstance(piece, str)
            else {
                "number": piece[0],
                "right_answer": _right_answer(piece[1]),
                "response": _response_text(piece[1], filled),
                "listed": bool(piece[1]["options"]),
                "right": right[piece[1]["id"]],
            }
            for piece in _pieces(content)
        ]
        gaps = [piece for piece in pieces if "number" in piece]
        return {"pieces": pieces, "gaps": gaps, "feedback": content["feedback"]}

    def load(self, question: ClozeSchema, keys: Keys) -> dict:
        def texts(what: str, gap: Gap, values: list[str]) -> list[dict]:
            return [list_item(keys(what, gap.id, str(n)), text) for n, text in enumerate(values)]

        gaps = [
            list_item(
                keys("gap", gap.id),
                {
                    "name": gap.id,
                    "answers": texts("answer", gap, gap.answers),
                    "wrong": texts("wrong", gap, gap.wrong),
                },
            )
            for gap in question.gaps
        ]
        return {"text": question.text, "gaps": gaps, "feedback": question.feedback}

    def rekeyed(self, content: Content, answer: Payload) -> Content:
        return {**content, "gaps": [_rekeyed(gap, answer.get(gap["id"], "")) for gap in content["gaps"]]}


def _options(gap: Any, key: UUID) -> list[dict]:
    """The options of a drop-down, the right one first; none for a text box.

    The ids are made with the question's key, which no learner sees, so they do not reveal which option is right.
    """
    wrong = [
        {"id": str(uuid5(key, f"wrong/{text.id}")), "text": text.value} for text in gap.value["wrong"].bound_blocks
    ]
    return [{"id": str(uuid5(key, f"right/{gap.id}")), "text": gap.value["answers"][0]}, *wrong] if wrong else []


def _read_gap(data: MultiValueDict, gap: dict) -> str:
    """The value of one gap in a form. Raises BadAnswer."""
    value = storable_text(single_value(data, PREFIX + gap["id"], _("Give only one answer for each gap.")))
    if len(value) > MAX_GAP_LENGTH:
        raise BadAnswer(_("This is too long for a gap. Write a word or two."))
    if value and gap["options"] and value not in {option["id"] for option in gap["options"]}:
        raise BadAnswer(_("This is not one of the choices. Choose from the list."))
    if not gap["options"]:
        refuse_unclear_numbers(value)
    return value


def _pieces(content: Content) -> Iterator[str | tuple[int, dict]]:
    """The text in order: words as strings, gaps as (number from 1, gap)."""
    gaps = {gap["name"]: gap for gap in content["gaps"]}
    for index, part in enumerate(GAP_MARK.split(content["text"])):
        yield part if index % 2 == 0 else (index // 2 + 1, gaps[part])


def _piece_context(piece: str | tuple[int, dict], order: list[str], data: MultiValueDict) -> dict:
    if isinstance(piece, str):
        return {"words": piece}
    number, gap = piece
    texts, name = {option["id"]: option["text"] for option in gap["options"]}, PREFIX + gap["id"]
    return {
        "number": number,
        "name": name,
        "value": data.get(name, "")[: MAX_GAP_LENGTH + 50],
        "options": [{"id": option, "text": texts[option]} for option in order if option in texts],
    }


def _is_right(gap: dict, value: str) -> bool:
    if gap["options"]:
        return value == gap["options"][0]["id"]
    return any(matches(value, accepted) for accepted in gap["answers"])


def _right_answer(gap: dict) -> str:
    return gap["options"][0]["text"] if gap["options"] else gap["answers"][0].replace("*", "…")


def _response_text(gap: dict, filled: dict) -> str:
    """What the learner wrote, or the text of what they chose."""
    value = filled.get(gap["id"], "")
    return next((option["text"] for option in gap["options"] if option["id"] == value), value)


def _rekeyed(gap: dict, value: str) -> dict:
    if not value:
        return gap
    if not gap["options"]:
        return {**gap, "answers": [value]}
    options = sorted(gap["options"], key=lambda option: option["id"] != value)
    return {**gap, "options": options, "answers": [options[0]["text"]]}
