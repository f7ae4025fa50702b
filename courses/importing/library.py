"""The course packages that ship with the product, and choosing among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from courses.importing.course import LIBRARY
from courses.importing.format import read
from courses.models.pages import CoursePage


class UnknownPackage(ValueError):
    """A course was named that the library does not have. The text names it and those that there are."""


@dataclass(frozen=True)
class LibraryPackage:
    folder: Path
    code: str
    title: str
    loaded: bool  # there is a course with this code


def packages() -> list[LibraryPackage]:
    """Return the packages of the library, ordered by the codes of their courses."""
    loaded = set(CoursePage.objects.values_list("code", flat=True))
    found = []
    for path in LIBRARY.glob("*/course.md"):
        front = read(path.parent, path).front
        code = str(front["code"])
        found.append(LibraryPackage(path.parent, code, str(front["title"]), code in loaded))
    return sorted(found, key=lambda package: package.code)


def choose(text: str, available: list[LibraryPackage]) -> list[LibraryPackage]:
    """Return the packages that a text names: "all", "none", or codes separated by commas. Raises UnknownPackage."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if words in ([], ["none"]):
        return []
    if words == ["all"]:
        return available
    names = {name.lower(): package for package in available for name in (package.code, package.folder.name)}
    if unknown := [word for word in words if word not in names]:
        there_are = ", ".join(package.code for package in available)
        raise UnknownPackage(f"There is no course {', '.join(unknown)}. Write all, none, or some of: {there_are}")
    return list(dict.fromkeys(names[word] for word in words))
