"""The bank (questions), the test as a page (pages), and who sat it (records)."""

from quizzes.models.pages import QuizPage
from quizzes.models.questions import Level, Question, QuestionVersion
from quizzes.models.records import Accommodation, Attempt, AttemptItem, Mark, Response, Review, State, Why

__all__ = [
    "Accommodation",
    "Attempt",
    "AttemptItem",
    "Level",
    "Mark",
    "Question",
    "QuestionVersion",
    "QuizPage",
    "Response",
    "Review",
    "State",
    "Why",
]
