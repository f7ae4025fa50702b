import pytest

from tests.quizzes.factories import course_with_test
from tests.quizzes.regrades.regrading import hand_in


@pytest.fixture
def test(db):
    """A test of two questions, both needed: single choice with three options, and true/false."""
    return course_with_test(["single", "truefalse"], pass_percent=100)


@pytest.fixture
def attempts_made(test, amina, baraka, mona, grace):
    """Three attempts: Amina chose the key, Baraka what turns out to be right, Mona neither. Grace reviews."""
    return [hand_in(amina, test, "Naloxone"), hand_in(baraka, test, "Aspirin"), hand_in(mona, test, "Water")]


@pytest.fixture
def version(attempts_made):
    return attempts_made[0].items.order_by("position").first().version
