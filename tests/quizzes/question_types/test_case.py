"""A clinical case is answered step by step, because the next step may reveal the right answer."""

from __future__ import annotations

from random import Random

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes import attempts
from quizzes.models.records import Attempt, Response
from quizzes.question_types.base import BadAnswer
from quizzes.question_types.case import Case
from quizzes.question_types.choice_base import option_ids
from tests.quizzes.answering import answers
from tests.quizzes.factories import body, course_with_test, enrol
from tests.quizzes.requests import posted
from tests.support.tiers import sampled
from tests.support.tokens import without_tokens

pytestmark = pytest.mark.once

case = Case()
BODY = body("case")
STEPS = BODY["steps"]
KEY = case.key(BODY)["answers"]
STAYS = "You have gone on from this step, so you can no longer change its answer."


def settled(count: int, **changes) -> dict:
    """The right answers of the first `count` steps, all settled."""
    return {"answers": {step["id"]: KEY[step["id"]] for step in STEPS[:count]} | changes, "settled": count}


def wrong(step: dict) -> list[str]:
    return [next(name for name in option_ids(step) if name not in KEY[step["id"]])]


def later_texts(content: dict, shown: int) -> set[str]:
    return {text for step in content["steps"][shown:] for text in (step["text"], *(o["text"] for o in step["options"]))}


# The rule -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (None, settled(0), True),
        (None, settled(1), True),
        (None, settled(2), False),  # two steps at once
        (settled(1), settled(2), True),
        (settled(1), settled(1), True),
        (settled(1), settled(0), False),
        (settled(2), None, False),
        (settled(1), settled(1, **{STEPS[0]["id"]: wrong(STEPS[0])}), False),
        (settled(1), settled(1, **{STEPS[1]["id"]: wrong(STEPS[1])}), True),  # the open step is still open
        (settled(1), {"answers": settled(1)["answers"], "settled": 2}, False),  # a step without an answer
        (None, {"answers": {}, "settled": 1}, False),
    ],
)
def test_settled_answers_stay_and_one_step_is_settled_at_a_time(before, after, may):
    assert case.may_follow(BODY, before, after) is may


@settings(max_examples=80)
@given(answers("case", BODY), answers("case", BODY))
def test_every_allowed_answer_keeps_the_settled_answers(before, after):
    if case.may_follow(BODY, before, after):
        count = before["settled"] if before else 0
        kept = [(before or {"answers": {}})["answers"].get(step["id"]) for step in STEPS[:count]]
        assert kept == [(after or {"answers": {}})["answers"].get(step["id"]) for step in STEPS[:count]]
        assert count <= (after["settled"] if after else 0) <= count + 1


@settings(max_examples=60)
@given(answers("case", BODY))
def test_the_page_shows_nothing_of_later_steps(payload):
    shown = (payload or {"settled": 0})["settled"] + 1
    asked = str(case.ask(BODY, case.order(BODY, Random(1)), case.fields(payload)))
    assert [text for text in later_texts(BODY, shown) if text in asked] == []
    assert STEPS[shown - 1]["text"] in asked


@settings(max_examples=60)
@given(answers("case", BODY), st.integers(0, 9), st.booleans())
def test_a_form_that_cannot_be_read_opens_no_later_step(payload, claimed, with_answers):
    posted_form = MultiValueDict({"settled": [str(claimed)], "step-" + STEPS[0]["id"]: ["no option"]})
    if with_answers:
        posted_form.update(case.fields({"answers": KEY, "settled": claimed}))
    again = case.form_after_error(BODY, payload, posted_form)
    shown = (payload or {"settled": 0})["settled"] + 1
    asked = case.ask(BODY, case.order(BODY, Random(1)), again)
    assert [text for text in later_texts(BODY, shown) if text in str(asked)] == []
    for index, step in enumerate(asked["before"]):
        chosen = [option["id"] for option in step["options"] if option["chosen"]]
        assert sorted(chosen) == payload["answers"][STEPS[index]["id"]]


