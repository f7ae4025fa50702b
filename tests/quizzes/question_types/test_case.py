"""A clinical case is gone through one step after the other: what comes next may tell what would have been right."""

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
STAYS = "You have gone on from this step: its answer stays."


def settled(count: int, **changes) -> dict:
    """The right answers of the first steps, so many of them settled."""
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
        (None, settled(2), False),  # two at once
        (settled(1), settled(2), True),
        (settled(1), settled(1), True),
        (settled(1), settled(0), False),
        (settled(2), None, False),
        (settled(1), settled(1, **{STEPS[0]["id"]: wrong(STEPS[0])}), False),
        (settled(1), settled(1, **{STEPS[1]["id"]: wrong(STEPS[1])}), True),  # the open step is still open
        (settled(1), {"answers": settled(1)["answers"], "settled": 2}, False),  # gone on without an answer
        (None, {"answers": {}, "settled": 1}, False),
    ],
)
def test_settled_answers_stay_and_one_step_is_settled_at_a_time(before, after, may):
    assert case.may_follow(BODY, before, after) is may


@settings(max_examples=80)
@given(answers("case", BODY), answers("case", BODY))
def test_whatever_follows_keeps_what_is_settled(before, after):
    if case.may_follow(BODY, before, after):
        count = before["settled"] if before else 0
        kept = [(before or {"answers": {}})["answers"].get(step["id"]) for step in STEPS[:count]]
        assert kept == [(after or {"answers": {}})["answers"].get(step["id"]) for step in STEPS[:count]]
        assert count <= (after["settled"] if after else 0) <= count + 1


@settings(max_examples=60)
@given(answers("case", BODY))
def test_the_page_holds_nothing_of_the_steps_that_come_later(payload):
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
    for place, step in enumerate(asked["before"]):
        chosen = [option["id"] for option in step["options"] if option["chosen"]]
        assert sorted(chosen) == payload["answers"][STEPS[place]["id"]]


def test_one_answer_where_one_is_right_and_several_where_several_are():
    with pytest.raises(BadAnswer, match="one answer only"):
        case.parse(MultiValueDict({"step-" + STEPS[0]["id"]: option_ids(STEPS[0])}), BODY)
    several = MultiValueDict({"step-" + STEPS[1]["id"]: option_ids(STEPS[1])})
    assert case.parse(several, BODY)["answers"] == {STEPS[1]["id"]: sorted(option_ids(STEPS[1]))}


# Through the doors --------------------------------------------------------------------------------------------
@pytest.fixture
def sit(as_person, amina):
    page = course_with_test(["case", "single"])
    attempt = attempts.start(enrol(amina, page), page)
    return as_person(amina), Sitting(attempt)


class Sitting:
    """The case of somebody's paper, with the ids of its own question."""

    def __init__(self, attempt: Attempt):
        self.attempt = attempt
        self.item = attempt.items.select_related("version").get(position=1)
        self.content = self.item.version.content["body"]
        self.url = reverse("quizzes:item", args=[attempt.uuid, 1])
        self.save_url = reverse("quizzes:save", args=[attempt.uuid, 1])
        self.key = case.key(self.content)["answers"]

    def name(self, place: int) -> str:
        return "step-" + self.content["steps"][place]["id"]

    def right(self, place: int) -> dict:
        return {self.name(place): self.key[self.content["steps"][place]["id"]]}

    def wrong(self, place: int) -> dict:
        step = self.content["steps"][place]
        return {self.name(place): [name for name in option_ids(step) if name not in self.key[step["id"]]][:1]}

    def saved(self):
        return self.attempt.items.with_answer().get(position=1).payload

    def shows(self, client) -> int:
        """How many steps the page shows; fails where it holds a word of a later one."""
        html = client.get(self.url).content.decode()
        count = sum(step["text"] in html for step in self.content["steps"])
        assert [text for text in later_texts(self.content, count) if text in html] == []
        return count


@pytest.mark.django_db
def test_step_by_step_with_plain_forms(sit):
    client, mine = sit
    for place in (0, 1):
        form = posted(client.get(mine.url).content.decode(), go=["1"], **mine.right(place))
        assert client.post(mine.url, form)["Location"] == mine.url
        assert (mine.saved()["settled"], mine.shows(client)) == (place + 1, place + 2)
    form = posted(client.get(mine.url).content.decode(), go=["1"], **mine.right(2))
    assert client.post(mine.url, form)["Location"] == reverse("quizzes:item", args=[mine.attempt.uuid, 2])
    assert mine.saved() == {"answers": mine.key, "settled": 2}
    attempts.submit(mine.attempt)
    assert mine.attempt.marks.get().score == 1


