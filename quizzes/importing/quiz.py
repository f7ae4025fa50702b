"""Check and load a test of a course package: rules in the front matter, question bank in YAML files next to it.

A question of a bank has the fields of CommonSchema, `kind` (the name of its type), and the fields of that type's
schema. Its pool is its field `pool`, or else its id without the last part: c1-m1-q07 is in the pool c1-m1. With
`critical: true` a wrong answer fails the whole test. Ids must never change, because the permanent UUIDs of a question
and of its options are made from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field
from wagtail.models import Locale

from courses.fields import BlockField
from courses.importing.course import fingerprint, should_write
from courses.importing.format import Part, Problem, duplicates
from courses.importing.front_matter import Entries, StepSchema, front_matter_problems
from quizzes.blueprint import Card, Cell, shortage
from quizzes.importing.bank import CommonSchema, ImportedQuestion, read_questions
from quizzes.models.changed_rules import LEAST_PASS_PERCENT
from quizzes.models.purpose import QuizPurpose, purpose_problems
from quizzes.models.questions import Level, Question
from quizzes.models.records import Review
from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from quizzes.question_types.schema import Flaw, Schema, flaws_in, one_of

DRAW_FIELDS = {"pool", "module", "level", "count"}


class QuizSchema(StepSchema):
    """The fields of a test that have no default."""

    minutes: Annotated[int, Field(ge=1, le=600)]
    draws: Entries
    bank: Entries


class RulesSchema(Schema):
    """The rules of a test that have a default."""

    pass_percent: int = Field(default=80, ge=1, le=100)
    attempts_per_round: int = Field(default=3, ge=1, le=100)
    pause_hours: int = Field(default=24, ge=0, le=1000)
    review: Annotated[str, one_of(Review.values)] = Review.QUESTIONS.value
    mixed: bool = False
    purpose: Annotated[str, one_of(QuizPurpose.values)] = QuizPurpose.TEST.value

    def flaws(self) -> Iterator[Flaw]:
        if self.purpose == QuizPurpose.TEST and self.pass_percent < LEAST_PASS_PERCENT:
            yield ("pass_percent",), f"`pass_percent` of a test must be {LEAST_PASS_PERCENT} or more"


def check(part: Part) -> list[Problem]:
    """Every problem that keeps this test and its bank from being loaded."""
    problems = front_matter_problems(part, QuizSchema)
    problems += _check_rules(part)
    if not isinstance(part.front.get("bank"), list):
        return problems
    questions: list[ImportedQuestion] = []
    for result in read_questions(part):
        if isinstance(result, Problem):
            problems.append(result)
        else:
            questions.append(result)
    for question in questions:
        problems += [Problem(question.file, question.line(path), why) for path, why in _flaws(part, question)]
    with_id = [question for question in questions if isinstance(question.data.get("id"), str) and question.data["id"]]
    by_id = {str(question.data["id"]): question for question in with_id}
    ids = [(question.data["id"], number) for number, question in enumerate(with_id)]
    for problem in duplicates(part, ids, "the question"):
        duplicate = with_id[problem.line]
        problems.append(Problem(duplicate.file, duplicate.line(), problem.why))
    return problems + _check_draws(part, by_id)


def _check_rules(part: Part) -> Iterator[Problem]:
    for _path, why in flaws_in(RulesSchema, _rules(part)):
        yield part.problem(1, why)
    for why in purpose_problems(part.key("page"), part.front.get("purpose", QuizPurpose.TEST.value)):
        yield part.problem(1, why)


def _rules(part: Part) -> dict[str, Any]:
    return {name: value for name, value in part.front.items() if name in RulesSchema.model_fields}


def _check_draws(part: Part, questions: Mapping[str, ImportedQuestion]) -> list[Problem]:
    """The problems of `draws`. `questions` are those of the bank by id.

    A draw reads {pool: name, level: apply, count: 3}, or {question: id} for a question that is in every paper.
    """
    draws = part.front.get("draws")
    problems: list[Problem] = []
    cells: list[Cell] = []
    for draw in draws if isinstance(draws, list) else []:
        try:
            cells.append(_cell(part, draw, questions))
        except ValueError as error:
            problems.append(part.problem(1, f"{error}: {draw}"))
    cards = [
        Card(
            part.key("question", name),
            question.pool,
            str(question.data.get("module") or question.pool),
            str(question.data.get("level")),
            by_people=question.kind in MARKED_BY_PEOPLE,
        )
        for name, question in questions.items()
    ]
    for lack in shortage(cells, cards):
        problems.append(part.problem(1, f"{_describe(lack.cell)}: {lack.lacking} more questions are needed"))
    return problems


def _cell(part: Part, draw: Any, questions: Mapping[str, ImportedQuestion]) -> Cell:
    """The cell of one draw. Raises ValueError with the reason when this is not a draw."""
    if isinstance(draw, dict) and draw.keys() == {"question"}:
        if draw["question"] not in questions:
            raise ValueError("the bank has no such question")
        return Cell(1, key=part.key("question", draw["question"]))
    if not isinstance(draw, dict) or not draw.keys() <= DRAW_FIELDS or not (draw.get("pool") or draw.get("module")):
        raise ValueError(
            "a draw must read {pool: name, count: number}, also with a module or a level, or {question: id}"
        )
    names = {name: draw.get(name, "") for name in ("pool", "module", "level")}
    count = draw.get("count")
    if not all(isinstance(name, str) for name in names.values()) or names["level"] not in ("", *Level.values):
        raise ValueError("`pool`, `module` and `level` must be names")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError("`count` must be a whole number")
    return Cell(count, **names)


def _describe(cell: Cell) -> str:
    return ", ".join(filter(None, (cell.pool, cell.module, cell.level))) or f"question {cell.key}"


def _flaws(part: Part, question: ImportedQuestion) -> Iterator[Flaw]:
    yield from flaws_in(CommonSchema, question.common_fields)
    codes = question.data.get("statements")
    for number, code in enumerate(codes if isinstance(codes, list) else []):
        if isinstance(code, str) and code not in part.statements:
            yield ("statements", number), f"no statement has the code {code}"
    question_type = QUESTION_TYPES.get(question.kind)
    if question_type is None:
        yield ("kind",), f"`{question.kind}` is not a question type; the types are {', '.join(QUESTION_TYPES)}"
    else:
        yield from flaws_in(question_type.schema, question.type_fields)


def content(part: Part) -> dict[str, Any]:
    """The fields of the quiz page. `part` must have passed check()."""
    draws = [_draw_block(part, draw, number) for number, draw in enumerate(part.front["draws"])]
    return {
        "number": str(part.front.get("number", "")),
        "minutes": part.front["minutes"],
        "intro": " ".join(part.body.split()),
        "draws": draws,
        **RulesSchema(**_rules(part)).model_dump(),
    }


def _draw_block(part: Part, draw: dict, number: int) -> dict:
    """One draw as raw data of a block. `number` is its position among the draws."""
    if "question" in draw:
        key = str(part.key("question", draw["question"]))
        return {"type": "fixed", "id": str(part.key("fixed", draw["question"])), "value": {"question": key}}
    value = {name: draw.get(name, "") for name in ("pool", "module", "level")} | {"count": draw["count"]}
    source = draw.get("pool") or draw["module"]
    return {"type": "draw", "id": str(part.key("draw", source, str(number))), "value": value}


def question_keys(part: Part) -> set[UUID]:
    """The keys of the questions of a checked part."""
    imported = (question for question in read_questions(part) if isinstance(question, ImportedQuestion))
    return {part.key("question", question.data["id"]) for question in imported}


def load_bank(part: Part, report) -> None:
    """Write the questions of a checked part as published snippets. Skip those that are the same or edited by hand."""
    locale = Locale.get_default()
    imported = [question for question in read_questions(part) if isinstance(question, ImportedQuestion)]
    keys = [part.key("question", question.data["id"]) for question in imported]
    existing = {row.translation_key: row for row in Question.objects.filter(translation_key__in=keys, locale=locale)}
    for key, question in zip(keys, imported, strict=True):
        _write(part, question, key, existing.get(key), locale, report)


def _write(part: Part, imported: ImportedQuestion, key, existing: Question | None, locale: Locale, report) -> None:
    question = existing.get_latest_revision_as_object() if existing else Question(translation_key=key, locale=locale)
    fields = _fields(part, imported)
    before = fingerprint(question, fields) if existing else ""
    for name, value in fields.items():
        setattr(question, name, value)
    # Convert the raw values as a read from the database would, so that both fingerprints compare the same form.
    for name in ("content", "cites"):
        field = cast(BlockField, question._meta.get_field(name))
        setattr(question, name, field.to_python(fields[name]))
    after = fingerprint(question, fields)
    problems = question.lacking() if before not in ("", after) else []
    if problems and question.live:  # such as a fault that was regraded, and that the package still has
        report.kept.append(f"{imported.file}: {fields['code']} is left as it is. {' '.join(problems)}")
    elif should_write(key, part, before, after, report, fields["code"], live=question.live):
        if existing is None:
            question.live = False
            question.save()
        question.save_revision().publish()


def _fields(part: Part, imported: ImportedQuestion) -> dict[str, Any]:
    common, question_type = CommonSchema(**imported.common_fields), QUESTION_TYPES[imported.kind]

    def keys(*names: str) -> str:
        return str(part.key(*names[:1], common.id, *names[1:]))

    cited = [
        {"type": "item", "value": part.statements[code], "id": keys("statement", code)} for code in common.statements
    ]
    raw = question_type.load(question_type.schema(**imported.type_fields), keys)
    return {
        **common.model_dump(include={"module", "critical", "level", "stem", "rationale"}),
        "code": common.id,
        "pool": imported.pool,
        "content": [{"type": question_type.name, "id": keys("content"), "value": raw}],
        "cites": [{"type": "cites", "id": keys("cites"), "value": cited}],
    }
