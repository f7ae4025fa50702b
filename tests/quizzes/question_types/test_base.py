"""The contract of a question type: an incomplete type cannot be instantiated, and optional steps have defaults."""

import pytest
from django.utils.datastructures import MultiValueDict

from quizzes.question_types import QUESTION_TYPES
from quizzes.question_types.base import QuestionType, RekeyableType
from quizzes.question_types.numeric import Numeric
from quizzes.question_types.schema import Schema

pytestmark = pytest.mark.once

CONTRACT = {
    *("name", "label", "template", "block", "schema"),
    *("hint", "freeze", "parse", "fields", "ask", "grade", "key", "explain", "load"),
}


class Whole(QuestionType[Schema]):
    """A minimal type that implements the contract and nothing else."""

    name, label, template, block, schema = "whole", "Whole", "whole", Numeric.block, Schema
    hint = freeze = parse = fields = ask = grade = key = explain = load = lambda self, *args: None


class Rekeyable(Whole, RekeyableType[Schema]):
    def rekeyed(self, content, answer):
        return content


def test_the_contract_is_what_the_abc_asks_for():
    assert QuestionType.__abstractmethods__ == CONTRACT
    assert Whole().name == "whole"


@pytest.mark.parametrize("part", sorted(CONTRACT))
def test_a_type_that_lacks_a_part_of_the_contract_is_refused_by_name(part):
    parts = {name: value for name, value in vars(Whole).items() if name in CONTRACT - {part}}
    incomplete = type("Incomplete", (QuestionType,), parts)
    with pytest.raises(TypeError, match=rf"abstract class Incomplete.*\b{part}\b"):
        incomplete()


def test_a_type_that_says_that_it_can_be_rekeyed_must_be_able_to():
    assert Rekeyable().can_rekey
    incomplete = type("Incomplete", (Whole, RekeyableType), {"rekeyed": RekeyableType.rekeyed})
    with pytest.raises(TypeError, match="rekeyed"):
        incomplete()


def test_optional_steps_have_defaults():
    whole, form = Whole(), MultiValueDict({"answer": ["x"]})
    assert (whole.order({}, None), whole.may_follow({}, "a", "b"), whole.opens_next_step({}, form, "b")) == (
        [],
        True,
        False,
    )
    assert whole.form_after_error({}, "a", form) is form
    assert (whole.complete({}, "a"), whole.complete({}, None)) == (True, False)
    assert (whole.marked_by_people, whole.max_points({}), whole.can_rekey) == (False, 0, False)
    with pytest.raises(NotImplementedError, match="whole"):
        whole.rekeyed({}, "a")


def test_only_a_type_with_a_rekeyed_of_its_own_says_that_it_can_be_rekeyed():
    for question_type in QUESTION_TYPES.values():
        assert question_type.can_rekey == isinstance(question_type, RekeyableType), question_type.name
