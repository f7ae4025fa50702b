"""The questions and answers of attempts: most rows of the seed, which the database copies from few papers."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection

from elearning.seed.papers import Course

PAPERS = """
CREATE TEMPORARY TABLE seed_paper
(seed bigint, position integer, version_id bigint, option_order {json}, answer {json})
"""
ITEMS = """
INSERT INTO quizzes_attemptitem (attempt_id, position, version_id, option_order, flagged)
SELECT attempt.id, paper.position, paper.version_id, paper.option_order, FALSE
FROM quizzes_attempt attempt JOIN seed_paper paper ON paper.seed = attempt.seed
WHERE attempt.id >= %s ORDER BY attempt.id, paper.position
"""
RESPONSES = """
INSERT INTO quizzes_response (item_id, op, payload, at)
SELECT item.id, 1, paper.answer, attempt.submitted_at
FROM quizzes_attempt attempt
JOIN quizzes_attemptitem item ON item.attempt_id = attempt.id
JOIN seed_paper paper ON paper.seed = attempt.seed AND paper.position = item.position
WHERE attempt.id >= %s AND paper.answer IS NOT NULL ORDER BY item.id
"""


def store(courses: Iterable[Course]) -> None:
    """Put the papers into a table of this session, which add() reads."""
    tests = [test for course in courses for _key, test in course.steps if test]
    rows = [
        (paper.seed, position, version.pk, json.dumps(order), None if answer is None else json.dumps(answer))
        for test in tests
        for paper in (*test.passed, *test.failed)
        for position, (version, order, answer) in enumerate(paper.questions, 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS seed_paper")
        cursor.execute(PAPERS.format(json=connection.data_types["JSONField"]))
        cursor.executemany("INSERT INTO seed_paper VALUES (%s, %s, %s, %s, %s)", rows)
        cursor.execute("ANALYZE seed_paper")


def add(first_attempt: int) -> None:
    """Add questions and answers to this attempt and all later ones. The seed of an attempt names its paper."""
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, [first_attempt])
        cursor.execute(RESPONSES, [first_attempt])
