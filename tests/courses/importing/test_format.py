"""Reading a part of a course package: its front matter, its body, and the line numbers of problems."""

import pytest

from courses.importing.course import read_package
from courses.importing.format import PartError, fences, read
from courses.importing.front_matter import CourseSchema, LessonSchema, front_matter_problems

pytestmark = pytest.mark.once

LESSON = """---
id: l1
title: First lesson
slug: first-lesson
minutes: 20
objectives: [read]
---

::: text {#a}
Words.
:::
"""


def part(folder, text):
    (folder / "part.md").write_text(text)
    return read(folder, folder / "part.md")


def test_a_part_has_its_front_matter_and_its_body(tmp_path):
    lesson = part(tmp_path, LESSON)
    assert lesson.front["title"] == "First lesson"
    assert (lesson.body.split("\n")[0], lesson.body_line) == ("", 8)
    assert [(fence.anchor, fence.line) for fence in fences(lesson)] == [("a", 9)]
    assert front_matter_problems(lesson, LessonSchema) == []


def test_a_line_of_dashes_in_the_body_does_not_end_the_front_matter(tmp_path):
    assert part(tmp_path, LESSON + "---\n").body.endswith(":::\n---\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id: l1\n", "part.md:1: must begin with front matter between two lines of ---"),
        ("---\nid: l1\n", "part.md:1: must begin with front matter between two lines of ---"),
        ("---\nid: l1\ntitle: a: b\n---\n", "part.md:3: not readable YAML"),
        ("---\nid: l1\nnext_review: 2027-13-01\n---\n", "part.md:2: not readable YAML"),
        ("---\n- l1\n---\n", "part.md:2: front matter must be a list of `name: value`"),
        ("---\n---\n", "part.md:2: front matter must be a list of `name: value`"),
    ],
)
def test_a_part_without_readable_front_matter_is_refused_with_its_line(tmp_path, text, problem):
    with pytest.raises(PartError) as refused:
        part(tmp_path, text)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: l1\n", "", "front matter lacks `id`"),
        ("title: First lesson", "title: ''", "front matter lacks `title`"),
        ("slug: first-lesson", "slug:", "front matter lacks `slug`"),
        ("title: First lesson", "title: 7", "`title` must be a text"),
        ("minutes: 20", "minutes: '20'", "`minutes` must be a whole number"),
        ("minutes: 20", "minutes: true", "`minutes` must be a whole number"),
        ("minutes: 20", "minutes: 0", "`minutes` must be at least 1"),
        ("minutes: 20", "minutes: 241", "`minutes` must be at most 240"),
        ("objectives: [read]", "objectives: []", "front matter lacks `objectives`"),
        ("objectives: [read]", "objectives: read", "`objectives` must be a list"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(tmp_path, old, new, reason):
    assert old in LESSON
    problems = front_matter_problems(part(tmp_path, LESSON.replace(old, new)), LessonSchema)
    assert [str(problem) for problem in problems] == [f"part.md:1: {reason}"]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("format: 2", "`format` must be 1"),
        ("hours: .nan", "`hours` must be a number"),
        ("hours: many", "`hours` must be a number"),
        ("hours: 0", "`hours` must be at least 0.5"),
        ("valid_years: 0", "`valid_years` must be at least 1"),
        ("valid_years: 2028", "`valid_years` must be at most 20"),
        ("title: 'Care \U0001f600'", "`title`: This sign cannot be printed on a certificate: \U0001f600"),
        ("next_review: soon", "`next_review` must be a date, such as 2027-01-31"),
    ],
)
def test_a_wrong_field_of_a_course_is_named(tmp_path, field, reason):
    course = part(tmp_path, f"---\n{field}\n---\n")
    assert f"part.md:1: {reason}" in [str(problem) for problem in front_matter_problems(course, CourseSchema)]


@pytest.mark.parametrize("contents", ["7", "m1", "{m1: m2}"])
def test_contents_that_are_no_list_are_a_problem_and_no_crash(db, tmp_path, contents):
    (tmp_path / "course.md").write_text(f"---\nid: c1\ncontents: {contents}\n---\n")
    reasons = [problem.why for problem in read_package(tmp_path).problems]
    assert "`contents` must be a list" in reasons
