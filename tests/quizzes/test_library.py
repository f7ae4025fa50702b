"""What holds for the tests that ship with the product."""

import pytest

from courses.importing.course import LIBRARY
from courses.importing.format import read
from quizzes.importing.bank import ImportedQuestion, read_questions
from quizzes.models.pages import QuizPurpose
from quizzes.question_types import QUESTION_TYPES

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "package", sorted(folder for folder in LIBRARY.iterdir() if folder.is_dir()), ids=lambda folder: folder.name
)
def test_no_test_with_a_pass_has_a_question_that_is_marked_by_key_words(package):
    parts = [read(package, path) for path in package.rglob("quiz.md")]
    certifying = [part for part in parts if part.front.get("purpose", "test") != QuizPurpose.PRACTICE]
    questions = [row for part in certifying for row in read_questions(part) if isinstance(row, ImportedQuestion)]
    assert len(questions) > 1
    assert [row.data["id"] for row in questions if QUESTION_TYPES[row.kind].marked_by_key_words] == []
