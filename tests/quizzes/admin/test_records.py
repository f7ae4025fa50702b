"""The question bank in the admin follows Wagtail's permissions, the attempts follow countries."""

import re

import pytest
from django.urls import reverse

from accounts import roles
from accounts.models import Role
from quizzes import attempts
from quizzes.models.pages import QuizPage
from quizzes.models.questions import Question
from tests.quizzes.factories import ITEMS, answer_all, course_with_test, enrol, question
from tests.support.tiers import sampled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BANK = "/admin/snippets/quizzes/question/"


def titles(response) -> list[str]:
    return list(dict.fromkeys(re.findall(r"(p\d-q\d\d):", response.content.decode())))


@pytest.fixture
def two_attempts(prepared, amina, mona):
    """Amina (Kenya) has handed in her attempt; Mona (Egypt) is still working on hers."""
    page = course_with_test(list(ITEMS))
    done, running = (attempts.start(enrol(person, page), page) for person in (amina, mona))
    answer_all(done, right=2)
    attempts.submit(done)
    return done, running


def test_a_manager_sees_the_attempts_of_their_country_only(two_attempts, as_person, rosa, omar):
    index = reverse("attempts:index")
    kenya, egypt = (as_person(person).get(index).content.decode() for person in (rosa, omar))
    assert ("Amina Yusuf Hassan" in kenya, "Mona Adel" in kenya) == (True, False)
    assert reverse("attempts:inspect", args=[two_attempts[0].pk]) in kenya
    assert ("Amina Yusuf Hassan" in egypt, "Mona Adel" in egypt) == (False, True)


def test_an_attempt_of_another_country_is_not_found(two_attempts, as_person, omar):
    assert as_person(omar).get(reverse("attempts:inspect", args=[two_attempts[0].pk]), follow=True).status_code == 404


def test_an_attempt_shows_its_answers_once_it_is_handed_in(two_attempts, as_person, kofi):
    shown = as_person(kofi).get(reverse("attempts:inspect", args=[two_attempts[0].pk])).content.decode()
    assert f"2 / {len(ITEMS)}" in shown
    assert "You chose this. Right." in shown


def test_a_manager_sees_what_was_right_but_neither_answer_nor_key(two_attempts, as_person, rosa):
    shown = as_person(rosa).get(reverse("attempts:inspect", args=[two_attempts[0].pk])).content.decode()
    assert f"2 / {len(ITEMS)}" in shown
    assert re.findall(r"<td>(Right|no answer)</td>", shown) == ["Right"] * 2 + ["no answer"] * (len(ITEMS) - 2)
    assert not [option["text"] for option in ITEMS["single"]["options"] if option["text"] in shown]
    assert "Yes, it reverses an overdose." not in shown


def test_a_manager_learns_no_share_which_could_tell_what_was_right_in_it(prepared, as_person, amina, rosa):
    attempt = attempts.start(enrol(amina, page := course_with_test(["multiple"])), page)
    item = attempt.items.get()
    attempts.save(attempt, item, 1, item.version.question_type.key(item.version.content["body"])[:2], False)
    attempts.submit(attempt)
    shown = as_person(rosa).get(reverse("attempts:inspect", args=[attempt.pk])).content.decode()
    assert re.findall(r"<td>(Partly right.*)</td>", shown) == ["Partly right"]


def test_a_renamed_test_is_listed_and_filtered_by_its_title_of_today(two_attempts, as_person, rosa):
    page = QuizPage.objects.get()
    page.title = "Final test, part A"
    page.save_revision().publish()
    client, url = as_person(rosa), reverse("attempts:index")
    shown = client.get(url, {"quiz_key": str(page.translation_key)}).content.decode()
    assert ("Final test, part A" in shown, "Amina Yusuf Hassan" in shown) == (True, True)
    assert client.get(url, {"q": "part A", "ordering": "title_today"}).content.decode().count("Amina Yusuf Hassan") > 0
    assert "Final test, part A" in client.get(reverse("attempts:inspect", args=[two_attempts[0].pk])).content.decode()
    page.delete()
    assert "Final test" in client.get(url).content.decode()


