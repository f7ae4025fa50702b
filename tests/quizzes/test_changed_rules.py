"""An easier test of a release is published by a second person, for all countries, who sees it first."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from time_machine import travel
from wagtail.models import Revision

from accounts import roles
from accounts.models import AuditEntry, Role
from courses.models.pages import LessonPage
from courses.revisions import NotPublishable
from elearning import tasks
from quizzes.models import changed_rules
from quizzes.models.pages import QuizPage, QuizPurpose
from tests.quizzes.factories import course_with_test, enrol
from tests.quizzes.test_publishing import approve, form, text
from tests.support.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("prepared")]

EASIER = {"pass_percent": 60, "attempts_per_round": 9, "pause_hours": 0}
NAMED = "Pass mark, %: 80 → 60. Attempts in a row: 3 → 9. Pause after them, hours: 24 → 0."
PEOPLE = "1 person is in the middle of a course with this page."
WHO_MAY = "Only a reviewer for all countries who did not make this change can publish it."
PUBLISH, APPROVE = {"action-publish": "1"}, {"action-workflow-action": "1", "workflow-action-name": "approve"}


@pytest.fixture
def page(db, amina):
    """A released test, with one person under way."""
    page = course_with_test(["single"])
    page.save_revision().publish()
    enrol(amina, page)
    return page


@pytest.fixture
def one_country(db):
    """A reviewer for Ghana only."""
    user = person("Henry Boateng", "GH")
    roles.grant(user, Role.REVIEWER, "GH")
    return user


def draft(page, user, **rules):
    """Save these rules as a draft of this person."""
    page = page.get_latest_revision_as_object()
    for name, value in rules.items():
        setattr(page, name, value)
    return page.save_revision(user=user)


def post(client, page, action: dict, rules: dict | None = None) -> str:
    values = {name: str(value) for name, value in (EASIER if rules is None else rules).items()}
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return text(client.post(url, form(page, 1) | values | action, follow=True))


def now(page) -> tuple:
    page.refresh_from_db()
    return page.pass_percent, page.attempts_per_round, page.pause_hours


def recorded() -> list[tuple]:
    return list(AuditEntry.objects.filter(verb="test.rules").values_list("actor", "ids"))


def test_a_reviewer_for_one_country_does_not_make_a_test_easier(as_person, page, kofi, one_country):
    draft(page, kofi, **EASIER)
    shown = post(as_person(one_country), page, PUBLISH)
    assert f"{NAMED} {PEOPLE} {WHO_MAY}" in shown
    assert "Read slowly." in shown
    assert (now(page), recorded()) == ((80, 3, 24), [])


def test_who_wrote_it_does_not_publish_it_and_a_second_person_does(as_person, page, grace, administrator):
    assert WHO_MAY in post(as_person(grace), page, PUBLISH)
    post(as_person(grace), page, {})
    assert WHO_MAY in post(as_person(grace), page, PUBLISH), "her own draft"
    assert now(page) == (80, 3, 24)
    post(as_person(administrator), page, PUBLISH)
    assert now(page) == (60, 9, 0)
    before = {"pass_percent_before": 80, "attempts_per_round_before": 3, "pause_hours_before": 24}
    assert recorded() == [(administrator.uuid, {"quiz": str(page.translation_key), **before, **EASIER})]


def test_an_approval_is_refused_or_led_to_the_editor_first(as_person, page, kofi, grace, one_country):
    draft(page, kofi, **EASIER)
    page.refresh_from_db()
    page.get_workflow().start(page, kofi)
    assert WHO_MAY in text(as_person(one_country).post(approve(page), {"comment": ""}, follow=True))
    assert WHO_MAY in post(as_person(one_country), page, APPROVE)
    shown = text(as_person(grace).post(approve(page), {"comment": ""}, follow=True))
    assert "This was not approved yet, because it changes the rules of a test." in shown
    assert f"This draft changes the rules of a test that a release asks for. {NAMED} {PEOPLE}" in shown
    assert now(page) == (80, 3, 24)
    post(as_person(grace), page, APPROVE)
    assert (now(page), page.workflow_in_progress) == ((60, 9, 0), False)
    assert [actor for actor, _ids in recorded()] == [grace.uuid]


def test_the_api_of_the_admin_publishes_nothing(as_person, page, kofi, administrator):
    """It would ask no form and no Page.publish()."""
    draft(page, kofi, **EASIER)
    url = reverse("wagtailadmin_api:pages:action", args=[page.pk, "publish"])
    assert as_person(administrator).post(url).status_code == 404
    assert now(page) == (80, 3, 24)


@pytest.mark.parametrize("still_reviews", [True, False])
def test_what_is_scheduled_is_decided_by_who_scheduled_it(page, kofi, grace, one_country, still_reviews):
    revision = draft(page, kofi, **EASIER, go_live_at=timezone.now() + timedelta(minutes=1))
    for who in (kofi, one_country):
        with pytest.raises(NotPublishable):
            revision.publish(user=who, skip_permission_checks=True)
    revision.publish(user=grace)
    assert (now(page), recorded()) == ((80, 3, 24), []), "nothing has changed yet"
    draft(page, kofi, pass_percent=75)
    if not still_reviews:
        roles.revoke(grace, Role.REVIEWER, "*")
    with travel(timezone.now() + timedelta(hours=1)):
        tasks.publish_scheduled()
    assert now(page) == ((60, 9, 0) if still_reviews else (80, 3, 24))
    assert [actor for actor, _ids in recorded()] == [grace.uuid] * still_reviews
    assert not Revision.objects.exclude(approved_go_live_at=None).exists()


def test_many_pages_are_not_published_at_once_with_changed_rules(as_person, page, kofi, grace):
    draft(page, kofi, **EASIER)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={page.pk}"
    assert NAMED in text(as_person(grace).post(url, {"include_descendants": ""}, follow=True))
    assert now(page) == (80, 3, 24)


def test_a_harder_test_and_other_minutes_are_named_and_free(as_person, page, kofi, one_country):
    rules = {"pass_percent": 90, "attempts_per_round": 3, "pause_hours": 48, "minutes": 60}
    draft(page, kofi, **rules)
    client = as_person(one_country)
    shown = text(client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])))
    assert f"Pass mark, %: 80 → 90. Minutes: 45 → 60. Pause after them, hours: 24 → 48. {PEOPLE}" in shown
    post(client, page, PUBLISH, rules)
    assert now(page) == (90, 3, 48)
    assert recorded()[0][1]["minutes_before"] == 45
    assert "changes the rules" not in text(client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])))


def test_a_test_taken_offline_is_compared_with_what_was_published(as_person, page, grace, one_country):
    """Wagtail writes drafts of an unpublished page into its row."""
    page.unpublish()
    post(as_person(one_country), page, {})
    assert (now(page), page.live) == ((60, 9, 0), False)
    assert WHO_MAY in post(as_person(one_country), page, PUBLISH)
    page.refresh_from_db()
    assert not page.live
    post(as_person(grace), page, PUBLISH)
    page.refresh_from_db()
    assert (page.live, [actor for actor, _ids in recorded()]) == (True, [grace.uuid])


def test_a_test_that_no_release_has_and_practice_are_free(page, one_country):
    copied = page.copy(update_attrs={"slug": "copied", "title": "Copied"}, keep_live=False)
    draft(copied, one_country, **EASIER).publish(user=one_country, skip_permission_checks=True)
    assert (now(copied), recorded()) == ((60, 9, 0), [])


def test_a_test_needs_half_of_the_points_and_practice_does_not(as_person, page, administrator):
    shown = post(as_person(administrator), page, PUBLISH, {"pass_percent": 49})
    assert "The pass mark of a test is at least 50 %." in shown
    assert draft(page, administrator, pass_percent=49).as_object().lacking()
    assert changed_rules.too_low(QuizPage(pass_percent=50)) == []
    assert changed_rules.too_low(QuizPage(purpose=QuizPurpose.PRACTICE, pass_percent=1)) == []


@pytest.mark.parametrize(("model", "most"), [(LessonPage, 240), (QuizPage, 600)])
def test_the_minutes_of_a_step_have_bounds(model, most):
    minutes = model._meta.get_field("minutes")
    assert [minutes.clean(value, None) for value in (1, most)] == [1, most]
    for value, why in ((0, "Enter at least one minute."), (most + 1, f"Enter at most {most} minutes.")):
        with pytest.raises(ValidationError, match=why):
            minutes.clean(value, None)