def test_one_answer_where_one_is_right_and_several_where_several_are():
    with pytest.raises(BadAnswer, match="one answer only"):
        case.parse(MultiValueDict({"step-" + STEPS[0]["id"]: option_ids(STEPS[0])}), BODY)
    several = MultiValueDict({"step-" + STEPS[1]["id"]: option_ids(STEPS[1])})
    assert case.parse(several, BODY)["answers"] == {STEPS[1]["id"]: sorted(option_ids(STEPS[1]))}


# Through the pages --------------------------------------------------------------------------------------------
@pytest.fixture
def client_and_case(as_person, amina):
    page = course_with_test(["case", "single"])
    attempt = attempts.start(enrol(amina, page), page)
    return as_person(amina), CaseInAttempt(attempt)


class CaseInAttempt:
    """The case in a running attempt, with the ids of its own question."""

    def __init__(self, attempt: Attempt):
        self.attempt = attempt
        self.item = attempt.items.select_related("version").get(position=1)
        self.content = self.item.version.content["body"]
        self.url = reverse("quizzes:item", args=[attempt.uuid, 1])
        self.save_url = reverse("quizzes:save", args=[attempt.uuid, 1])
        self.key = case.key(self.content)["answers"]

    def name(self, index: int) -> str:
        return "step-" + self.content["steps"][index]["id"]

    def right(self, index: int) -> dict:
        return {self.name(index): self.key[self.content["steps"][index]["id"]]}

    def wrong(self, index: int) -> dict:
        step = self.content["steps"][index]
        return {self.name(index): [name for name in option_ids(step) if name not in self.key[step["id"]]][:1]}

    def saved(self):
        return self.attempt.items.with_answer().get(position=1).payload

    def shows(self, client) -> int:
        """How many steps the page shows. Fails if the page contains a text of a later step."""
        html = client.get(self.url).content.decode()
        count = sum(step["text"] in html for step in self.content["steps"])
        assert [text for text in later_texts(self.content, count) if text in html] == []
        return count


@pytest.mark.django_db
def test_step_by_step_with_plain_forms(client_and_case):
    client, opened_case = client_and_case
    for index in (0, 1):
        form = posted(client.get(opened_case.url).content.decode(), go=["1"], **opened_case.right(index))
        assert client.post(opened_case.url, form)["Location"] == opened_case.url
        assert (opened_case.saved()["settled"], opened_case.shows(client)) == (index + 1, index + 2)
    form = posted(client.get(opened_case.url).content.decode(), go=["1"], **opened_case.right(2))
    assert client.post(opened_case.url, form)["Location"] == reverse("quizzes:item", args=[opened_case.attempt.uuid, 2])
    assert opened_case.saved() == {"answers": opened_case.key, "settled": 2}
    attempts.submit(opened_case.attempt)
    assert opened_case.attempt.marks.get().score == 1


@pytest.mark.django_db
def test_a_skipped_step_is_shown_again_later(client_and_case):
    client, opened_case = client_and_case
    first = client.post(opened_case.url, {"go": "1"})
    assert first["Location"] == reverse("quizzes:item", args=[opened_case.attempt.uuid, 2])
    assert (opened_case.saved(), opened_case.shows(client)) == (None, 1)
    client.post(opened_case.url, {"go": "1", **opened_case.right(0)})
    form = posted(client.get(opened_case.url).content.decode(), go=["1"])
    assert client.post(opened_case.url, form)["Location"] == reverse("quizzes:item", args=[opened_case.attempt.uuid, 2])
    assert (opened_case.saved()["settled"], opened_case.shows(client)) == (1, 2)


@pytest.mark.django_db
def test_a_partly_answered_case_is_saved_and_still_open(client_and_case):
    client, opened_case = client_and_case
    hand_in, resume = (reverse(f"quizzes:{name}", args=[opened_case.attempt.uuid]) for name in ("hand_in", "attempt"))

    def left() -> tuple[str, list[int], str]:
        page = client.get(hand_in)
        positions = [item.position for item in page.context["overview"]["open"]]
        return page.context["overview"]["answers"].words, positions, client.get(resume)["Location"]

    client.post(opened_case.url, {"go": "1", **opened_case.right(0)})
    assert left() == ("0 answered, 1 partly answered, 1 empty", [1, 2], opened_case.url)
    for index in (1, 2):
        client.post(
            opened_case.url, posted(client.get(opened_case.url).content.decode(), go=["1"], **opened_case.right(index))
        )
    assert left() == ("1 answered, 1 empty", [2], reverse("quizzes:item", args=[opened_case.attempt.uuid, 2]))


