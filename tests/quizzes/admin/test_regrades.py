"""A regrade in the admin: Kofi corrects a wrong key and sees who gains; Grace applies the regrade and reverts it."""

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
    """The version of a question that Amina answered wrongly according to its key."""
    test = course_with_test(["single"], pass_percent=100)
    attempt = attempts.start(enrol(amina, test), test)
    item = attempt.items.select_related("version").get()
    wrong = next(option["id"] for option in item.version.content["body"]["options"] if not option["correct"])
    attempts.save(attempt, item, 1, wrong, False)
    attempts.submit(attempt)
    return item.version


def wrong_option(version) -> str:
    return next(option["id"] for option in version.content["body"]["options"] if not option["correct"])


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_regrade_from_the_faulty_question_to_the_new_result_and_back(as_person, kofi, grace, version, amina):
    client = as_person(kofi)
    chosen = client.post(reverse("regrades:add"), {"version": version.pk})
    assert chosen["Location"] == reverse("regrades:begin", args=[version.pk])
    form = {"fix": "rekey", "why": "The leaflet was revised.", "answer": wrong_option(version)}
    response = client.post(chosen["Location"], form)
    regrade = Regrade.objects.get()
    regrade_url = response["Location"]
    assert 'data-controller="again"' in text(client.get(regrade_url)), "the page says that the worker is running"
    worker.work(regrade.pk)
    page_text = text(client.get(regrade_url))
    assert all(
        words in page_text for words in ("Ready to be applied", "Amina Yusuf Hassan", "0, now 1 of 1", "Passes now")
    )
    assert Mark.objects.count() == 1
    assert "A reviewer for all countries decides about this." in page_text
    assert ">Apply<" not in page_text
    client = as_person(grace)
    assert "Proposed by Kofi Mensah." in text(client.get(regrade_url))
    client.post(reverse("regrades:apply", args=[regrade.pk]))
    worker.work(regrade.pk)
    assert Mark.objects.latest("number").passed
    applied_page = text(client.get(regrade_url))
    assert ">Revert<" in applied_page
    assert "revokes the certificates that people got by it, with your reason" in applied_page
    Regrade.objects.filter(pk=regrade.pk).update(state=OutboxState.DONE)
    refused = client.post(reverse("regrades:revert", args=[regrade.pk]), follow=True)
    assert "Nothing was changed: give a reason" in text(refused)
    client.post(reverse("regrades:revert", args=[regrade.pk]), {"reason": "The leaflet was right."})
    worker.work(regrade.pk)
    regrade.refresh_from_db()
    assert regrade.stage == Stage.REVERTED
    second_response = client.post(reverse("regrades:apply", args=[regrade.pk]), follow=True)
    assert "Nothing was changed" in text(second_response)


def test_missing_fields_are_named_and_the_typed_text_stays(as_person, kofi, version):
    begin_url = reverse("regrades:begin", args=[version.pk])
    client = as_person(kofi)
    error_page = text(client.post(begin_url, {"fix": "accept", "why": "A second answer is right.", "answer": ""}))
    assert "Give the answer that counts, below." in error_page
    assert "A second answer is right." in error_page
    assert "This field is required." in text(client.post(begin_url, {"fix": "", "why": ""}))
    assert "not one of the answers" in text(client.post(begin_url, {"fix": "accept", "why": "x", "answer": "nonsense"}))
    assert client.post(begin_url, {"fix": "drop", "why": "Faulty."}).status_code == 302
    assert Regrade.objects.get().answer is None


def never_drawn() -> QuestionVersion:
    return QuestionVersion.objects.get(key=question("single", pool="elsewhere").translation_key)


def test_a_version_nobody_was_asked_is_not_offered(as_person, kofi, version):
    client, unasked = as_person(kofi), never_drawn()
    offered = text(client.get(reverse("regrades:add")))
    assert [f'value="{row.pk}"' in offered for row in (version, unasked)] == [True, False]
    statuses = [client.get(reverse("regrades:begin", args=[row.pk])).status_code for row in (version, unasked)]
    assert statuses == [200, 404]
