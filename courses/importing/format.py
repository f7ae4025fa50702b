"""The format of a course package's parts: text files with front matter and fenced blocks. Reads files, no database."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from frontmatter import YAMLHandler

# The lines around the front matter. The pattern matches within one line, so that line numbers can be counted.
FRONT_MATTER = YAMLHandler(fm_boundary=re.compile(r"^---[ \t]*$", re.MULTILINE))
NO_FRONT_MATTER = "must begin with front matter between two lines of ---"
NAMESPACE = uuid.UUID("6f0c2a5e-59d4-5f0e-9d0a-5904e1d2c3b4")
FENCE = re.compile(r"^::: (?P<kind>[a-z]+)(?: \{(?P<attributes>[^}]*)\})?\s*$")
ATTRIBUTE = re.compile(r'#(?P<anchor>[a-z0-9][a-z0-9-]*)|(?P<name>[a-z_]+)="(?P<value>[^"]*)"')


@dataclass(frozen=True)
class Problem:
    """One reason why a package cannot be loaded: file within the package, line (from 1), reason."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class PartError(ValueError):
    """A part cannot be read at all."""

    def __init__(self, problem: Problem):
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Fence:
    """One fenced block, from `::: kind {#anchor name="value"}` to `:::`. `line` is its first line in the file."""

    kind: str
    anchor: str
    attributes: dict[str, str]
    text: str
    line: int


@dataclass(frozen=True)
class Part:
    """One file of a package. `statements` maps the codes that may be cited to the pks of their statements."""

    root: Path
    path: Path
    front: dict[str, Any]
    body: str
    body_line: int
    package: str = ""
    statements: dict[str, int] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return str(self.path.relative_to(self.root))

    def problem(self, line: int, why: str) -> Problem:
        return Problem(self.file, line, why)

    def key(self, *names: str) -> uuid.UUID:
        """A stable UUID from the declared ids of package and part, and `names`. File names are not part of it."""
        return uuid.uuid5(NAMESPACE, "/".join((self.package, str(self.front.get("id", "")), *names)))

    def unknown_statements(self, codes: list[str], line: int) -> list[Problem]:
        return [
            self.problem(line, f"no statement has the code {code}") for code in codes if code not in self.statements
        ]


def read(root: Path, path: Path, package: str = "", statements: dict[str, int] | None = None) -> Part:
    """Read one part from its file.

    Raises PartError when the file is missing, is not UTF-8 or has no readable front matter.
    """
    name = str(path.relative_to(root))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PartError(Problem(name, 1, f"cannot be read: {error}")) from error
    if not FRONT_MATTER.detect(text):
        raise PartError(Problem(name, 1, NO_FRONT_MATTER))
    try:
        source, body = FRONT_MATTER.split(text)
    except ValueError as error:  # there is no second line of ---
        raise PartError(Problem(name, 1, NO_FRONT_MATTER)) from error
    try:
        front = FRONT_MATTER.load(source)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 + mark.line if mark else 2  # `source` begins with the line break that ends line 1
        raise PartError(Problem(name, line, f"not readable YAML: {getattr(error, 'problem', error)}")) from error
    if not isinstance(front, dict):
        raise PartError(Problem(name, 2, "front matter must be a list of `name: value`"))
    body_line = source.count("\n") + 2
    return Part(root, path, front, body.removeprefix("\n"), body_line, package, statements or {})


def fences(part: Part) -> Iterator[Fence | Problem]:
    """The fenced blocks of a part in order, and a Problem for each line outside a block and for an unclosed block."""
    opening: tuple[re.Match, int] | None = None
    lines: list[str] = []
    for number, line in enumerate(part.body.split("\n"), start=part.body_line):
        if opening and line.strip() == ":::":
            yield _fence(opening[0], lines, opening[1])
            opening, lines = None, []
        elif opening:
            lines.append(line)
        elif match := FENCE.match(line):
            opening = (match, number)
        elif line.strip():
            yield part.problem(number, "this text is outside a block; put it between `::: text {#name}` and `:::`")
    if opening:
        yield part.problem(opening[1], "this block is not closed by a line of `:::`")


def _fence(match: re.Match, lines: list[str], line: int) -> Fence:
    anchor, attributes = "", {}
    for attribute in ATTRIBUTE.finditer(match["attributes"] or ""):
        if attribute["anchor"]:
            anchor = attribute["anchor"]
        else:
            attributes[attribute["name"]] = attribute["value"]
    return Fence(match["kind"], anchor, attributes, "\n".join(lines).strip("\n"), line)


def duplicates(part: Part, names: list[tuple[str, int]], what: str) -> list[Problem]:
    """A Problem for every name that is empty or was used before. `names` are pairs of name and line."""
    used: set[str] = set()
    problems = []
    for name, line in names:
        if not name:
            problems.append(part.problem(line, f"{what} has no id; give it one that will never change"))
        elif name in used:
            problems.append(part.problem(line, f"{what} `{name}` is used twice"))
        used.add(name)
    return problems