@pytest.mark.django_db
def test_autosave_settles_no_step(client_and_case):
    client, opened_case = client_and_case
    for op, answer in enumerate((opened_case.wrong(0), opened_case.right(0), opened_case.wrong(0)), 1):
        assert client.post(opened_case.save_url, {"op": op, **answer}).status_code == 200
    assert (opened_case.saved()["settled"], opened_case.shows(client)) == (0, 1)


@pytest.mark.django_db
def test_a_settled_answer_cannot_be_changed_and_nothing_is_lost(client_and_case):
    client, opened_case = client_and_case
    client.post(opened_case.url, {"go": "1", **opened_case.right(0)})
    client.post(opened_case.save_url, {"op": 5, "settled": "1", **opened_case.right(0), **opened_case.right(1)})
    before = opened_case.saved()
    changed = {"settled": "1", **opened_case.wrong(0), **opened_case.right(1)}
    reply = client.post(opened_case.url, changed)
    html = reply.content.decode()
    assert (reply.status_code, STAYS in html) == (422, True)
    assert "was not saved yet" not in html
    assert case.parse(MultiValueDict(posted(html)), opened_case.content) == before  # the page holds what is saved
    assert client.post(opened_case.save_url, {"op": 6, **changed}).json() == {"error": "settled"}
    assert opened_case.saved() == before


@pytest.mark.django_db
def test_an_old_page_in_another_tab_cannot_undo_a_step(client_and_case):
    client, opened_case = client_and_case
    old = posted(client.get(opened_case.url).content.decode())
    client.post(opened_case.url, {"go": "1", **opened_case.right(0)})
    before = opened_case.saved()
    for form in (old, {**old, **opened_case.wrong(0)}, {**old, "go": ["1"], **opened_case.wrong(0)}):
        assert client.post(opened_case.url, form).status_code == 422
        assert client.post(opened_case.save_url, {"op": 50, **form}).status_code == 422
    assert opened_case.saved() == before


@pytest.mark.django_db
@pytest.mark.parametrize("claimed", sampled(["1", "2", "9", "99", "-1", "x", "²", "1" * 50]))
def test_claiming_settled_steps_skips_none(client_and_case, claimed):
    """No later step is shown until each step before it is answered."""
    client, opened_case = client_and_case
    junk = {opened_case.name(0): "no option"}
    for form in ({}, junk, opened_case.wrong(2), {**junk, **opened_case.right(1)}):
        for sent in ({"settled": claimed, **form}, {"settled": claimed, "go": "1", **form}):
            html = client.post(opened_case.url, sent).content.decode()
            assert [text for text in later_texts(opened_case.content, 1) if text in html] == []
            client.post(opened_case.save_url, {"op": 3, **sent})
    assert opened_case.shows(client) == 1
    client.post(opened_case.url, {"settled": claimed, "go": "1", **opened_case.right(0), **opened_case.right(1)})
    assert opened_case.shows(client) <= 2


@pytest.mark.django_db
def test_the_next_step_looks_the_same_after_a_right_and_a_wrong_answer(client_and_case, time_machine):
    client, opened_case = client_and_case
    time_machine.move_to(timezone.now(), tick=False)  # the clock on the pages
    pages = []
    for answer in (opened_case.right(0), opened_case.wrong(0)):
        client.post(opened_case.url, {"go": "1", **answer})
        texts = {option["id"]: option["text"] for option in opened_case.content["steps"][0]["options"]}
        html = without_tokens(client.get(opened_case.url))
        chosen = next(iter(answer.values()))[0]
        assert html.count(texts[chosen]) == 1
        pages.append(html.replace(texts[chosen], "chosen").replace(chosen, "id"))
        Response.objects.everybody("both ways").delete()
    assert pages[0] == pages[1]
