"""Statements as readers see them: the text, where it comes from, and whether an editor has checked it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.process_cache import remember_each
from standards.compendium import first_words
from standards.models import SOURCE_LANGUAGE, Statement, StatementQuerySet, StatementText

OPENING_LENGTH = 36
CACHE_SECONDS = 300


@dataclass(frozen=True)
class DisplayedStatement:
    """One statement as a reader of one language sees it. It contains only plain values, so it may be cached."""

    pk: int
    code: str
    position: int
    text_pk: int | None
    text: str
    text_language: str
    source: str
    official: bool
    checked: bool
    unchecked: bool
    url: str
    section_code: str
    section_title: str

    @property
    def origin_label(self) -> str:
        """Where the text comes from and whether it was checked, in the active language."""
        if self.official:
            return _("Official text")
        if self.unchecked:
            return _("Paraphrase, not yet checked against the publication")
        return _("Paraphrase, confirmed by an editor") if self.checked else _("Paraphrase, source named")

    @property
    def anchor(self) -> str:
        """The id of the text on a page that cites the statement."""
        edition, code = self.url.strip("/").split("/")[-2:]
        return f"statement-{edition}-{code}"

    @property
    def opening(self) -> str:
        """The first words of the text, for lists of codes."""
        return first_words(self.text, OPENING_LENGTH)


@dataclass(frozen=True)
class Neighbours:
    """A statement and those around it.

    `section` is all of its section, `near` up to two before and two after it there. `previous` and `next` are the
    statements beside it in the edition.
    """

    statement: DisplayedStatement
    section: list[DisplayedStatement]
    near: list[DisplayedStatement]
    previous: DisplayedStatement | None
    next: DisplayedStatement | None


def display_statements(pks: Iterable[int], language: str | None) -> dict[int, DisplayedStatement]:
    """The statements `pks` as a reader of `language` sees them, by pk; at most one query.

    Pks that do not exist are left out. A statement without a text in the language has that of the source language. Each
    process remembers them for CACHE_SECONDS. A new text or confirmation shows at once in the process that stored it.
    """
    kind = ("statement", language, get_language())  # the addresses are in the language of the interface
    return remember_each(
        kind,
        pks,
        CACHE_SECONDS,
        lambda missing: display_queryset(Statement.objects.filter(pk__in=missing), language),
    )


def display_queryset(statements: StatementQuerySet, language: str | None) -> dict[int, DisplayedStatement]:
    """Like display_statements(), for a QuerySet of statements and in its order."""
    rows = statements.with_shown(language or SOURCE_LANGUAGE).select_related("edition", "section")
    return {statement.pk: _display(statement) for statement in rows}


def find_neighbours(statement: Statement, language: str | None) -> Neighbours:
    """The statement and its neighbours as a reader of `language` sees them, in one query."""
    rows = list(display_queryset(statement.with_neighbours(), language).values())
    index = [row.pk for row in rows].index(statement.pk)
    displayed = rows[index]
    return Neighbours(
        statement=displayed,
        section=[row for row in rows if row.section_code == displayed.section_code],
        near=[
            row
            for row in rows[max(index - 2, 0) : index + 3]
            if row.section_code == displayed.section_code and row is not displayed
        ],
        previous=rows[index - 1] if index else None,
        next=rows[index + 1] if index + 1 < len(rows) else None,
    )


def _display(statement: Statement) -> DisplayedStatement:
    official = statement.shown_kind == StatementText.Kind.OFFICIAL
    return DisplayedStatement(
        pk=statement.pk,
        code=statement.code,
        position=statement.position,
        text_pk=statement.shown_id,
        text=statement.shown_text or statement.label,
        text_language=statement.shown_language or SOURCE_LANGUAGE,
        source=statement.shown_source or "",
        official=official,
        checked=bool(statement.shown_checked),
        unchecked=statement.editor_check and not official and not statement.shown_checked,
        url=statement.get_absolute_url(),
        section_code=statement.section.code,
        section_title=statement.section.title,
    )
