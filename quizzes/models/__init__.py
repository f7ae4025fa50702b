"""Models: the question bank, the test page, attempts and marks, manual marking, regrades."""

from quizzes.models.manual_marking import Marking, Script
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Level, Question, QuestionVersion
from quizzes.models.records import (
    Accommodation,
    Attempt,
    AttemptItem,
    AttemptState,
    CloseReason,
    Mark,
    Response,
    Review,
)
from quizzes.models.regrades import Change, Regrade, Stage

__all__ = [
    "Accommodation",
    "Attempt",
    "AttemptItem",
    "AttemptState",
    "Change",
    "CloseReason",
    "Level",
    "Mark",
    "Marking",
    "Question",
    "QuestionVersion",
    "QuizPage",
    "Regrade",
    "Response",
    "Review",
    "Script",
    "Stage",
]
