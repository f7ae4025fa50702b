"""The rich text editor, with a check of the submitted content before its conversion to HTML.

draftjs_exporter makes an element for each level of a list and does not limit the depth. One request with a depth of a
billion kept a process busy until it ran out of memory.
"""

from __future__ import annotations

import json

from django.core.exceptions import BadRequest
from wagtail.admin.rich_text import DraftailRichTextArea

DEEPEST = 20  # levels of a list; the editor itself stops at five
MOST_BLOCKS = 5_000


class CheckedRichTextArea(DraftailRichTextArea):
    """Raise BadRequest for content that the editor cannot have sent."""

    def value_from_datadict(self, data, files, name):
        content = data.get(name)
        if content and not _is_valid(content):
            raise BadRequest("not valid rich text")
        return super().value_from_datadict(data, files, name)


def _is_valid(content: str) -> bool:
    try:
        blocks = (json.loads(content) or {"blocks": []})["blocks"]
        return len(blocks) <= MOST_BLOCKS and all(0 <= int(block.get("depth", 0)) <= DEEPEST for block in blocks)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
