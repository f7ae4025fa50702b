"""The base of the package schemas of all question types: a strict model, rows with ids, reasons in plain English."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

Flaw = tuple[tuple[str | int, ...], str]  # the path to a field in the YAML of a question, and what is wrong there

# What an author reads for an error of pydantic, by its type. `{field}` is the nearest name in the path.
REASONS = {
    "missing": "`{field}` is missing",
    "extra_forbidden": "`{field}` is not a known field",
    "invalid_key": "the name of a field must be a text",
    "string_type": "`{field}` must be a text",
    "blank": "`{field}` is empty",
    "string_unicode": "`{field}` contains a character that cannot be stored",
    "string_pattern_mismatch": "`{field}` must be a short name without spaces",
    "string_too_long": "`{field}` is longer than {max_length} characters",
    "bool_type": "`{field}` must be true or false",
    "int_type": "`{field}` must be a whole number",
    "greater_than_equal": "`{field}` must be {ge} or more",
    "less_than_equal": "`{field}` must be {le} or less",
    "list_type": "`{field}` must be a list",
    "too_short": "`{field}` must have at least {min_length} entries",
    "too_long": "`{field}` must have at most {max_length} entries",
    "model_type": "must be written as {{id: …, …}}",
}


class Schema(BaseModel):
    """Fields of a course package. Strict: it refuses unknown fields, and true where a number is wanted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def flaws(self) -> Iterator[Flaw]:
        """What is wrong across fields that are each valid. Paths start at this model."""
        yield from ()

    @model_validator(mode="after")
    def _has_no_flaws(self) -> Self:
        raise_flaws(list(self.flaws()))
        return self


def raise_flaws(flaws: list[Flaw]) -> None:
    """Raise a ValidationError if there are flaws. Inside a validator, pydantic puts its own path before theirs."""
    if flaws:
        errors = [
            InitErrorDetails(type=PydanticCustomError("flaw", "{why}", {"why": why}), loc=path, input=None)
            for path, why in flaws
        ]
        raise ValidationError.from_exception_data("flaws", errors)


def flaws_in(schema: type[Schema], data: Any) -> list[Flaw]:
    """Every flaw that the schema finds in the data."""
    try:
        schema.model_validate(data)
    except ValidationError as error:
        return [(details["loc"], _reason(details)) for details in error.errors(include_url=False)]
    return []


def _reason(error: ErrorDetails) -> str:
    field = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")
    pattern = REASONS.get(error["type"])
    if pattern is None:
        return error["msg"].removeprefix("Value error, ")
    return pattern.format(field=field, **error.get("ctx", {}))


def one_of(values: Collection[str]) -> BeforeValidator:
    """A validator for a field that has only these values."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if value not in values:
            raise ValueError(f"`{info.field_name}` must be one of {', '.join(values)}")
        return value

    return BeforeValidator(check)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "is empty")
    return text


def _unique_ids(rows: list[RowT], info: ValidationInfo) -> list[RowT]:
    ids = [row.id for row in rows]
    why = f"appears twice in `{info.field_name}`"
    raise_flaws([((n,), f"the id `{name}` {why}") for n, name in enumerate(ids) if name in ids[:n]])
    return rows


NOT_BLANK = AfterValidator(_not_blank)
ShortText = Annotated[str, Field(max_length=400), NOT_BLANK]
LongText = Annotated[str, Field(max_length=1000), NOT_BLANK]


class SchemaRow(Schema):
    """One entry of a list. Its id must never change, because a permanent UUID is made from it."""

    id: ShortText

    def values(self) -> dict[str, Any]:
        """Everything but the id."""
        return self.model_dump(exclude={"id"})


RowT = TypeVar("RowT", bound=SchemaRow)
Rows = Annotated[list[RowT], AfterValidator(_unique_ids)]


def distinct(texts: list[str]) -> bool:
    """Whether no two of these texts read the same."""
    read = [" ".join(text.casefold().split()) for text in texts]
    return len(set(read)) == len(read)
