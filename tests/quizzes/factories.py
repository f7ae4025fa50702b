"""A small question bank and a small test, made with the functions that authors' actions call."""

import uuid
from contextlib import nullcontext

from courses import enrolment, progress, releases
from courses.models.records import CourseRelease
from quizzes import attempts, manual_marking
from quizzes.models.manual_marking import Script
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.question_types import MARKED_BY_PEOPLE, QUESTION_TYPES
from standards.models import Edition, Section, Statement, StatementText
from tests.support import factories

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
    "weighted": {
        "options": [
            {"id": "a", "text": "Call for help", "points": 2, "feedback": "Yes, first of all."},
            {"id": "b", "text": "Open the airway", "points": 1, "feedback": "Yes."},
            {"id": "c", "text": "Note the time", "feedback": "It does no harm, and helps little."},
            {"id": "d", "text": "Make the person vomit", "points": -2, "feedback": "It may choke them."},
            {"id": "e", "text": "Go and look for a doctor", "points": -1, "feedback": "Nobody is left alone."},
        ]
    },
    "truefalse": {"answer": False, "feedback": "It is a health condition."},
    "reasoned": {
        "answer": True,
        "options": [
            {"id": "a", "text": "Tolerance is lost in custody", "correct": True, "feedback": "Yes, within days."},
            {"id": "b", "text": "Prisons sell stronger drugs", "feedback": "That is not why."},
            {"id": "c", "text": "Nobody is treated in prison", "feedback": "Many are, and should be."},
        ],
    },
    "kprim": {
        "statements_to_judge": [
            {"id": "a", "text": "Naloxone can be given through the nose.", "true": True, "feedback": "Yes."},
            {"id": "b", "text": "Naloxone acts for a whole day.", "feedback": "For an hour or less."},
            {"id": "c", "text": "A second dose may be needed.", "true": True, "feedback": "Yes, it wears off."},
            {"id": "d", "text": "It makes people dependent.", "feedback": "It does not."},
        ]
    },
    "short": {
        "keywords": [
            {"id": "a", "ways": ["slow breathing", "breath* slow*", "bradypnoea"]},
            {"id": "b", "ways": ["pinpoint pupils", "small pupils", "miosis"]},
            {"id": "c", "ways": ["unconscious*", "cannot be woken"]},
        ],
        "wanted": 2,
        "unwanted": ["wide pupils", "dilated*"],
        "model": "Slow breathing and very small eyes.",
        "feedback": "Any two of the three.",
    },
    "cloze": {
        "text": "Call for [[one]], open the [[two]] and give [[three]].",
        "gaps": [
            {"id": "one", "answers": ["help", "assistance"]},
            {"id": "two", "answers": ["airway*", "air way"]},
            {"id": "three", "answers": ["naloxone"], "wrong": ["aspirin", "insulin"]},
        ],
        "feedback": "In this order.",
    },
    "numeric": {"answer": 24.8, "tolerance": 0.3, "unit": "%", "feedback": "82 of 331."},
    "matching": {
        "pairs": [
            {"id": "a", "left": "6C41", "right": "Cannabis", "feedback": "6C41 is cannabis."},
            {"id": "b", "left": "6C43", "right": "Opioids", "feedback": "6C43 is opioids."},
            {"id": "c", "left": "6C45", "right": "Cocaine", "feedback": "6C45 is cocaine."},
        ],
        "distractors": [{"id": "x", "text": "Nicotine"}],
    },
    "categorise": {
        "categories": [
            {
                "id": "x",
                "name": "Withdrawal",
                "things": [
                    {"id": "a", "text": "Yawning", "feedback": "An early sign."},
                    {"id": "b", "text": "Goose flesh", "feedback": "From opioids."},
                ],
            },
            {"id": "y", "name": "Overdose", "things": [{"id": "c", "text": "Blue lips", "feedback": "No oxygen."}]},
            {"id": "z", "name": "Neither", "things": [{"id": "d", "text": "A rash", "feedback": "An allergy."}]},
        ]
    },
    "case": {
        "vignette": "A man of 24 lies in a doorway. He breathes four times a minute.",
        "steps": [
            {
                "id": "1",
                "text": "What is to be done first?",
                "options": [
                    {"id": "a", "text": "Speak to him, and call for help", "correct": True, "feedback": "Yes."},
                    {"id": "b", "text": "Look for his papers", "feedback": "Later."},
                    {"id": "c", "text": "Give him coffee", "feedback": "He would choke."},
                ],
            },
            {
                "id": "2",
                "text": "He does not answer, and help is on its way. What now?",
                "several": True,
                "options": [
                    {"id": "a", "text": "Give breaths", "correct": True, "feedback": "He needs oxygen."},
                    {"id": "b", "text": "Give a spray of naloxone", "correct": True, "feedback": "It wakes him."},
                    {"id": "c", "text": "Put him under a cold shower", "feedback": "It delays what helps."},
                ],
            },
            {
                "id": "3",
                "text": "He wakes and wants to go. What do you advise?",
                "options": [
                    {"id": "a", "text": "To stay for some hours", "correct": True, "feedback": "It wears off."},
                    {"id": "b", "text": "To go home by himself", "feedback": "He may stop breathing again."},
                ],
            },
        ],
    },
    "freetext": {
        "criteria": [
            {
                "id": "a",
                "label": "Says why it is urgent",
                "points": 2,
                "guide": "One point for the breath, one for time.",
            },
            {"id": "b", "label": "Names what to do", "points": 4, "guide": "One point for each right act."},
        ],
        "markers": 2,
        "tolerance": 1,
        "longest": 600,
        "model": "Breathing fails within minutes. Call for help, open the airway, give breaths and naloxone.",
        "feedback": "Any order of the acts is right, as long as help comes first.",
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

# Question types that are marked by a rule: a paper of them has its result as soon as it is handed in.
BY_RULE = [kind for kind in ITEMS if kind not in MARKED_BY_PEOPLE]


def keys(*names: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(names)))


