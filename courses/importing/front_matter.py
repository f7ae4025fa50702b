"""The fields of the front matter of each kind of part, as pydantic models, and the problems that they find."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from accounts.printable import unprintable, unprintable_message
from courses.importing.format import Part, Problem
from courses.models.releases import MOST_YEARS

FORMAT = 1  # the version of the package format

EMPTY: tuple[Any, ...] = (None, "", [])

# What an author reads for an error of pydantic, by its type.
REASONS = {
    "string_type": "`{field}` must be a text",
    "int_type": "`{field}` must be a whole number",
    "float_type": "`{field}` must be a number",
    "finite_number": "`{field}` must be a number",
    "list_type": "`{field}` must be a list",
    "greater_than_equal": "`{field}` must be at least {ge}",
    "less_than_equal": "`{field}` must be at most {le}",
    "date_type": "`{field}` must be a date, such as 2027-01-31",
}


def _known_format(value: Any) -> Any:
    if value != FORMAT:
        raise ValueError(f"`format` must be {FORMAT}")
    return value


def _as_text(value: Any) -> Any:
    """Accept a number without quotation marks, such as 1.2, and an empty field."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _printable(value: str, info: ValidationInfo) -> str:
    signs = unprintable(value)
    if signs:
        raise ValueError(f"`{info.field_name}`: {unprintable_message(signs)}")
    return value


Text = Annotated[str, Field(min_length=1)]
PrintedText = Annotated[Text, AfterValidator(_printable)]
Entries = Annotated[list[Any], Field(min_length=1)]
OptionalText = Annotated[str, BeforeValidator(_as_text)]
Minutes = Annotated[int, Field(ge=0, le=1000)]


class PartSchema(BaseModel):
    """The fields of every part. Strict: `true` is not accepted as a number. Unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text
    title: Text
    slug: Text


class CourseSchema(PartSchema):
    format: Annotated[Any, BeforeValidator(_known_format)] = Field(default=None, validate_default=True)
    title: PrintedText
    code: PrintedText
    short_title: Text
    hours: Annotated[float, AllowInfNan(False), Field(ge=0.5, le=999)]
    valid_years: Annotated[int, Field(ge=1, le=MOST_YEARS)]
    edition: Text
    outcomes: Entries
    authors: Entries
    contents: Entries
    on_monday: list[Any] = []
    audience: OptionalText = ""
    requires: OptionalText = ""
    next_review: date | None = None


class ModuleSchema(PartSchema):
    contents: Entries
    number: OptionalText = ""
    minutes: Minutes = 0


class StepSchema(PartSchema):
    """The fields of a lesson or a test."""

    minutes: Annotated[int, Field(ge=1, le=240)]
    number: OptionalText = ""


class LessonSchema(StepSchema):
    objectives: Entries


def front_matter_problems(part: Part, schema: type[PartSchema]) -> list[Problem]:
    """A problem for each field of the front matter that is absent, empty or of the wrong type."""
    try:
        schema.model_validate(part.front)
    except ValidationError as error:
        return [part.problem(1, _reason(details)) for details in error.errors(include_url=False)]
    return []


def _reason(error: ErrorDetails) -> str:
    field = error["loc"][0] if error["loc"] else ""
    if error["type"] == "value_error":
        return error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing" or error["input"] in EMPTY:
        return f"front matter lacks `{field}`"
    return REASONS.get(error["type"], "`{field}` has the wrong form").format(field=field, **error.get("ctx", {}))
