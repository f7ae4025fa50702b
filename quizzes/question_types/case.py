"""A clinical case: a vignette with several steps, each shown once the one before is settled.

Payload: {"answers": {step id: option ids, sorted}, "settled": how many steps are settled}. A step is settled by going on from it, not by
choosing: what comes next may tell what would have been right, so a settled answer stays (`may_follow`). The last step is never
settled. Credit: the mean of the steps, each marked as its kind alone would be (one right answer, or several).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from quizzes.question_types import choice_base, multiple, single
from quizzes.question_types.base import (
    BadAnswer,
    Content,
    Credit,
    Flaw,
    Keys,
    Payload,
    check_rows,
    check_text,
    numbered,
    row,
    strangers,
)

NAME = "case"
LABEL = gettext_lazy("Clinical case in steps")
TEMPLATE = "case"
FIELDS = {"vignette", "steps"}
STEPS = range(2, 9)
PREFIX, SETTLED, GO = "step-", "settled", "go"


class StepBlock(choice_base.ChoiceBlock):
    text = blocks.TextBlock(default="", rows=3, max_length=1000, label=gettext_lazy("What happens, and what is asked"))
    several = blocks.BooleanBlock(required=False, label=gettext_lazy("Several answers are right"))

    class Meta:
        icon = "arrow-right"
        label = gettext_lazy("Step")
        form_layout = ["text", "several", "options", "fixed_order"]

    def mistakes(self, value):
        yield from super().mistakes(value)
        right = choice_base.count_right(value)
        if not right or (right > 1 and not value["several"]):
            yield _("Mark exactly one option as right, or say that several answers are right.")


class Block(blocks.StructBlock):
    vignette = blocks.TextBlock(
        default="",
        rows=5,
        max_length=3000,
        label=gettext_lazy("The case"),
        help_text=gettext_lazy("Stays in view at every step."),
    )
    steps = blocks.ListBlock(
        StepBlock(), min_num=STEPS.start, max_num=STEPS.stop - 1, label=gettext_lazy("Steps, in order")
    )

    class Meta:
        icon = "user"
        label = LABEL


def hint() -> str:
    return _("A case in steps. An answer stays once you have gone on from it.")


def freeze(value, key: UUID) -> Content:
    return {
        "vignette": value["vignette"],
        "steps": [
            {
                "id": step.id,
                "text": step.value["text"],
                "several": bool(step.value["several"]),
                **choice_base.freeze(step.value, key),
            }
            for step in value["steps"].bound_blocks
        ],
    }


def order(content: Content, draw: random.Random) -> list[str]:
    """The options of every step, step by step."""
    return [name for step in content["steps"] for name in choice_base.order(step, draw)]


def parse(data: MultiValueDict, content: Content) -> Payload:
    known = {step["id"] for step in content["steps"]}
    if strangers(data, PREFIX, known):
        raise BadAnswer(_("This answer belongs to another item. Choose again here."))
    answers = {step["id"]: _chosen(data, step) for step in content["steps"]}
    answers = {name: chosen for name, chosen in answers.items() if chosen}
    settled = _settled(data, content)
    here = content["steps"][settled]["id"]
    if GO in data and here in answers and settled < len(content["steps"]) - 1:
        settled += 1
    return {"answers": answers, "settled": settled} if answers else None


def _chosen(data: MultiValueDict, step: dict) -> list[str]:
    chosen = set(data.getlist(PREFIX + step["id"])) - {""}
    if not chosen <= set(choice_base.ids(step)):
        raise BadAnswer(_("This is not one of the answers to this item. Choose from the list."))
    if len(chosen) > 1 and not step["several"]:
        raise BadAnswer(_("Choose one answer only."))
    return sorted(chosen)


def _settled(data: MultiValueDict, content: Content) -> int:
    """How many steps the form says are settled; whether that may be, may_follow() judges."""
    text = data.get(SETTLED, "0")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else 0
    return min(number, len(content["steps"]) - 1)


def may_follow(content: Content, before: Payload, after: Payload) -> bool:
    """Settled answers stay, and one step at most is settled at a time."""
    was, now = ((payload or {}).get("settled", 0) for payload in (before, after))
    old, new = ((payload or {}).get("answers", {}) for payload in (before, after))
    kept = all(old.get(step["id"]) == new.get(step["id"]) for step in content["steps"][:was])
    answered = all(step["id"] in new for step in content["steps"][:now])
    return kept and answered and was <= now <= was + 1


def goes_on(content: Content, data: MultiValueDict, payload: Payload) -> bool:
    """Whether the item has a next step to show, now that this form was sent."""
    return bool(payload) and payload["settled"] > _settled(data, content)


def complete(content: Content, payload: Payload) -> bool:
    """Whether every step has an answer."""
    return all(step["id"] in payload["answers"] for step in content["steps"])


def fields(payload: Payload) -> MultiValueDict:
    given = payload or {}
    answers = {PREFIX + name: chosen for name, chosen in given.get("answers", {}).items()}
    settled = given.get("settled", 0)
    return MultiValueDict({**answers, **({SETTLED: [str(settled)]} if settled else {})})


def shown_again(content: Content, payload: Payload, data: MultiValueDict) -> MultiValueDict:
    """A form that could not be read, with what is settled as it is saved: what it says of that would open later steps."""
    saved, again = fields(payload), MultiValueDict(data)
    settled = _settled(saved, content)
    again.setlist(SETTLED, [str(settled)])
    for step in content["steps"][:settled]:
        again.setlist(PREFIX + step["id"], saved.getlist(PREFIX + step["id"]))
    return again


def ask(content: Content, order: list[str], data: MultiValueDict) -> dict:
    """The vignette, the settled steps with what was chosen, and the step that is open; nothing of the later ones."""
    settled = _settled(data, content)
    shown = [_step(number, step, order, data) for number, step in enumerate(content["steps"][: settled + 1], 1)]
    return {
        "vignette": content["vignette"],
        "before": shown[:-1],
        "step": shown[-1],
        "count": len(content["steps"]),
        "settled": settled,
        "more": settled < len(content["steps"]) - 1,
    }


def _step(number: int, step: dict, order: list[str], data: MultiValueDict) -> dict:
    name, mine = PREFIX + step["id"], set(choice_base.ids(step))
    given = MultiValueDict({choice_base.FIELD: data.getlist(name)})
    asked = choice_base.ask(
        step, [one for one in order if one in mine], given, "checkbox" if step["several"] else "radio"
    )
    return {**asked, "name": name, "number": number, "text": step["text"], "several": step["several"]}


def grade(content: Content, payload: Payload) -> Credit:
    answers = (payload or {}).get("answers", {})
    earned = Fraction(0)
    right: dict[str, bool] = {}
    for step in content["steps"]:
        credit = _marked(step, answers.get(step["id"], []))
        earned += credit.earned
        right |= credit.right
    return Credit(earned / len(content["steps"]), right)


def _marked(step: dict, chosen: list[str]) -> Credit:
    if step["several"]:
        return multiple.grade(step, chosen)
    return single.grade(step, chosen[0] if chosen else None)


def explain(content: Content, order: list[str], payload: Payload) -> dict:
    answers = (payload or {}).get("answers", {})
    steps = []
    for number, step in enumerate(content["steps"], 1):
        chosen, mine = set(answers.get(step["id"], [])), set(choice_base.ids(step))
        told = choice_base.explain(step, [name for name in order if name in mine], chosen)
        steps.append(
            {**told, "several": step["several"], "number": number, "text": step["text"], "answered": bool(chosen)}
        )
    return {"vignette": content["vignette"], "steps": steps}


def check_part(item: dict) -> Iterator[Flaw]:
    yield from check_text(item, "vignette", limit=3000)
    extra = {"several": bool, "options": list, "fixed_order": bool}
    yield from check_rows(item, "steps", ("text",), extra, STEPS)
    for number, step in numbered(item, "steps"):
        for path, why in choice_base.check_part(step):
            yield ("steps", number, *path), why
        right = choice_base.right_in(step)
        if not right or (right > 1 and not step.get("several")):
            yield ("steps", number, "options"), "one option must have `correct: true`, or several with `several: true`"


def load(item: dict, keys: Keys) -> dict:
    steps = []
    for step in item["steps"]:

        def below(*names: str, step=step) -> str:
            return keys(names[0], step["id"], *names[1:])

        raw = choice_base.load(step, below) | {"text": step["text"], "several": step.get("several", False)}
        steps.append(row(keys("step", step["id"]), raw))
    return {"vignette": item["vignette"], "steps": steps}


def key(content: Content) -> Payload:
    """The answer that earns full credit; nothing of it is settled, so that it may follow on no answer at all."""
    return {"answers": {step["id"]: sorted(choice_base.key(step)) for step in content["steps"]}, "settled": 0}
