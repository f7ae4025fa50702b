"""The question kinds: one module each, listed here and nowhere else (contract: base.Kind).

To add a kind: write its module, add it to MODULES, and give it two templates in templates/quizzes/question_types/.
"""

from __future__ import annotations

from types import ModuleType

from wagtail import blocks

from quizzes.question_types import (
    case,
    categorise,
    cloze,
    essay,
    kprim,
    matching,
    multiple,
    numeric,
    ordering,
    short,
    single,
    truefalse,
    two_tier,
    weighted,
)

MODULES: list[ModuleType] = [
    single, multiple, weighted, truefalse, two_tier, kprim, numeric, short, cloze, matching, categorise, ordering, case, essay,
]  # fmt: skip
KINDS: dict[str, ModuleType] = {module.NAME: module for module in MODULES}
BY_PEOPLE = {module.NAME for module in MODULES if getattr(module, "BY_PEOPLE", False)}


def authoring_blocks() -> blocks.StreamBlock:
    """What an author chooses from: exactly one kind a question."""
    return blocks.StreamBlock([(module.NAME, module.Block()) for module in MODULES], min_num=1, max_num=1)
