"""Each learner sees the choices in an order of their own: the stored order, and the page that follows it."""

from random import Random

import pytest
from django.utils.datastructures import MultiValueDict

from quizzes.question_types import QUESTION_TYPES
from tests.quizzes.factories import body
from tests.support.mutations import Mutation

pytestmark = pytest.mark.once

SEEDS = range(40)
# The shuffled part of the page. A type that is not listed shows everybody the same page, see test_the_other_types.
SHUFFLED = {
    "single": lambda asked: asked["options"],
    "multiple": lambda asked: asked["options"],
    "weighted": lambda asked: asked["options"],
    "reasoned": lambda asked: asked["reasons"]["options"],
    "kprim": lambda asked: asked["statements"],
    "cloze": lambda asked: asked["pieces"][5]["options"],
    "matching": lambda asked: asked["rights"],
    "categorise": lambda asked: asked["lefts"],
    "ordering": lambda asked: asked["items"],
    "case": lambda asked: asked["step"]["options"],
}
# The line that shuffles, and the line without shuffling. Ordering never shows the right order, so it gets another one.
CUTS = {
    "single": ("choice_base:ChoiceType.order", "shuffled(ids, draw)", "ids"),
    "multiple": ("choice_base:ChoiceType.order", "shuffled(ids, draw)", "ids"),
    "weighted": ("choice_base:ChoiceType.order", "shuffled(ids, draw)", "ids"),
    "reasoned": ("choice_base:ChoiceType.order", "shuffled(ids, draw)", "ids"),
    "case": ("choice_base:ChoiceType.order", "shuffled(ids, draw)", "ids"),
    "kprim": ("kprim:Kprim.order", "shuffled(", "(lambda ids, draw: ids)("),
    "cloze": ("cloze:Cloze.order", "shuffled(", "(lambda ids, draw: ids)("),
    "matching": ("matching:Matching.order", "shuffled(", "(lambda ids, draw: ids)("),
    "categorise": ("categorise:Categorise.order", "shuffled(", "(lambda ids, draw: ids)("),
    "ordering": ("ordering:Ordering.order", "shuffled(key, draw)", "key[::-1]"),
}


def shown(name: str, content: dict, seed: int) -> tuple[str, ...]:
    """The texts that are shuffled, in the order of the page."""
    question_type = QUESTION_TYPES[name]
    asked = question_type.ask(content, question_type.order(content, Random(seed)), MultiValueDict())
    return tuple(row["text"] for row in SHUFFLED[name](asked))


def pages(name: str) -> set[tuple[str, ...]]:
    content = body(name)
    return {shown(name, content, seed) for seed in SEEDS}


def is_shuffled(name: str) -> bool:
    """Whether learners see different orders, and every text comes first for somebody."""
    pages_seen = pages(name)
    return len(pages_seen) > 3 and {page[0] for page in pages_seen} == set(next(iter(pages_seen)))


@pytest.mark.parametrize("name", SHUFFLED)
def test_learners_see_what_they_choose_from_in_different_orders(name):
    assert is_shuffled(name)


@pytest.mark.parametrize("name", CUTS)
def test_without_the_line_that_shuffles_the_order_is_fixed(name):
    where, line, replacement = CUTS[name]
    with Mutation(f"quizzes.question_types.{where}", line, replacement).made():
        assert not is_shuffled(name)
    assert CUTS.keys() == SHUFFLED.keys()


@pytest.mark.parametrize("name", QUESTION_TYPES.keys() - SHUFFLED.keys())
def test_the_other_types_show_the_same_page_to_everybody(name):
    content = body(name)
    assert len({tuple(QUESTION_TYPES[name].order(content, Random(seed))) for seed in SEEDS}) == 1


def test_matching_hides_which_target_belongs_to_which_prompt():
    """The prompts keep their order, so unshuffled targets would reveal the key."""
    content, matching = body("matching"), QUESTION_TYPES["matching"]
    key = [pair["right_id"] for pair in content["pairs"]]
    for row, wanted in enumerate(key):
        places = {matching.order(content, Random(seed)).index(wanted) for seed in SEEDS}
        assert len(places) == len(key) + len(content["distractors"]), row
