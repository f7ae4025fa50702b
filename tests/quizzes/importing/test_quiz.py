"""A test in a course package: problems with file and line, and what a second load does."""

from pathlib import Path

import pytest
from django.core.management import call_command

from courses.importing import course as course_packages
from courses.importing.format import read
from quizzes.importing import quiz
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question, QuestionVersion
from quizzes.models.records import Review
from quizzes.question_types import QUESTION_TYPES

pytestmark = pytest.mark.once

FRONT = """---
kind: quiz
id: t1
slug: final-test
title: Final test
minutes: 45
draws:
  - {pool: p1, count: 1}
bank: [bank.yaml]
---

Read slowly.
"""
GOOD = """# Pool p1
- id: p1-q01
  kind: truefalse
  level: remember
  statements: ["1.1.1"]
  stem: "It is so."
  rationale: "Because."
  answer: true
  feedback: "Yes."
"""
SINGLE = """- id: p1-q02
  kind: single
  level: remember
  statements: ["1.1.1"]
  stem: "Which?"
  rationale: "Because."
  options:
    - {id: a, text: "This", correct: true, feedback: "Yes."}
    - {id: b, text: "That", feedback: "No."}
"""


def part(folder: Path, bank: str = GOOD, front: str = FRONT):
    (folder / "quiz.md").write_text(front)
    (folder / "bank.yaml").write_text(bank)
    return read(folder, folder / "quiz.md", "c9", {"1.1.1": 1})


def problems(*args) -> list[str]:
    return [str(problem) for problem in quiz.check(part(*args))]


def test_a_good_part_has_no_problems(tmp_path):
    assert problems(tmp_path, GOOD + SINGLE) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('  answer: true\n', "", "bank.yaml:2: `answer` is missing"),
        ("answer: true", "answer: perhaps", "bank.yaml:8: `answer` must be true or false"),
        ('["1.1.1"]', '["9.9.9"]', "bank.yaml:5: no statement has the code 9.9.9"),
        ('["1.1.1"]', "[1.1]", "bank.yaml:5: `statements` must be a list of codes in quotation marks"),
        ("level: remember", "level: know", "bank.yaml:4: `level` must be one of remember, understand, apply, analyse"),
        ("kind: truefalse", "kind: essay", f"bank.yaml:3: `essay` is not a question type; the types are {', '.join(QUESTION_TYPES)}"),
        ('  stem: "It is so."\n', "  stem: 7\n", "bank.yaml:6: `stem` must be a text"),
        ('"It is so."', f'"{"x" * 2001}"', "bank.yaml:6: `stem` is longer than 2000 characters"),
        ("  level: remember\n", "", "bank.yaml:2: `level` is missing"),
        ("  level: remember\n", "  level: remember\n  critical: 1\n", "bank.yaml:5: `critical` must be true or false"),
        ("  level: remember\n", "  level: remember\n  module: m 1\n", "bank.yaml:5: `module` must be a short name without spaces"),
        ('  feedback: "Yes."\n', '  feedback: "Yes."\n  hints: "none"\n', "bank.yaml:10: `hints` is not a known field"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_file_and_line(tmp_path, old, new, problem):
    assert old in GOOD
    assert problems(tmp_path, GOOD.replace(old, new)) == [problem]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('id: b, text: "That"', 'id: a, text: "That"', ["bank.yaml:9: the id `a` appears twice in `options`"]),
        ('text: "That"', 'text: "this"', ["bank.yaml:8: two options have the same text"]),
        (", correct: true", "", ["bank.yaml:8: exactly one option must have `correct: true`"]),
        ('feedback: "No."', 'feedbak: "No."', ["bank.yaml:9: `feedback` is missing", "bank.yaml:9: `feedbak` is not a known field"]),
    ],
)  # fmt: skip
def test_a_mistake_in_an_option_is_named_at_the_option(tmp_path, old, new, expected):
    assert old in SINGLE
    bank = SINGLE.replace("p1-q02", "p1-q01").replace(old, new)
    assert problems(tmp_path, bank) == expected


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("pass_percent: 0", "`pass_percent` must be 1 or more"),
        ("pass_percent: 101", "`pass_percent` must be 100 or less"),
        ("pass_percent: true", "`pass_percent` must be a whole number"),
        ("attempts_per_round: 0", "`attempts_per_round` must be 1 or more"),
        ("pause_hours: 1.5", "`pause_hours` must be a whole number"),
        ("pause_hours: 1001", "`pause_hours` must be 1000 or less"),
        ("review: never", f"`review` must be one of {', '.join(Review.values)}"),
        ("mixed: 1", "`mixed` must be true or false"),
        ("pass_percent: 49", "`pass_percent` of a test must be 50 or more"),
        ("minutes: 0", "`minutes` must be at least 1"),
        ("minutes: 601", "`minutes` must be at most 600"),
    ],
)
def test_a_rule_out_of_bounds_is_refused(tmp_path, rule, why):
    front = FRONT.replace("minutes: 45\n", "") if rule.startswith("minutes") else FRONT
    assert problems(tmp_path, GOOD, front.replace("kind: quiz\n", f"kind: quiz\n{rule}\n")) == [f"quiz.md:1: {why}"]


