"""Read the file that an edition is loaded from. Uses no database."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from accounts.printable import unprintable, unprintable_message

LABEL_LENGTH = 72


class CompendiumError(Exception):
    """The file was not loaded. The message says why, for the person who ran the command."""


@dataclass(frozen=True)
class Compendium:
    """One edition as a file describes it: the columns of each row, by code, in the order of the file."""

    edition: dict
    sections: dict[str, dict] = field(default_factory=dict)
    statements: dict[str, dict] = field(default_factory=dict)
    source: str = ""


def first_words(text: str, length: int) -> str:
    """Cut `text` to about `length` characters for a list, between words or, without spaces, between characters."""
    short = textwrap.shorten(text, length, placeholder="") or text[:length]
    return short if short == text else short.rstrip(",;: ") + "…"


def read_json(path: Path) -> dict:
    """The object in a JSON file. Raises CompendiumError if the file is unreadable or contains no object."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CompendiumError(f"{path}: this file cannot be read as JSON ({error}).") from error
    if not isinstance(data, dict):
        raise CompendiumError(f"{path}: this file does not contain a JSON object.")
    return data


def read(path: Path) -> Compendium:
    """Read and check a compendium file. Raises CompendiumError if it is incomplete or inconsistent."""
    data = read_json(path)
    try:
        compendium = _parse(data)
        signs = unprintable(compendium.edition["short_title"])
        declared = data["provenance"]["counts"]
        counts = {
            "sections": len(data["sections"]),
            "statements": sum(len(section["statements"]) for section in data["sections"]),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise CompendiumError(f"{path}: this is not a compendium: {error} is missing or wrong.") from error
    distinct = {"sections": len(compendium.sections), "statements": len(compendium.statements)}
    for name, number in counts.items():
        if declared.get(name) != number:
            raise CompendiumError(f"{path}: the file declares {declared.get(name)} {name} but contains {number}.")
        if distinct[name] != number:
            raise CompendiumError(f"{path}: a code is used twice among the {name}.")
    if signs:
        raise CompendiumError(f"{path}: short_title: {unprintable_message(signs)}")
    return compendium


def _parse(data: dict) -> Compendium:
    compendium = Compendium(_edition(data), source=f"Compendium, {data['provenance']['date']}")
    for section in data["sections"]:
        compendium.sections[section["code"]] = {
            "title": section["title"],
            "summary": section["summary"],
            "note": section.get("note", ""),
            "kind": section["kind"],
            "basis": section["basis"],
            "position": len(compendium.sections) + 1,
        }
        for statement in section["statements"]:
            compendium.statements[statement["code"]] = {
                "section": section["code"],
                "text": statement["text"],
                "label": first_words(statement["text"], LABEL_LENGTH),
                "position": len(compendium.statements) + 1,
                "audience": statement["audience"],
                "evidence_note": statement.get("evidence_note", ""),
                "sources": statement.get("sources", []),
                "basis": statement["basis"],
                "editor_check": statement["editor_check"],
            }
    return compendium


def _edition(data: dict) -> dict:
    edition = data["edition"]
    return {
        "slug": str(edition["year"]),
        "title": edition["title"],
        "short_title": edition["short_title"],
        "year": edition["year"],
        "publishers": edition["publishers"],
        "isbn": edition["identifier"].get("isbn_electronic", ""),
        "url": edition["url"],
        "licence": edition["licence"]["spdx_like"],
        "licence_url": edition["licence"]["url"],
        "citation": edition["suggested_citation"],
        "languages": edition["languages"],
        "sources": {
            source["id"]: {"title": source["title"], "url": source.get("url", "")}
            for source in data["provenance"]["sources"]
        },
    }