def test_the_filter_offers_no_test_that_only_people_elsewhere_have_taken(two_attempts, as_person, rosa, kofi):
    roles.revoke(kofi, Role.TRAINER, "*")
    roles.grant(kofi, Role.MANAGER, "GH")
    kenya, ghana = (as_person(person).get(reverse("attempts:index")).content.decode() for person in (rosa, kofi))
    option = f'value="{QuizPage.objects.get().translation_key}"'
    assert (option in kenya, option in ghana) == (True, False)


def test_the_key_of_a_test_that_is_running_is_shown_to_nobody(two_attempts, as_person, omar):
    shown = as_person(omar).get(reverse("attempts:inspect", args=[two_attempts[1].pk])).content.decode()
    assert "The test is running." in shown
    assert "Right answer" not in shown


def test_learners_can_open_neither_the_attempts_nor_the_bank(two_attempts, as_person, amina):
    client = as_person(amina)
    for url in (reverse("attempts:index"), reverse("attempts:inspect", args=[two_attempts[0].pk]), BANK):
        assert client.get(url).status_code == 302


def test_managers_do_not_see_the_bank(prepared, as_person, rosa):
    created = question()
    client = as_person(rosa)
    assert [client.get(BANK).status_code, client.get(f"{BANK}edit/{created.pk}/").status_code] == [302, 302]


def test_trainers_list_filter_and_search_the_bank(prepared, as_person, kofi):
    question("single", "p1")
    question("numeric", "p2")
    question("numeric", "p3", publish=False)
    client = as_person(kofi)
    assert titles(client.get(BANK, {"kind": "numeric", "live": "true"})) == ["p2-q02"]
    assert titles(client.get(BANK, {"pool": "p1"})) == ["p1-q01"]
    assert titles(client.get(BANK, {"level": "remember"})) == []
    assert titles(client.get(BANK, {"q": "p3-q03"})) == ["p3-q03"]


@pytest.mark.parametrize("kind", sampled(list(ITEMS)))
def test_a_question_is_edited_and_previewed_as_a_learner_and_with_the_result(prepared, as_person, kofi, kind):
    created = question(kind)
    client = as_person(kofi)
    assert client.get(f"{BANK}edit/{created.pk}/").status_code == 200
    assert client.get(f"{BANK}history/{created.pk}/").status_code == 200
    revision = f"{BANK}history/{created.pk}/revisions/{created.latest_revision_id}/view/"
    question_preview = created.make_preview_request(preview_mode="").content.decode()
    result_preview = created.make_preview_request(preview_mode="result").content.decode()
    assert client.get(revision).status_code == 200
    assert ("Question p1-q01?" in question_preview, "Because of p1-q01." in question_preview) == (True, False)
    assert "Because of p1-q01." in result_preview


def test_trainers_write_and_reviewers_publish(prepared, kofi, grace):
    rights = {person: {action: person.has_perm(f"quizzes.{action}_question") for action in ("add", "change", "publish")} for person in (kofi, grace)}  # fmt: skip
    assert rights[kofi] == {"add": True, "change": True, "publish": False}
    assert rights[grace] == {"add": True, "change": True, "publish": True}


def test_a_new_question_goes_through_clinical_review(prepared):
    assert Question().get_workflow().name == "Clinical review"


def test_a_question_is_previewed_before_it_is_saved(prepared, as_person, kofi):
    client = as_person(kofi)
    client.get(reverse("wagtailsnippets_quizzes_question:add"))
    preview = reverse("wagtailsnippets_quizzes_question:preview_on_add")
    block = {"code": "c9-q1", "pool": "c9", "level": "apply", "stem": "True or not?", "content-count": "1"} | {
        f"content-0-{name}": value
        for name, value in {"deleted": "", "order": "0", "type": "numeric", "id": "", "value-answer": "3"}.items()
    }
    fields = {"value-tolerance": "0", "value-unit": "", "value-feedback": "Three."}
    form = block | {f"content-0-{name}": value for name, value in fields.items()} | {"cites-count": "0"}
    assert client.post(preview, form).json()["is_valid"]
    assert "True or not?" in client.get(preview).content.decode()
