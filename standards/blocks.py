"""The block with which lessons and questions cite the Standards, and a search for citations in raw data."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StreamValue
from wagtail.snippets.blocks import SnippetChooserBlock

from standards.display import display_statements
from standards.row_blocks import RowsBlock

FIELD = "cites"


class CitationBlock(RowsBlock):
    """The statements that a passage is based on. Name it `cites` in a StructBlock or StreamBlock.

    cited_pks() finds citations in raw data only under that name. A page may put `displayed_statements`
    ({pk: DisplayedStatement}) into the template context. Then one query loads the texts of all its citations.
    """

    def __init__(self, **kwargs):
        kwargs = {"default": [], "label": _("Statements of the Standards"), **kwargs}
        super().__init__(SnippetChooserBlock("standards.Statement", label=_("Statement")), **kwargs)

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context=parent_context)
        pks = [statement.pk for statement in value if statement is not None]
        displayed = context.get("displayed_statements")
        if displayed is None:
            displayed = display_statements(pks, get_language())
        return {**context, "cites": [displayed[pk] for pk in pks if pk in displayed]}

    class Meta:
        icon = "link"
        template = "standards/cites.html"


def cited_pks(value) -> set[int]:
    """The pks of the statements cited in a StreamField value or in its raw data, without instantiating blocks.

    It reads every list under the key `cites` and every stream child of the type `cites`. See CitationBlock.
    """
    raw = value.get_prep_value() if isinstance(value, StreamValue) else value
    return set(_cited(raw))


def _cited(raw) -> Iterator[int]:
    if isinstance(raw, list | tuple):
        for item in raw:
            yield from _cited(item)
    elif isinstance(raw, dict):
        for key, child in raw.items():
            if key == FIELD or (key == "value" and raw.get("type") == FIELD):
                yield from _pks(child)
            else:
                yield from _cited(child)


def _pks(items) -> Iterator[int]:
    """The pks in a list block. Its items are {"type": "item", "value": pk, "id": ...}, or bare pks in older data."""
    for item in items or ():
        pk = item.get("value") if isinstance(item, dict) else item
        if isinstance(pk, int | str) and str(pk).isdecimal():
            yield int(pk)
