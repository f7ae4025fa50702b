"""A draft is not published unseen with an expiry, nor many pages at once with something lacking."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from quizzes import bootstrap
from tests.journeys.test_authoring import approve
from tests.quizzes.factories import course_with_test, enrol, question

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SOON = datetime(2031, 5, 3, 10, tzinfo=UTC)
SAYS_WHEN = "has an expiry date: it would be unpublished on 3 May 2031"


@pytest.fixture
def people(client, kofi, grace):
    """Sign in Kofi, who writes, or Grace, who reviews."""
    bootstrap.prepare()
    named = {"kofi": kofi, "grace": grace}

    def sign_in(name):
        client.force_login(named[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def in_review(instance, kofi, expire_at=SOON):
    """The page or question with a newer draft that expires, in review."""
    instance.expire_at = expire_at
    instance.save_revision(user=kofi)
    instance.get_workflow().start(instance, kofi)
    instance.refresh_from_db()
    return instance


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_an_expiry_is_named_before_a_test_is_approved(people, kofi, amina):
    test = course_with_test(["single"])
    enrol(amina, test)
    in_review(test, kofi)
    url = reverse("wagtailadmin_pages:workflow_action", args=[test.pk, "approve", test.current_workflow_task_state.pk])
    answer = people("grace").post(url, {"comment": ""}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("wagtailadmin_pages:edit", args=[test.pk])
    shown = text(answer)
    assert "This was not approved yet, because it has an expiry date." in shown
    assert f"“Final test” {SAYS_WHEN}" in shown
    assert "1 person is in the middle of a course with this page." in shown
    test.refresh_from_db()
    assert (test.expire_at, test.workflow_in_progress) == (None, True)


def test_an_expiry_of_a_question_is_named_too(people, kofi):
    created = in_review(question("single"), kofi)
    name = "wagtailsnippets_quizzes_question"
    url = reverse(f"{name}:workflow_action", args=[created.pk, "approve", created.current_workflow_task_state.pk])
    assert SAYS_WHEN in text(people("grace").post(url, {"comment": ""}, follow=True))
    assert SAYS_WHEN in text(people("grace").get(reverse(f"{name}:edit", args=[created.pk])))


def test_an_expiry_that_learners_have_already_asks_nothing(people, kofi, grace):
    test = course_with_test(["single"])
    test.expire_at = SOON
    test.save_revision().publish()
    in_review(test, kofi)
    approve(people("grace"), grace, test)
    assert not test.workflow_in_progress


def test_who_reads_a_draft_in_review_sees_when_it_would_expire(client, people, kofi):
    test = in_review(course_with_test(["single"]), kofi)
    shown = text(people("kofi").get(reverse("wagtailadmin_pages:edit", args=[test.pk])))
    assert "<dt>Expiry date/time</dt><dd>3 May 2031" in shown


@pytest.mark.parametrize("below", ["", "on"])
def test_many_pages_are_not_published_at_once_with_an_expiry_or_something_lacking(people, kofi, below):
    test = course_with_test(["single"])
    test.expire_at = SOON
    test.save_revision()
    if below:
        test.unpublish()
    page = test.get_parent() if below else test
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={page.pk}"
    answer = people("grace").post(url, {"include_descendants": below}, follow=True)
    assert SAYS_WHEN in text(answer)
    test.refresh_from_db()
    assert (test.expire_at is None or not test.live) is True
    test.expire_at = None
    test.save_revision()
    people("grace").post(url, {"include_descendants": below})
    test.refresh_from_db()
    assert (test.live, test.has_unpublished_changes) == (True, False)
