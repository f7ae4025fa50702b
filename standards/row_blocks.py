"""List blocks for rows that authors fill in: they open with enough rows, and rows left blank are not saved."""

from __future__ import annotations

from typing import Any

from wagtail.blocks import Block, ListBlock, StreamBlock, StreamValue, StructValue
from wagtail.blocks.list_block import ListValue
from wagtail.contrib.typed_table_block.blocks import TypedTable
from wagtail.rich_text import RichText
from wagtail.utils.text import text_from_html


def is_blank(block: Block, value: Any) -> bool:
    """Whether an author has filled in nothing: each field is empty or has its default."""
    if isinstance(value, StructValue):
        return all(is_blank(block.child_blocks[name], child) for name, child in value.items())
    if isinstance(value, ListValue | StreamValue):
        return all(is_blank(child.block, child.value) for child in _children(value))
    if isinstance(value, RichText):
        return not text_from_html(value.source).strip()
    if isinstance(value, TypedTable):
        return not value.columns
    default = block.get_default()
    if isinstance(value, str):  # as posted, so a number is a text too
        return value.strip() in ("", "" if default is None else str(default))
    return value in (None, default) or (value is False and not default)


def _children(value: ListValue | StreamValue) -> list:
    return value.bound_blocks if isinstance(value, ListValue) else list(value)


class RowsBlock(ListBlock):
    """A ListBlock that opens with as many rows as it needs, and drops the blank rows that it does not need.

    A row that is filled in by half stays, and so does its error.
    """

    def __init__(self, child_block, search_index=True, **kwargs):
        super().__init__(child_block, search_index, **kwargs)
        if not self._has_default:
            self.meta.default = [self.child_block.get_default() for _row in range(self.meta.min_num or 1)]

    def value_from_datadict(self, data, files, prefix):
        """The posted rows. Blank ones are kept only as far as `min_num` needs them, so that the form shows them."""
        rows = super().value_from_datadict(data, files, prefix)
        blank = [row for row in rows.bound_blocks if is_blank(row.block, row.value)]
        needed = max(0, (self.meta.min_num or 0) - (len(rows) - len(blank)))
        dropped = {id(row) for row in blank[needed:]}
        return ListValue(self, bound_blocks=[row for row in rows.bound_blocks if id(row) not in dropped])

    def get_form_state(self, value):
        """As in Wagtail, without ids for rows that were never saved: the browser gives each copy an id of its own."""
        rows = value if isinstance(value, ListValue) else ListValue(self, values=value)
        states = super().get_form_state(rows)
        return [
            state if row.original_id else {"value": state["value"]}
            for state, row in zip(states, rows.bound_blocks, strict=True)
        ]


class RowsStreamBlock(StreamBlock):
    """A StreamBlock that drops the blocks in which an author has filled in nothing."""

    def value_from_datadict(self, data, files, prefix):
        stream = super().value_from_datadict(data, files, prefix)
        kept = [child for child in stream if not is_blank(child.block, child.value)]
        return StreamValue(self, [(child.block_type, child.value, child.id) for child in kept])
