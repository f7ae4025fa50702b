"""A session that has not shown the second step gives its person no power, whoever asks and however."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles, scoping
from accounts.authentication import powers
from accounts.models import User
from courses import bootstrap
from privacy import requests
from tests.support import factories

pytestmark = pytest.mark.django_db


def answers(user: User) -> dict[str, bool]:
    """Ask about every kind of power in the ways our code and Wagtail's do."""
    home = factories.home()
    return {
        "administrator": roles.is_administrator(user),
        "role": roles.holds(user),
        "scope": scoping.in_scope(user, "country") != scoping.in_scope(User(is_active=False), "country"),
        "staff": user.is_staff,
        "permission": user.has_perm("wagtailadmin.access_admin"),
        "app": user.has_module_perms("wagtailadmin"),
        "page": home.permissions_for_user(user).can_edit(),
        "group": user.groups.exists() or user.is_superuser,
    }


@pytest.mark.parametrize("name", ["kofi", "administrator"])
def test_no_question_about_a_power_is_answered_with_yes(request, name):
    bootstrap.prepare()
    person = request.getfixturevalue(name)
    before = answers(User.objects.get(pk=person.pk))
    assert all(before.values()) or (name == "kofi" and [key for key in before if not before[key]] == ["administrator"])
    powers.withhold(person)
    assert not any(answers(person).values())
    assert person.is_staff_member, "the link to the staff area stays, which asks for the second step"


def test_saving_and_reloading_the_person_keeps_what_is_stored(administrator):
    powers.withhold(administrator)
    administrator.name = "Ada A."
    administrator.save()
    administrator.refresh_from_db()
    assert administrator.is_superuser is False
    stored = User.objects.get(pk=administrator.pk)
    assert (stored.name, stored.is_superuser) == ("Ada A.", True)


def test_the_last_administrator_cannot_be_erased_without_the_second_step_either(administrator):
    powers.withhold(administrator)
    with pytest.raises(requests.LastAdministrator):
        requests.request_erasure(administrator, administrator)


def test_staff_without_the_second_step_learn_like_everybody(client, kofi, settings):
    course = factories.course()
    settings.MFA_REQUIRED_OF_STAFF = True
    client.force_login(kofi)
    assert client.get(reverse("learning")).status_code == 200
    assert client.post(reverse("join", args=[course.translation_key])).status_code == 302
    assert kofi.enrolments.count() == 1


def test_learners_cost_no_query_more(client, amina, settings):
    factories.home()
    client.force_login(amina)
    counts = []
    for settings.MFA_REQUIRED_OF_STAFF in (False, False, True):  # the first request fills the process cache
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("profile"))
        counts.append(len(queries))
    assert counts[1] == counts[2]
