"""Lists open with enough rows; rows left blank are dropped, and rows filled in by half are errors that keep their text."""

import pytest
from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.test.utils.form_data import nested_form_data, rich_text

from standards.row_blocks import RowsBlock, RowsStreamBlock, is_blank


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(default="")
    story = blocks.RichTextBlock(required=False, default="")
    right = blocks.BooleanBlock(required=False)
    points = blocks.IntegerBlock(default=0)


class QuestionBlock(blocks.StructBlock):
    stem = blocks.CharBlock(default="")
    options = RowsBlock(OptionBlock(), min_num=2)
    sources = RowsBlock(blocks.CharBlock(default=""), default=[])


BLANK = {"text": " ", "story": rich_text("<p></p>"), "points": "0"}
HALF = {**BLANK, "right": "on"}
WHOLE = {**BLANK, "text": "Listen"}


def posted(block: RowsBlock, *rows):
    items = {str(n): {"value": row, "deleted": "", "order": str(n), "id": f"id-{n}"} for n, row in enumerate(rows)}
    return block.value_from_datadict(nested_form_data({"list": {"count": str(len(rows)), **items}}), {}, "list")


def texts(value) -> list[str]:
    return [row["text"] for row in value]


@pytest.mark.parametrize(("minimum", "rows"), [(None, 1), (2, 2), (4, 4)])
def test_a_list_opens_with_the_rows_it_needs(minimum, rows):
    assert len(RowsBlock(OptionBlock(), min_num=minimum).get_default()) == rows


def test_rows_that_were_never_saved_get_their_ids_in_the_browser():
    """Otherwise each copy of a block would have the same ids."""
    block = RowsBlock(OptionBlock(), min_num=2)
    assert ["id" in row for row in block.get_form_state(block.get_default())] == [False, False]
    assert [row["id"] for row in block.get_form_state(posted(block, WHOLE))] == ["id-0"]


@pytest.mark.parametrize(
    ("minimum", "rows", "kept"),
    [
        (None, [BLANK, WHOLE, BLANK], ["Listen"]),
        (2, [BLANK, WHOLE, BLANK], [" ", "Listen"]),
        (2, [BLANK, BLANK, BLANK], [" ", " "]),
        (None, [HALF], [" "]),
        (None, [{**BLANK, "points": "3"}], [" "]),
        (None, [{**BLANK, "story": rich_text("<p>Leila</p>")}], [" "]),
        (None, [{**BLANK, "points": ""}], []),
    ],
)
def test_blank_rows_are_dropped_unless_they_are_needed(minimum, rows, kept):
    assert texts(posted(RowsBlock(OptionBlock(), min_num=minimum), *rows)) == kept


def test_a_row_filled_in_by_half_is_an_error_at_that_row():
    block = RowsBlock(OptionBlock())
    with pytest.raises(ValidationError) as refused:
        block.clean(posted(block, WHOLE, BLANK, HALF))
    assert list(refused.value.block_errors) == [1]  # the second row of the form that is shown again


def test_a_block_with_blank_lists_only_is_blank():
    block = QuestionBlock()
    assert is_blank(block, block.get_default())
    assert not is_blank(block, block.normalize({**block.get_default(), "stem": "Why?"}))


def test_blank_blocks_of_a_stream_are_dropped():
    block = RowsStreamBlock([("line", blocks.CharBlock()), ("number", blocks.IntegerBlock(default=8))])
    rows = {
        str(n): {"type": kind, "value": value, "deleted": "", "order": str(n)}
        for n, (kind, value) in enumerate([("line", ""), ("line", "One"), ("number", "8"), ("number", "3")])
    }
    value = block.value_from_datadict(nested_form_data({"s": {"count": "4", **rows}}), {}, "s")
    assert [(child.block_type, child.value) for child in value] == [("line", "One"), ("number", "3")]
