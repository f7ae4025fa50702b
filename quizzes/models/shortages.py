"""What the question bank lacks for tests, in words for the staff who can add questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext, ngettext

from quizzes.blueprint import Card, Cell, Missing, shortage
from quizzes.models.questions import Level, Question

if TYPE_CHECKING:
    from quizzes.models.pages import QuizPage


def lacking(cells: list[Cell], language: str) -> list[str]:
    """What the bank lacks to fill these cells, in words; one query."""
    return [describe_missing(missing) for missing in shortage(cells, Question.objects.cards_for(cells, language))]


def describe_missing(missing: Missing) -> str:
    cell = missing.cell
    if cell.key:
        return gettext("A question that should be in every paper is not published or is listed twice.")
    where = ", ".join(filter(None, (cell.pool, cell.module, str(Level(cell.level).label) if cell.level else "")))
    return ngettext(
        "%(where)s: %(n)d published question is missing.",
        "%(where)s: %(n)d published questions are missing.",
        missing.lacking,
    ) % {"where": where, "n": missing.lacking}


def of_pages(pages: Iterable[QuizPage], without: UUID | None = None) -> list[tuple[QuizPage, list[str]]]:
    """Those of these tests that nobody can start, each with what it lacks; one query for each language.

    `without` is the key of a question that counts as not published. Load the pages with their locale.
    """
    tests = [(page, page.cells, page.locale.language_code) for page in pages]
    banks = {}
    for language in {language for _page, _cells, language in tests}:
        questions = Question.objects.filter(live=True, locale__language_code=language)
        banks[language] = (questions.exclude(translation_key=without) if without else questions).cards()
    found = [(page, _lacking_of(cells, banks[language])) for page, cells, language in tests]
    return [(page, reasons) for page, reasons in found if reasons]


def _lacking_of(cells: list[Cell], bank: list[Card]) -> list[str]:
    if not cells:
        return [gettext("This test does not draw any questions yet.")]
    # Most of the bank belongs to other tests; without it, shortage() is fast also for a hundred tests.
    pools, modules, keys = ({getattr(cell, name) for cell in cells} for name in ("pool", "module", "key"))
    near = [card for card in bank if card.pool in pools or card.module in modules or card.key in keys]
    return [describe_missing(missing) for missing in shortage(cells, near)]