def test_a_rule_that_is_not_given_has_its_default(tmp_path):
    rules = {
        "pass_percent": 80,
        "attempts_per_round": 3,
        "pause_hours": 24,
        "review": "questions",
        "mixed": False,
        "purpose": "test",
    }
    changed = {"pass_percent": 70, "review": "score"}
    front = FRONT.replace("kind: quiz\n", "kind: quiz\npass_percent: 70\nreview: score\n")
    for expected, written in ((rules, FRONT), (rules | changed, front)):
        loaded = quiz.content(part(tmp_path, GOOD, written))
        assert {name: loaded[name] for name in rules} == expected


def test_a_question_that_stands_twice_is_refused_where_it_stands_again(tmp_path):
    assert problems(tmp_path, GOOD + GOOD) == ["bank.yaml:11: the question `p1-q01` is used twice"]


def test_a_pool_that_cannot_fill_the_draw_is_refused(tmp_path):
    front = FRONT.replace("count: 1", "count: 3")
    assert problems(tmp_path, GOOD, front) == ["quiz.md:1: p1: 2 more questions are needed"]


@pytest.mark.parametrize(
    ("bank", "problem"),
    [
        ("- [unclosed\n", "bank.yaml:2: not valid YAML"),
        ("id: alone\n", "bank.yaml:1: must be a list of questions"),
        ("- only words\n", "bank.yaml:1: a question must be written as `- id: …`"),
        ("", "bank.yaml:1: must be a list of questions"),
    ],
)
def test_a_file_that_is_no_bank_is_refused(tmp_path, bank, problem):
    assert problems(tmp_path, bank)[0].startswith(problem)


@pytest.mark.parametrize("name", ["../outside.yaml", "missing.yaml", "/etc/hostname"])
def test_a_bank_outside_the_package_is_not_read(tmp_path, name):
    inner = tmp_path / "package"
    inner.mkdir()
    (tmp_path / "outside.yaml").write_text(GOOD)
    front = FRONT.replace("bank.yaml", name)
    assert f"quiz.md:1: there is no bank file `{name}` in the package" in problems(inner, GOOD, front)


@pytest.mark.parametrize(
    "odd",
    ["- {id: [1], kind: {a: 1}, level: [], statements: 3, stem: null}", "- {id: x, kind: {a: 1}, pool: [], 5: 6, ? [a] : b}", "- {kind: matching, pairs: [1, {left: 2}], distractors: 7}",
     "- {kind: ordering, items: {a: b}}", "- {kind: numeric, answer: [1], tolerance: x, unit: 4}", "- {kind: single, options: [null, 3]}"],
)  # fmt: skip
def test_odd_yaml_gives_problems_and_no_crash(tmp_path, odd):
    assert problems(tmp_path, odd + "\n") != []


@pytest.fixture
def foundations(db):
    call_command("load_standards")
    call_command("prepare")
    return course_packages.LIBRARY / "foundations"


def test_the_course_of_the_library_brings_its_test_and_bank_and_a_second_load_writes_nothing(foundations):
    course_packages.load(foundations)
    page = QuizPage.objects.get()
    assert (page.item_count, page.minutes, page.pass_percent, page.live) == (24, 45, 80, True)
    assert (Question.objects.filter(live=True).count(), QuestionVersion.objects.count()) == (50, 50)
    assert {row.question_type.name for row in QuestionVersion.objects.all()} == {
        "single", "multiple", "truefalse", "reasoned", "numeric", "matching", "ordering", "case",
    }  # fmt: skip
    before = list(Question.objects.order_by("pk").values("pk", "latest_revision_id", "content"))
    again = course_packages.load(foundations)
    assert (again.written, again.kept) == ([], [])
    assert list(Question.objects.order_by("pk").values("pk", "latest_revision_id", "content")) == before
    assert QuestionVersion.objects.count() == 50
    cited = Question.objects.get(code="c1-m1-q04").statements()
    assert [row.code for row in cited] == ["A.1.2", "A.1.3", "A.1.4", "A.1.7"]


def test_what_somebody_changed_by_hand_is_kept_and_reported(foundations):
    course_packages.load(foundations)
    question = Question.objects.get(code="c1-m1-q01")
    question.stem = "Who wrote them, in our words?"
    question.save_revision().publish()
    report = course_packages.load(foundations)
    question.refresh_from_db()
    assert question.stem == "Who wrote them, in our words?"
    assert report.written == []
    assert report.kept == ["final-test/quiz.md: c1-m1-q01 was changed by hand and is left as it is"]