def loaded(kind: str, question: dict, keys) -> dict:
    """Raw block data of a package question of this type."""
    question_type = QUESTION_TYPES[kind]
    return question_type.load(question_type.schema(**question), keys)


def body(kind: str, **changes) -> dict:
    """The frozen content of the sample question of this type."""
    question_type = QUESTION_TYPES[kind]
    value = question_type.block().to_python(loaded(kind, {**ITEMS[kind], **changes}, keys))
    return question_type.freeze(value, uuid.uuid5(uuid.NAMESPACE_URL, kind))


def content(kind: str, statements=(), **changes) -> dict:
    """A whole frozen question of this type."""
    cited = [{"code": code, "pk": number} for number, code in enumerate(statements, 1)]
    return {"kind": kind, "stem": "What now?", "rationale": "", "statements": cited, "body": body(kind, **changes)}


def statement(code: str) -> Statement:
    """A statement in a small edition for tests."""
    edition, _ = Edition.objects.get_or_create(
        slug="test", defaults={"title": "Standards", "short_title": "Standards", "year": 2020, "licence": "CC"}
    )
    section, _ = Section.objects.get_or_create(
        edition=edition,
        code="1.3",
        defaults={"title": "Conditions", "kind": "system", "basis": "sourced", "position": 1},
    )
    position = Statement.objects.count() + 1
    created = Statement.objects.create(
        edition=edition, section=section, code=code, label=code, position=position, basis="sourced", editor_check=False
    )
    StatementText.objects.create(statement=created, language="en", kind="paraphrase", text=f"What {code} says.")
    return created


def question(
    kind: str = "single", pool: str = "p1", code: str = "", cites=(), publish: bool = True, **changes
) -> Question:
    """A question of the bank, published by default."""
    number = Question.objects.count() + 1
    code = code or f"{pool}-q{number:02}"
    content_field, cites_field = (Question._meta.get_field(name) for name in ("content", "cites"))
    created = Question(code=code, pool=pool, level="apply", stem=f"Question {code}?", rationale=f"Because of {code}.")
    raw = loaded(kind, {**ITEMS[kind], **changes}, lambda *names: keys(code, *names))
    created.content = content_field.to_python([{"type": kind, "id": keys(code), "value": raw}])
    cited = [{"type": "item", "id": keys(code, statement.code), "value": statement.pk} for statement in cites]
    created.cites = cites_field.to_python([{"type": "cites", "id": keys(code, "cites"), "value": cited}])
    created.live = False
    with factories.unindexed() if publish else nullcontext():
        created.save()
        revision = created.save_revision()
    if publish:
        revision.publish()
        created.refresh_from_db()
    return created


def quiz(parent, draws=(("p1", 2),), title: str = "Final test", fixed=(), **fields) -> QuizPage:
    """A test that draws the given number of questions from each pool, then asks the fixed questions."""
    page = QuizPage(title=title, slug=title.lower().replace(" ", "-"), **{"minutes": 45, **fields})
    raw = [{"type": "draw", "id": str(uuid.uuid4()), "value": {"pool": pool, "count": count}} for pool, count in draws]
    raw += [
        {"type": "fixed", "id": str(uuid.uuid4()), "value": {"question": str(question.translation_key)}}
        for question in fixed
    ]
    page.draws = QuizPage._meta.get_field("draws").to_python(raw)
    return factories.publish(parent, page)


def course_with_test(kinds=("single", "single"), lessons: int = 1, **fields) -> QuizPage:
    """A released course: lessons, then a test with one question of each type, in this order. Essays come last."""
    course = factories.course(lessons=lessons, released=False)
    questions = {f"p{number}": question(kind, pool=f"p{number}") for number, kind in enumerate(kinds, 1)}
    draws = [(pool, 1) for pool, row in questions.items() if not row.by_people]
    page = quiz(course, draws, fixed=[row for row in questions.values() if row.by_people], **fields)
    releases.release(course, CourseRelease.Kind.EDITORIAL, None, without_test=True)  # for a course with practice only
    return page


def enrol(learner, page: QuizPage, lessons_done: bool = True):
    """The learner's enrolment in the course of the test, with all lessons done by default."""
    new_enrolment = enrolment.join(learner, page.get_parent().translation_key)
    if lessons_done:
        for step in new_enrolment.release.steps:
            if step["kind"] == "lesson":
                progress.complete_step(new_enrolment, step["key"])
    return new_enrolment


def answer_all(attempt, right: int | None = None) -> None:
    """Answer the first `right` questions (by default all) with their key, and leave the others unanswered."""
    for item in attempt.items.select_related("version")[:right]:
        attempts.save(attempt, item, 1, item.version.question_type.key(item.version.content["body"]), False)


def mark_texts(attempt, *markers, share: int = 1) -> None:
    """Mark every text of the attempt as each of these people: all points of the rubric, or none with `share` 0."""
    for script in Script.objects.filter(item__attempt=attempt).select_related("item__version"):
        criteria = script.item.version.content["body"]["criteria"]
        for marker in markers:
            taken = manual_marking.take(marker, script.item.version_id)
            points = {criterion["id"]: criterion["points"] * share for criterion in criteria}
            manual_marking.mark(taken, marker, points, "Read with care.")


def versions() -> list[int]:
    return list(QuestionVersion.objects.order_by("number").values_list("number", flat=True))
