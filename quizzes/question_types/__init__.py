"""The question types. TYPES is the only list of them (contract: base.QuestionType).

To add a type: write its module here, add an instance to TYPES, and give it two templates in
templates/quizzes/question_types/.
"""

from __future__ import annotations

from typing import Any

from wagtail import blocks

from quizzes.question_types.base import QuestionType
from quizzes.question_types.case import Case
from quizzes.question_types.categorise import Categorise
from quizzes.question_types.cloze import Cloze
from quizzes.question_types.essay import Essay
from quizzes.question_types.kprim import Kprim
from quizzes.question_types.matching import Matching
from quizzes.question_types.multiple import MultipleChoice
from quizzes.question_types.numeric import Numeric
from quizzes.question_types.ordering import Ordering
from quizzes.question_types.short import ShortAnswer
from quizzes.question_types.single import SingleChoice
from quizzes.question_types.truefalse import TrueFalse
from quizzes.question_types.two_tier import TwoTier
from quizzes.question_types.weighted import WeightedChoice

# In the order in which authors see them.
TYPES: list[QuestionType[Any]] = [
    SingleChoice(),
    MultipleChoice(),
    WeightedChoice(),
    TrueFalse(),
    TwoTier(),
    Kprim(),
    Numeric(),
    ShortAnswer(),
    Cloze(),
    Matching(),
    Categorise(),
    Ordering(),
    Case(),
    Essay(),
]
QUESTION_TYPES: dict[str, QuestionType[Any]] = {question_type.name: question_type for question_type in TYPES}
MARKED_BY_PEOPLE = {question_type.name for question_type in TYPES if question_type.marked_by_people}


def authoring_blocks() -> blocks.StreamBlock:
    """The block in which an author chooses the type of a question: exactly one.

    The field is required, so min_num would add nothing but an error that a new question opens with.
    """
    return blocks.StreamBlock([(known.name, known.block()) for known in TYPES], max_num=1)
