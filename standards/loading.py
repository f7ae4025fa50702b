"""Load editions from files and seal them, and append further texts to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from wagtail.search.backends import get_search_backend

from accounts import process_cache
from standards.compendium import Compendium, CompendiumError, read, read_json
from standards.models import SOURCE_LANGUAGE, Edition, Section, Statement, StatementText


@dataclass(frozen=True)
class LoadReport:
    """What a load did. `written` is the number of new texts, 0 if all of them existed already."""

    edition: str
    sections: int
    statements: int
    written: int


def load(path: Path) -> LoadReport:
    """Load a compendium file as one edition and seal it, in one transaction. A second run writes nothing.

    Raises CompendiumError if the file is faulty or differs from the stored edition.
    """
    compendium = read(path)
    columns = compendium.edition
    with transaction.atomic():
        # The slug is unique, so only one of two simultaneous loads creates the edition. The other one compares with it.
        edition, created = Edition.objects.get_or_create(slug=columns["slug"], defaults=columns)
        if created:
            _write(edition, compendium)
        else:
            _compare(edition, compendium)
        Edition.objects.filter(pk=edition.pk, sealed_at=None).update(sealed_at=timezone.now())
    statements = len(compendium.statements)
    return LoadReport(edition.slug, len(compendium.sections), statements, statements if created else 0)


def load_texts(path: Path) -> LoadReport:
    """Append the texts of a JSON file to an edition: {edition, language, kind, source, texts: {code: text}}.

    The official text is loaded this way. A text equal to the newest of its language and kind is not written again.
    Raises CompendiumError if the file is faulty, or if its edition, a code, the language or the kind is unknown.
    """
    data = read_json(path)
    language, kind = data.get("language"), data.get("kind")
    if language not in dict(settings.LANGUAGES) or kind not in StatementText.Kind.values:
        raise CompendiumError(f"{path}: the language {language!r} or the kind {kind!r} is unknown.")
    texts, source = data.get("texts"), data.get("source")
    if not isinstance(texts, dict) or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise CompendiumError(f"{path}: 'texts' must contain a text for each code.")
    if not isinstance(source, str) or not source:
        raise CompendiumError(f"{path}: 'source' must say where these texts come from.")
    with transaction.atomic():
        # On PostgreSQL, two simultaneous loads could append the same text twice without this lock.
        edition = Edition.objects.select_for_update().filter(slug=str(data.get("edition"))).first()
        if edition is None:
            raise CompendiumError(f"{path}: there is no edition {data.get('edition')!r}.")
        statements = {row.code: row for row in edition.statements.filter(code__in=texts)}
        unknown = sorted(set(texts) - set(statements))
        if unknown:
            raise CompendiumError(f"{path}: edition {edition.slug} has no statement {', '.join(unknown)}.")
        newest = _newest_texts(edition, language, kind)
        rows = [
            StatementText(statement=statements[code], language=language, kind=kind, text=text, source=source)
            for code, text in texts.items()
            if newest.get(code) != text
        ]
        StatementText.objects.bulk_create(rows)
        _index(Statement.objects.filter(pk__in=[row.statement_id for row in rows]))
    process_cache.forget()  # pages of this process show them at once, see standards.display
    sections = len({row.section_id for row in statements.values()})
    return LoadReport(edition.slug, sections, len(statements), len(rows))


def _write(edition: Edition, compendium: Compendium) -> None:
    sections = {
        section.code: section
        for section in Section.objects.bulk_create(
            Section(edition=edition, code=code, **columns) for code, columns in compendium.sections.items()
        )
    }
    statements = Statement.objects.bulk_create(
        Statement(
            edition=edition,
            code=code,
            section=sections[columns["section"]],
            **{name: value for name, value in columns.items() if name not in ("section", "text")},
        )
        for code, columns in compendium.statements.items()
    )
    StatementText.objects.bulk_create(
        StatementText(
            statement=statement,
            language=SOURCE_LANGUAGE,
            kind=StatementText.Kind.PARAPHRASE,
            text=compendium.statements[statement.code]["text"],
            source=compendium.source,
        )
        for statement in statements
    )
    _index(edition.statements.all())


def _compare(edition: Edition, compendium: Compendium) -> None:
    """Raise CompendiumError with the names of what differs if the file and the stored edition are not the same."""
    stored = {
        "": {name: getattr(edition, name) for name in compendium.edition},
        **{f"section {row.code}": _columns(row, compendium.sections) for row in edition.sections.all()},
    }
    first_texts = _first_texts(edition)
    for row in edition.statements.select_related("section"):
        columns = _columns(row, compendium.statements) | {
            "section": row.section.code,
            "text": first_texts.get(row.code),
        }
        stored[f"statement {row.code}"] = columns
    wanted = {
        "": compendium.edition,
        **{f"section {code}": columns for code, columns in compendium.sections.items()},
        **{f"statement {code}": columns for code, columns in compendium.statements.items()},
    }
    differing = [name for name in wanted | stored if wanted.get(name) != stored.get(name)]
    if differing:
        names = ", ".join(name or "the edition's own fields" for name in differing[:5])
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        raise CompendiumError(
            f"Edition {edition.slug} is sealed and differs from this file in {names}{more}. Nothing was written. "
            "Load a changed text as a new edition, or append a wording with load_texts."
        )


def _columns(row: Section | Statement, wanted: dict[str, dict]) -> dict:
    """The columns of a stored row that the file also has."""
    names = next(iter(wanted.values()), {}).keys() - {"section", "text"}
    return {name: getattr(row, name) for name in names}


def _first_texts(edition: Edition) -> dict[str, str]:
    """The paraphrase that each statement was loaded with, by code. Texts appended later do not count."""
    texts = _texts(edition, SOURCE_LANGUAGE, StatementText.Kind.PARAPHRASE).order_by("-pk")
    return dict(texts.values_list("statement__code", "text"))


def _newest_texts(edition: Edition, language: str, kind: str) -> dict[str, str]:
    return dict(_texts(edition, language, kind).order_by("pk").values_list("statement__code", "text"))


def _texts(edition: Edition, language: str, kind: str):
    return StatementText.objects.filter(statement__edition=edition, language=language, kind=kind)


def _index(statements) -> None:
    """Put the texts of these statements into the search index."""
    rows = list(statements.prefetch_related("texts"))
    if rows:
        get_search_backend().add_bulk(Statement, rows)
