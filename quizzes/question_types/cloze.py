"""A text with gaps: some to write into, some to choose for. Payload: {gap id: what was written, or the id that was chosen}.

Authors write the text with each gap's name in double brackets: "Call for [[help]], then open the [[airway]]." A gap with wrong answers
is a drop-down, one without is written. Credit: the share of gaps that are right, as Moodle's embedded answers of equal weight.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID, uuid5

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import text_matching
from quizzes.question_types.base import (
    BadAnswer,
    CheckedBlock,
    Content,
    Credit,
    Flaw,
    Keys,
    Payload,
    check_rows,
    check_text,
    distinct,
    numbered,
    one,
    row,
    shuffled,
    strangers,
)

NAME = "cloze"
LABEL = gettext_lazy("Text with gaps")
TEMPLATE = "cloze"
FIELDS = {"text", "gaps", "feedback"}
GAPS, ANSWERS, WRONG = range(1, 11), range(1, 9), range(0, 8)
PREFIX = "gap-"
MARK = re.compile(r"\[\[([^\[\]]{1,40})\]\]")
LONGEST = 100


class GapBlock(blocks.StructBlock):
    name = blocks.CharBlock(default="", max_length=40, label=gettext_lazy("Name in the text"))
    answers = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=LONGEST),
        min_num=ANSWERS.start,
        max_num=ANSWERS.stop - 1,
        label=gettext_lazy("Right answers"),
        help_text=gettext_lazy("The first is shown with the result. A * stands for any ending or beginning of a word."),
    )
    wrong = blocks.ListBlock(
        blocks.CharBlock(default="", max_length=LONGEST),
        default=[],
        max_num=WRONG.stop - 1,
        label=gettext_lazy("Wrong answers to choose from"),
        help_text=gettext_lazy("With them the gap is a list with the first right answer; without, it is written."),
    )

    class Meta:
        icon = "minus"
        label = gettext_lazy("Gap")


class Block(CheckedBlock):
    text = blocks.TextBlock(
        default="",
        rows=4,
        max_length=2000,
        label=gettext_lazy("Text"),
        help_text=gettext_lazy("Write [[name]] where a gap is."),
    )
    gaps = blocks.ListBlock(GapBlock(), min_num=GAPS.start, max_num=GAPS.stop - 1, label=gettext_lazy("Gaps"))
    feedback = blocks.TextBlock(default="", rows=2, label=gettext_lazy("What we say about it afterwards"))

    class Meta:
        icon = "placeholder"
        label = LABEL

    def mistakes(self, value):
        if sorted(MARK.findall(value["text"])) != sorted(gap["name"] for gap in value["gaps"]):
            yield _("Each gap must stand once in the text, as [[name]], and each [[name]] needs its gap.")
        if not all(_short(text) for gap in value["gaps"] for text in (*gap["answers"], *gap["wrong"])):
            yield _("An answer needs a letter or a number, for signs are not compared.")
        if not all(_clear(list(gap["answers"]), list(gap["wrong"])) for gap in value["gaps"]):
            yield _("A wrong answer says the same as another one. Change it.")


def _clear(answers: list[str], wrong: list[str]) -> bool:
    """Whether no wrong answer reads like a right one or another wrong one."""
    return distinct(wrong) and not {text_matching.plain(one) for one in answers} & {
        text_matching.plain(one) for one in wrong
    }


def hint() -> str:
    return _("Fill in the gaps.")


def freeze(value, key: UUID) -> Content:
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


def _options(gap, key: UUID) -> list[dict]:
    """What a drop-down offers, the right one first; nothing for a gap that is written.

    The ids are made with the question's key, which no learner sees: they do not betray which one is right.
    """
    wrong = [
        {"id": str(uuid5(key, f"wrong/{found.id}")), "text": found.value} for found in gap.value["wrong"].bound_blocks
    ]
    return [{"id": str(uuid5(key, f"right/{gap.id}")), "text": gap.value["answers"][0]}, *wrong] if wrong else []


def order(content: Content, draw: random.Random) -> list[str]:
    """The options of all drop-downs, mixed."""
    return shuffled(sorted(option["id"] for gap in content["gaps"] for option in gap["options"]), draw)


def parse(data: MultiValueDict, content: Content) -> Payload:
    known = {gap["id"] for gap in content["gaps"]}
    if strangers(data, PREFIX, known):
        raise BadAnswer(_("This answer belongs to another item. Fill in the gaps again here."))
    given = {}
    for gap in content["gaps"]:
        value = text_matching.typed(one(data, PREFIX + gap["id"], _("One answer only for each gap.")))
        if len(value) > LONGEST:
            raise BadAnswer(_("This is too long for a gap. Write a word or two."))
        if value and gap["options"] and value not in {option["id"] for option in gap["options"]}:
            raise BadAnswer(_("This is not one of the things to choose from. Choose from the list."))
        if value:
            given[gap["id"]] = value
    return given or None


def fields(payload: Payload) -> MultiValueDict:
    return MultiValueDict({PREFIX + gap: [value] for gap, value in (payload or {}).items()})


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    return {"pieces": [_asked(piece, order, data) for piece in _pieces(content)], "longest": LONGEST}


def _pieces(content: Content) -> Iterator[str | tuple[int, dict]]:
    """The text in order: words, and gaps with their number."""
    gaps = {gap["name"]: gap for gap in content["gaps"]}
    number = 0
    for at, part in enumerate(MARK.split(content["text"])):
        if at % 2 == 0:
            yield part
        else:
            number += 1
            yield number, gaps[part]


def _asked(piece, order: list[str], data: MultiValueDict) -> dict:
    if isinstance(piece, str):
        return {"words": piece}
    number, gap = piece
    texts, name = {option["id"]: option["text"] for option in gap["options"]}, PREFIX + gap["id"]
    return {
        "number": number,
        "name": name,
        "value": data.get(name, "")[: LONGEST + 50],
        "options": [{"id": found, "text": texts[found]} for found in order if found in texts],
    }


def grade(content: Content, payload: Payload) -> Credit:
    given = payload or {}
    right = {gap["id"]: _right(gap, given.get(gap["id"], "")) for gap in content["gaps"]}
    return Credit(Fraction(sum(right.values()), len(right)), right)


def _right(gap: dict, given: str) -> bool:
    if gap["options"]:
        return given == gap["options"][0]["id"]
    return any(text_matching.says(given, accepted) for accepted in gap["answers"])


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    given, right = payload or {}, grade(content, payload).right
    pieces = [
        {"words": piece}
        if isinstance(piece, str)
        else {
            "number": piece[0],
            "wanted": _wanted(piece[1]),
            "given": _said(piece[1], given),
            "listed": bool(piece[1]["options"]),
            "right": right[piece[1]["id"]],
        }
        for piece in _pieces(content)
    ]
    return {"pieces": pieces, "gaps": [piece for piece in pieces if "number" in piece], "feedback": content["feedback"]}


def _wanted(gap: dict) -> str:
    return gap["options"][0]["text"] if gap["options"] else gap["answers"][0].replace("*", "…")


def _said(gap: dict, given: dict) -> str:
    value = given.get(gap["id"], "")
    return next((option["text"] for option in gap["options"] if option["id"] == value), value)


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_text(item, "text", limit=2000)
    yield from check_rows(item, "gaps", (), {"answers": list, "wrong": list}, GAPS)
    gaps = numbered(item, "gaps")
    for number, gap in gaps:
        lists = ((gap.get("answers"), ANSWERS), (gap.get("wrong", []), WRONG))
        if not all(isinstance(found, list) and len(found) in size and all(map(_short, found)) for found, size in lists):
            yield (
                ("gaps", number),
                f"a gap needs 1 to {ANSWERS.stop - 1} `answers` and up to {WRONG.stop - 1} `wrong` ones",
            )
        elif not _clear(gap["answers"], gap.get("wrong", [])):
            yield ("gaps", number), "a wrong answer says the same as another one"
    names = sorted(str(gap.get("id")) for _n, gap in gaps)
    if sorted(MARK.findall(str(item.get("text")))) != names:
        yield ("text",), "each gap must stand once in the text, as [[its id]]"
    yield from check_text(item, "feedback")


def _short(value) -> bool:
    return isinstance(value, str) and bool(text_matching.plain(value)) and len(value) <= LONGEST


def load(item: dict, keys: Keys) -> dict:
    return {
        "text": item["text"],
        "gaps": [
            row(
                keys("gap", gap["id"]),
                {
                    "name": gap["id"],
                    "answers": [row(keys("answer", gap["id"], str(n)), text) for n, text in enumerate(gap["answers"])],
                    "wrong": [
                        row(keys("wrong", gap["id"], str(n)), text) for n, text in enumerate(gap.get("wrong", []))
                    ],
                },
            )
            for gap in item["gaps"]
        ],
        "feedback": item["feedback"],
    }


def key(content: Content) -> Payload:
    """The answer that earns full credit."""
    return {
        gap["id"]: gap["options"][0]["id"] if gap["options"] else gap["answers"][0].replace("*", "")
        for gap in content["gaps"]
    }


def rekeyed(content: Content, answer: Payload) -> Content:
    """The same with this answer as the right one, gap by gap as far as it says."""
    return {**content, "gaps": [_rekeyed(gap, answer.get(gap["id"], "")) for gap in content["gaps"]]}


def _rekeyed(gap: dict, value: str) -> dict:
    if not value:
        return gap
    if not gap["options"]:
        return {**gap, "answers": [value]}
    options = sorted(gap["options"], key=lambda option: option["id"] != value)
    return {**gap, "options": options, "answers": [options[0]["text"]]}
