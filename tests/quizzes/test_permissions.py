"""Nobody decides about themselves: a regrade is decided by a second person, whom it cannot help."""

import pytest
from django.urls import reverse

from accounts import roles
from accounts.models import Role
from quizzes import attempts
from quizzes.corrections import Choice
from quizzes.models.questions import Question
from quizzes.models.regrades import Stage
from quizzes.regrades import verbs
from tests.quizzes.factories import course_with_test, enrol
from tests.quizzes.regrades.regrading import previewed, until_done
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]


@pytest.fixture
def test(db):
    return course_with_test(["single"])


@pytest.fixture
def version(test, amina):
    attempt = attempts.start(enrol(amina, test), test)
    attempts.submit(attempt)
    return attempt.items.get().version


@pytest.fixture
def regrade(version, kofi):
    """Proposed by Kofi and ready to be applied."""
    return previewed(version, Choice.FULL, kofi)


@pytest.fixture
def henry(db):
    """A second reviewer."""
    user = person("Henry Boateng", "GH")
    roles.grant(user, Role.REVIEWER, "*")
    return user


def started_before_the_role(who, role, test):
    """The attempt that somebody of the staff started before they had their role."""
    roles.revoke(who, role, "*")
    attempt = attempts.start(enrol(who, test), test)
    roles.grant(who, role, "*")
    return attempt


def page(as_person, who, regrade) -> str:
    return as_person(who).get(reverse("regrades:inspect", args=[regrade.pk])).content.decode()


def test_who_proposed_a_regrade_neither_applies_nor_reverts_it(version, grace, henry, as_person):
    regrade = previewed(version, Choice.FULL, grace)
    assert not verbs.apply(regrade, grace)
    assert "Another reviewer decides about this: you proposed it." in page(as_person, grace, regrade)
    assert verbs.apply(regrade, henry)
    until_done(regrade)
    assert not verbs.revert(regrade, grace, "It was right.")
    assert verbs.revert(regrade, henry, "It was right.")


@pytest.mark.parametrize("state", ["failed", "running", "another version"])
def test_who_was_asked_the_question_neither_applies_nor_reverts_it(test, regrade, grace, henry, as_person, state):
    if state == "another version":
        question = Question.objects.get(translation_key=regrade.version.key)
        question.stem = "Another wording?"
        question.save_revision().publish()
    attempt = started_before_the_role(grace, Role.REVIEWER, test)
    if state != "running":
        attempts.submit(attempt)
    assert not verbs.apply(regrade, grace)
    assert "you were asked this question in a test" in page(as_person, grace, regrade)
    assert verbs.apply(regrade, henry)
    until_done(regrade)
    assert not verbs.revert(regrade, grace, "It was right.")


def test_a_trainer_and_a_reviewer_of_one_country_decide_about_no_regrade(regrade, as_person):
    paula, tariq = person("Paula Otieno", "KE"), person("Tariq Mwangi", "KE")
    roles.grant(paula, Role.TRAINER, "*")
    roles.grant(tariq, Role.REVIEWER, "KE")
    assert [verbs.apply(regrade, who) for who in (paula, tariq)] == [False, False]
    for name, form in (("apply", {}), ("revert", {"reason": "It was right."})):
        assert as_person(paula).post(reverse(f"regrades:{name}", args=[regrade.pk]), form).status_code == 302
    regrade.refresh_from_db()
    assert regrade.stage == Stage.LOOKED


def test_an_administrator_is_a_person_too(version, administrator):
    regrade = previewed(version, Choice.FULL, administrator)
    assert not verbs.apply(regrade, administrator)


def test_the_page_says_that_who_proposed_it_was_asked_the_question(test, version, kofi, grace, as_person):
    attempts.submit(started_before_the_role(kofi, Role.TRAINER, test))
    regrade = previewed(version, Choice.FULL, kofi)
    assert "They were asked this question in a test." in page(as_person, grace, regrade)
