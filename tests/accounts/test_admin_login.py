"""Signing in to the admin: people without access see a message; nobody gets a role's group without its countries."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.roles import GROUPS
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ASSIGN = "/admin/bulk/accounts/user/assign_role/"


@pytest.fixture
def as_administrator(client, administrator):
    factories.home()
    client.force_login(administrator)
    return client


def test_the_bulk_action_that_adds_a_role_group_is_gone(as_administrator, amina):
    group = Group.objects.get(name=GROUPS["manager"])
    response = as_administrator.post(f"{ASSIGN}?id={amina.pk}", {"role": group.pk})
    assert (response.status_code, list(amina.groups.all())) == (404, [])


def test_the_list_of_people_does_not_offer_that_bulk_action(as_administrator, amina):
    html = as_administrator.get("/admin/users/").content.decode()
    assert ("set_active_state" in html, "assign_role" in html) == (True, False)


def test_a_learner_who_opens_the_admin_gets_403_and_no_redirect_loop(client, amina):
    factories.home()
    client.force_login(amina)
    response = client.get("/admin/pages/", follow=True)
    assert (response.status_code, [to for to, _status in response.redirect_chain]) == (
        403,
        ["/admin/login/?next=/admin/pages/"],
    )
    assert "You do not have access to this page" in response.content.decode()


def test_unknown_admin_pages_answer_404(as_administrator):
    assert [
        as_administrator.get(f"/admin/{part}/").status_code for part in ("register/999", "users/edit/999", "nowhere")
    ] == [404] * 3


def test_a_url_without_its_language_redirects(client):
    factories.home()
    assert client.get("/courses/").headers["Location"] == "/en/courses/"


def test_unknown_methods_are_refused_for_everybody(as_administrator, client):
    assert [client.generic(method, "/en/courses/").status_code for method in ("PUT", "PATCH", "DELETE")] == [405] * 3
    assert as_administrator.put("/admin/users/new/").status_code == 405


def test_the_admin_shows_people_by_name_and_not_by_their_username(client, kofi):
    client.force_login(kofi, backend="allauth.account.auth_backends.AuthenticationBackend")
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert kofi.get_short_name() in home
    assert kofi.username not in home