@pytest.mark.django_db
def test_a_step_left_open_is_passed_by_and_found_again(sit):
    client, mine = sit
    first = client.post(mine.url, {"go": "1"})
    assert first["Location"] == reverse("quizzes:item", args=[mine.attempt.uuid, 2])
    assert (mine.saved(), mine.shows(client)) == (None, 1)
    client.post(mine.url, {"go": "1", **mine.right(0)})
    form = posted(client.get(mine.url).content.decode(), go=["1"])
    assert client.post(mine.url, form)["Location"] == reverse("quizzes:item", args=[mine.attempt.uuid, 2])
    assert (mine.saved()["settled"], mine.shows(client)) == (1, 2)


@pytest.mark.django_db
def test_answered_in_part_it_is_saved_and_still_open(sit):
    client, mine = sit
    hand_in, resume = (reverse(f"quizzes:{name}", args=[mine.attempt.uuid]) for name in ("hand_in", "attempt"))

    def left() -> tuple[bool, list[int], str]:
        page = client.get(hand_in)
        places = [place.position for place in page.context["overview"]["open"]]
        counted = f"{2 - len(places)} answered, 0 flagged, {len(places)} to go"
        assert counted in page.content.decode()
        return "1 answer saved." in page.content.decode(), places, client.get(resume)["Location"]

    client.post(mine.url, {"go": "1", **mine.right(0)})
    assert left() == (True, [1, 2], mine.url)
    for place in (1, 2):
        client.post(mine.url, posted(client.get(mine.url).content.decode(), go=["1"], **mine.right(place)))
    assert left() == (True, [2], reverse("quizzes:item", args=[mine.attempt.uuid, 2]))


@pytest.mark.django_db
def test_saving_by_itself_settles_nothing(sit):
    client, mine = sit
    for op, answer in enumerate((mine.wrong(0), mine.right(0), mine.wrong(0)), 1):
        assert client.post(mine.save_url, {"op": op, **answer}).status_code == 200
    assert (mine.saved()["settled"], mine.shows(client)) == (0, 1)


@pytest.mark.django_db
def test_a_settled_answer_cannot_be_changed_and_nothing_is_lost(sit):
    client, mine = sit
    client.post(mine.url, {"go": "1", **mine.right(0)})
    client.post(mine.save_url, {"op": 5, "settled": "1", **mine.right(0), **mine.right(1)})
    before = mine.saved()
    changed = {"settled": "1", **mine.wrong(0), **mine.right(1)}
    reply = client.post(mine.url, changed)
    html = reply.content.decode()
    assert (reply.status_code, STAYS in html) == (422, True)
    assert "was not saved yet" not in html
    assert case.parse(MultiValueDict(posted(html)), mine.content) == before  # the page holds what is saved
    assert client.post(mine.save_url, {"op": 6, **changed}).json() == {"error": "settled"}
    assert mine.saved() == before


@pytest.mark.django_db
def test_an_old_page_of_another_tab_takes_nothing_back(sit):
    client, mine = sit
    old = posted(client.get(mine.url).content.decode())
    client.post(mine.url, {"go": "1", **mine.right(0)})
    before = mine.saved()
    for form in (old, {**old, **mine.wrong(0)}, {**old, "go": ["1"], **mine.wrong(0)}):
        assert client.post(mine.url, form).status_code == 422
        assert client.post(mine.save_url, {"op": 50, **form}).status_code == 422
    assert mine.saved() == before


@pytest.mark.django_db
@pytest.mark.parametrize("claimed", sampled(["1", "2", "9", "99", "-1", "x", "²", "1" * 50]))
def test_saying_that_steps_are_settled_skips_none(sit, claimed):
    """Without an answer to each of them, one by one, nothing of a later step is shown."""
    client, mine = sit
    junk = {mine.name(0): "no option"}
    for form in ({}, junk, mine.wrong(2), {**junk, **mine.right(1)}):
        for sent in ({"settled": claimed, **form}, {"settled": claimed, "go": "1", **form}):
            html = client.post(mine.url, sent).content.decode()
            assert [text for text in later_texts(mine.content, 1) if text in html] == []
            client.post(mine.save_url, {"op": 3, **sent})
    assert mine.shows(client) == 1
    client.post(mine.url, {"settled": claimed, "go": "1", **mine.right(0), **mine.right(1)})
    assert mine.shows(client) <= 2


@pytest.mark.django_db
def test_the_page_of_the_next_step_is_the_same_for_right_and_wrong_but_for_what_was_chosen(sit, time_machine):
    client, mine = sit
    time_machine.move_to(timezone.now(), tick=False)  # the clock on the pages
    pages = []
    for answer in (mine.right(0), mine.wrong(0)):
        client.post(mine.url, {"go": "1", **answer})
        texts = {option["id"]: option["text"] for option in mine.content["steps"][0]["options"]}
        html = without_tokens(client.get(mine.url))
        chosen = next(iter(answer.values()))[0]
        assert html.count(texts[chosen]) == 1
        pages.append(html.replace(texts[chosen], "chosen").replace(chosen, "id"))
        Response.objects.everybody("both ways").delete()
    assert pages[0] == pages[1]
