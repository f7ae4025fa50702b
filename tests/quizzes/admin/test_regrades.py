"""Kofi finds a wrong key, sees who gains by it, applies it, takes it back; all in the admin."""

import pytest
from django.urls import reverse

from accounts.outbox import OutboxState
from quizzes import attempts
from quizzes.models.questions import QuestionVersion
from quizzes.models.records import Mark
from quizzes.models.regrades import Regrade, Stage
from quizzes.regrades import worker
from tests.quizzes.factories import course_with_test, enrol, question

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]


@pytest.fixture
def version(amina):
    """Of an item that Amina answered wrongly, as its key says."""
    test = course_with_test(["single"], pass_percent=100)
    sitting = attempts.start(enrol(amina, test), test)
    item = sitting.items.select_related("version").get()
    wrong = next(one["id"] for one in item.version.content["body"]["options"] if not one["correct"])
    attempts.save(sitting, item, 1, wrong, False)
    attempts.submit(sitting)
    return item.version


def wrong_option(version) -> str:
    return next(one["id"] for one in version.content["body"]["options"] if not one["correct"])


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_from_the_faulty_item_to_the_new_result_and_back(as_person, kofi, version, amina):
    desk = as_person(kofi)
    chosen = desk.post(reverse("regrades:add"), {"version": version.pk})
    assert chosen["Location"] == reverse("regrades:begin", args=[version.pk])
    form = {"fix": "rekey", "why": "The leaflet was revised.", "answer": wrong_option(version)}
    begun = desk.post(chosen["Location"], form)
    regrade = Regrade.objects.get()
    page = begun["Location"]
    assert 'data-controller="again"' in text(desk.get(page)), "it says that the worker is at it"
    worker.work(regrade.pk)
    seen = text(desk.get(page))
    assert all(words in seen for words in ("Ready to be applied", "Amina Yusuf Hassan", "0, now 1 of 1", "Passes now"))
    assert Mark.objects.count() == 1
    desk.post(reverse("regrades:apply", args=[regrade.pk]))
    worker.work(regrade.pk)
    assert Mark.objects.latest("number").passed
    assert "Revert" in text(desk.get(page))
    Regrade.objects.filter(pk=regrade.pk).update(state=OutboxState.DONE)
    desk.post(reverse("regrades:revert", args=[regrade.pk]))
    worker.work(regrade.pk)
    regrade.refresh_from_db()
    assert regrade.stage == Stage.REVERTED
    again = desk.post(reverse("regrades:apply", args=[regrade.pk]), follow=True)
    assert "Nothing was changed" in text(again)


def test_what_is_missing_is_said_and_what_was_typed_stays(as_person, kofi, version):
    page = reverse("regrades:begin", args=[version.pk])
    desk = as_person(kofi)
    refused = text(desk.post(page, {"fix": "accept", "why": "A second answer is right.", "answer": ""}))
    assert "Give the answer that counts, below." in refused
    assert "A second answer is right." in refused
    assert "This field is required." in text(desk.post(page, {"fix": "", "why": ""}))
    assert "not one of the answers" in text(desk.post(page, {"fix": "accept", "why": "x", "answer": "nonsense"}))
    assert desk.post(page, {"fix": "drop", "why": "Faulty."}).status_code == 302
    assert Regrade.objects.get().answer is None


def never_drawn() -> QuestionVersion:
    return QuestionVersion.objects.get(key=question("single", pool="elsewhere").translation_key)


def test_a_version_nobody_was_asked_is_not_offered(as_person, kofi, version):
    desk, unasked = as_person(kofi), never_drawn()
    offered = text(desk.get(reverse("regrades:add")))
    assert [f'value="{each.pk}"' in offered for each in (version, unasked)] == [True, False]
    begun = [desk.get(reverse("regrades:begin", args=[each.pk])).status_code for each in (version, unasked)]
    assert begun == [200, 404]
