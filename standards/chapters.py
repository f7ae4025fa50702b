"""The chapters on the page of an edition: sections grouped by the first part of their code, with our headings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from standards.models import Edition, Section, StatementQuerySet

HEADINGS = {
    "1": _("What the Standards are for"),
    "2": _("Seven principles"),
    "3": _("How a treatment system is organised"),
    "4": _("Settings and interventions"),
    "5": _("Groups with special needs"),
    "A": _("Our annexes"),
}


@dataclass(frozen=True)
class ContentsEntry:
    """A section with the number of its statements and of its unchecked statements."""

    section: Section
    statements: int
    unchecked: int


@dataclass(frozen=True)
class Chapter:
    number: str
    heading: str
    entries: list[ContentsEntry]


def chapters(edition: Edition, language: str) -> list[Chapter]:
    """The sections of an edition by chapter, with the counts for a reader of `language`. Takes three queries."""
    statements = count_by_section(edition.statements.all())
    unchecked = count_by_section(edition.statements.unchecked(language))
    entries = [
        ContentsEntry(section, statements.get(section.pk, 0), unchecked.get(section.pk, 0))
        for section in edition.sections.all()
    ]
    return [
        Chapter(number, heading(number), list(members))
        for number, members in groupby(entries, key=lambda entry: entry.section.chapter)
    ]


def heading(chapter: str) -> str:
    return str(HEADINGS.get(chapter, ""))


def count_by_section(statements: StatementQuerySet) -> dict[int, int]:
    return dict(statements.order_by().values_list("section").annotate(number=Count("pk")))
