"""A small bank and a small test, made with the same verbs authors use."""

import uuid

from courses import enrolment, progress, releases
from courses.models.records import CourseRelease
from quizzes import attempts
from quizzes.kinds import KINDS
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from standards.models import Edition, Section, Statement, StatementText
from tests import factories

ITEMS = {
    "single": {
        "options": [
            {"id": "a", "text": "Naloxone", "correct": True, "feedback": "Yes, it reverses an overdose."},
            {"id": "b", "text": "Aspirin", "feedback": "It relieves pain."},
            {"id": "c", "text": "Water", "feedback": "It helps thirst."},
        ]
    },
    "multiple": {
        "options": [
            {"id": "a", "text": "Dignity", "correct": True, "feedback": "Yes."},
            {"id": "b", "text": "Consent", "correct": True, "feedback": "Yes."},
            {"id": "c", "text": "Privacy", "correct": True, "feedback": "Yes."},
            {"id": "d", "text": "Blame", "feedback": "Blame keeps people away."},
            {"id": "e", "text": "Delay", "feedback": "Delay costs lives."},
        ]
    },
    "truefalse": {"answer": False, "feedback": "It is a health condition."},
    "numeric": {"answer": 24.8, "tolerance": 0.3, "unit": "%", "feedback": "82 of 331."},
    "matching": {
        "pairs": [
            {"id": "a", "left": "6C41", "right": "Cannabis", "feedback": "6C41 is cannabis."},
            {"id": "b", "left": "6C43", "right": "Opioids", "feedback": "6C43 is opioids."},
            {"id": "c", "left": "6C45", "right": "Cocaine", "feedback": "6C45 is cocaine."},
        ],
        "distractors": [{"id": "x", "text": "Nicotine"}],
    },
    "ordering": {
        "items": [
            {"id": "a", "text": "First elements"},
            {"id": "b", "text": "Draft"},
            {"id": "c", "text": "Field test"},
            {"id": "d", "text": "Revised edition"},
        ],
        "feedback": "From 2014 to 2020.",
    },
}


def keys(*names: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(names)))


def body(kind: str, **changes) -> dict:
    """The frozen content of a sample item of this kind."""
    module = KINDS[kind]
    block = module.Block()
    value = block.to_python(module.load({**ITEMS[kind], **changes}, keys))
    return module.freeze(value, uuid.uuid5(uuid.NAMESPACE_URL, kind))


def content(kind: str, statements=(), **changes) -> dict:
    """A whole frozen question."""
    cited = [{"code": code, "pk": number} for number, code in enumerate(statements, 1)]
    return {"kind": kind, "stem": "What now?", "rationale": "", "statements": cited, "body": body(kind, **changes)}


def statement(code: str) -> Statement:
    """A statement of a small edition of our own."""
    edition, _ = Edition.objects.get_or_create(
        slug="test", defaults={"title": "Standards", "short_title": "Standards", "year": 2020, "licence": "CC"}
    )
    section, _ = Section.objects.get_or_create(
        edition=edition,
        code="1.3",
        defaults={"title": "Conditions", "kind": "system", "basis": "sourced", "position": 1},
    )
    position = Statement.objects.count() + 1
    made = Statement.objects.create(
        edition=edition, section=section, code=code, label=code, position=position, basis="sourced", editor_check=False
    )
    StatementText.objects.create(statement=made, language="en", kind="paraphrase", text=f"What {code} says.")
    return made


def question(
    kind: str = "single", pool: str = "p1", code: str = "", cites=(), publish: bool = True, **changes
) -> Question:
    """A question of the bank, published unless told otherwise."""
    number = Question.objects.count() + 1
    code = code or f"{pool}-q{number:02}"
    content_field, cites_field = (Question._meta.get_field(name) for name in ("content", "cites"))
    made = Question(code=code, pool=pool, level="apply", stem=f"Question {code}?", rationale=f"Because of {code}.")
    raw = KINDS[kind].load({**ITEMS[kind], **changes}, lambda *names: keys(code, *names))
    made.content = content_field.to_python([{"type": kind, "id": keys(code), "value": raw}])
    cited = [{"type": "item", "id": keys(code, found.code), "value": found.pk} for found in cites]
    made.cites = cites_field.to_python([{"type": "cites", "id": keys(code, "cites"), "value": cited}])
    made.live = False
    made.save()
    revision = made.save_revision()
    if publish:
        revision.publish()
        made.refresh_from_db()
    return made


def quiz(parent, draws=(("p1", 2),), title: str = "Final test", **fields) -> QuizPage:
    page = QuizPage(title=title, slug=title.lower().replace(" ", "-"), **{"minutes": 45, **fields})
    raw = [{"type": "draw", "id": str(uuid.uuid4()), "value": {"pool": pool, "count": count}} for pool, count in draws]
    page.draws = QuizPage._meta.get_field("draws").to_python(raw)
    return factories.publish(parent, page)


def course_with_test(kinds=("single", "single"), lessons: int = 1, **fields) -> QuizPage:
    """A released course: lessons, then a test that draws one question of each of these kinds, in this order."""
    course = factories.course(lessons=lessons, released=False)
    for number, kind in enumerate(kinds, 1):
        question(kind, pool=f"p{number}")
    page = quiz(course, [(f"p{number}", 1) for number in range(1, len(kinds) + 1)], **fields)
    releases.release(course, CourseRelease.Kind.EDITORIAL, None)
    return page


def enrol(learner, page: QuizPage, lessons_done: bool = True):
    """The learner's enrolment in the course of the test, its lessons done unless told otherwise."""
    mine = enrolment.join(learner, page.get_parent().translation_key)
    if lessons_done:
        for step in mine.release.steps:
            if step["kind"] == "lesson":
                progress.complete_step(mine, step["key"])
    return mine


def answer_all(attempt, right: int | None = None) -> None:
    """Answer the first `right` items with their key (all of them unless told), leave the others."""
    for item in attempt.items.select_related("version")[:right]:
        attempts.save(attempt, item, 1, item.version.kind.key(item.version.content["body"]), False)


def versions() -> list[int]:
    return list(QuestionVersion.objects.order_by("number").values_list("number", flat=True))
