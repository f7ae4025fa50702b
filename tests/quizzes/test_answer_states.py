"""One count in a test: answered, begun and empty, the same on every page of the attempt."""

import re

import pytest
from django.urls import reverse

from quizzes import attempts
from quizzes.answer_states import AnswerState, state_of
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import AttemptItem
from tests.quizzes.factories import ITEMS, content, course_with_test, enrol

IN_PARTS = ["reasoned", "kprim", "cloze", "matching", "categorise"]


def item_with(kind: str, part: slice) -> AttemptItem:
    """An unsaved item with this part of its key as the answer; None as the answer when nothing is left of it."""
    item = AttemptItem(version=QuestionVersion(content=content(kind)))
    key = item.version.question_type.key(item.version.content["body"])
    item.payload = dict(list(key.items())[part]) or None if isinstance(key, dict) else key
    return item


@pytest.mark.parametrize("kind", IN_PARTS)
def test_an_answer_to_some_parts_is_begun(kind):
    states = [state_of(item_with(kind, part)) for part in (slice(0), slice(1), slice(None))]
    assert states == [AnswerState.EMPTY, AnswerState.BEGUN, AnswerState.ANSWERED]


@pytest.mark.parametrize("kind", [kind for kind in ITEMS if kind not in (*IN_PARTS, "freetext")])
def test_the_key_of_every_type_is_a_whole_answer(kind):
    assert state_of(item_with(kind, slice(None))) == AnswerState.ANSWERED


@pytest.mark.django_db
def test_every_page_of_an_attempt_counts_in_the_same_words(as_person, amina):
    page = course_with_test(["single", "kprim", "cloze"])
    attempt = attempts.start(enrol(amina, page), page)
    first, second, _third = attempt.items.select_related("version")
    keys = [item.version.question_type.key(item.version.content["body"]) for item in (first, second)]
    attempts.save(attempt, first, 1, keys[0], False)
    attempts.save(attempt, second, 1, dict(list(keys[1].items())[:1]), False)
    client = as_person(amina)

    def shown(name: str, *args) -> str:
        html = client.get(reverse(f"quizzes:{name}", args=[attempt.uuid, *args])).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())

    pages = [shown("item", 1), shown("hand_in")]
    attempts.submit(attempt)
    assert all("1 answered, 1 partly answered, 1 empty" in page for page in [*pages, shown("result")])
