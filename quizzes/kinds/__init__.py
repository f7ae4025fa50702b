"""The question kinds: one module each, listed here and nowhere else (contract: base.Kind).

To add a kind: write its module, add it to MODULES, and give it two templates in templates/quizzes/kinds/.
"""

from __future__ import annotations

from types import ModuleType

from wagtail import blocks

from quizzes.kinds import matching, multiple, numeric, ordering, single, truefalse

MODULES: list[ModuleType] = [single, multiple, truefalse, numeric, matching, ordering]
KINDS: dict[str, ModuleType] = {module.NAME: module for module in MODULES}


def authoring_blocks() -> blocks.StreamBlock:
    """What an author chooses from: exactly one kind a question."""
    return blocks.StreamBlock([(module.NAME, module.Block()) for module in MODULES], min_num=1, max_num=1)
