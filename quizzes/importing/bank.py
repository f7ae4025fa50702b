"""Read the bank files of a course package: the questions, each with the lines of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field

from courses.importing.format import Part, Problem
from quizzes.models.questions import Level
from quizzes.question_types.schema import NOT_BLANK, Schema, one_of

NOT_CODES = "`statements` must be a list of codes in quotation marks"


def _codes(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
        raise ValueError(NOT_CODES)
    return value


class CommonSchema(Schema):
    """The fields of every question of a bank, whatever its type."""

    id: Annotated[str, Field(max_length=60), NOT_BLANK]
    stem: Annotated[str, Field(max_length=2000), NOT_BLANK]
    rationale: Annotated[str, Field(max_length=2000), NOT_BLANK]
    level: Annotated[str, one_of(Level.values)]
    statements: Annotated[list[str], BeforeValidator(_codes)]
    critical: bool = False
    module: str = Field(default="", pattern=r"^[-a-zA-Z0-9_]{0,60}$")
    pool: Any = ""


@dataclass(frozen=True)
class ImportedQuestion:
    """One question of a bank file. The YAML node it was read from gives the line numbers."""

    file: str
    node: yaml.Node
    data: Any

    def line(self, path: tuple = ()) -> int:
        """The line (from 1) of the field at this path, or of the nearest field above it that the file has."""
        node = self.node
        for step in path:
            child = _child_node(node, step)
            if child is None:
                break
            node = child
        return node.start_mark.line + 1

    @property
    def pool(self) -> str:
        return str(self.data.get("pool") or self.data["id"].rpartition("-")[0])

    @property
    def kind(self) -> str:
        """The name of the question's type as written; "None" when it is missing."""
        return str(self.data.get("kind"))

    @property
    def common_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.data.items() if name in CommonSchema.model_fields}

    @property
    def type_fields(self) -> dict[str, Any]:
        """The fields that belong to the question's type."""
        common = CommonSchema.model_fields.keys() | {"kind"}
        return {name: value for name, value in self.data.items() if name not in common}


def _child_node(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def read_questions(part: Part) -> Iterator[ImportedQuestion | Problem]:
    """The questions of all bank files of a quiz part, and a Problem for each thing that cannot be read."""
    names = part.front.get("bank")  # whatever else it is has been reported by the schema
    for name in names if isinstance(names, list) else []:
        path = (part.path.parent / str(name)).resolve()
        if part.root.resolve() not in path.parents or not path.is_file():
            yield part.problem(1, f"there is no bank file `{name}` in the package")
            continue
        file = str(path.relative_to(part.root.resolve()))
        try:
            yield from _read(file, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            yield Problem(file, 1, f"cannot be read: {error}")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            yield Problem(file, mark.line + 1 if mark else 1, f"not valid YAML: {getattr(error, 'problem', error)}")


def _read(file: str, text: str) -> Iterator[ImportedQuestion | Problem]:
    loader = yaml.SafeLoader(text)
    node = loader.get_single_node()
    if not isinstance(node, yaml.SequenceNode):
        yield Problem(file, 1, "must be a list of questions")
        return
    for child in node.value:
        data = loader.construct_document(child)
        if isinstance(data, dict):
            yield ImportedQuestion(file, child, data)
        else:
            yield Problem(file, child.start_mark.line + 1, "a question must be written as `- id: …`")
