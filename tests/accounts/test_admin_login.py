"""The door of the admin: who is turned away is told so, and a role comes with its countries, never as a bare group."""

import pytest
from django.contrib.auth.models import Group

from accounts.roles import GROUPS
from tests.support import factories

pytestmark = pytest.mark.django_db
ASSIGN = "/admin/bulk/accounts/user/assign_role/"


@pytest.fixture
def as_administrator(client, administrator):
    factories.home()
    client.force_login(administrator)
    return client


def test_nobody_is_given_a_group_without_its_countries(as_administrator, amina):
    group = Group.objects.get(name=GROUPS["manager"])
    answer = as_administrator.post(f"{ASSIGN}?id={amina.pk}", {"role": group.pk})
    assert (answer.status_code, list(amina.groups.all())) == (404, [])


def test_the_list_of_people_does_not_offer_it(as_administrator, amina):
    html = as_administrator.get("/admin/users/").content.decode()
    assert ("set_active_state" in html, "assign_role" in html) == (True, False)


def test_a_learner_at_the_door_of_the_admin_is_told_and_not_sent_round_in_circles(client, amina):
    factories.home()
    client.force_login(amina)
    answer = client.get("/admin/pages/", follow=True)
    assert (answer.status_code, [to for to, _status in answer.redirect_chain]) == (
        403,
        ["/admin/login/?next=/admin/pages/"],
    )
    assert "This page is not open to you" in answer.content.decode()


def test_what_is_missing_in_the_admin_is_missing_at_once(as_administrator):
    assert [
        as_administrator.get(f"/admin/{part}/").status_code for part in ("register/999", "users/edit/999", "nowhere")
    ] == [404] * 3


def test_a_page_asked_for_without_its_language_is_still_found(client):
    factories.home()
    assert client.get("/courses/").headers["Location"] == "/en/courses/"


def test_a_method_that_no_page_knows_is_refused_to_everybody(as_administrator, client):
    assert [client.generic(method, "/en/courses/").status_code for method in ("PUT", "PATCH", "DELETE")] == [405] * 3
    assert as_administrator.put("/admin/users/new/").status_code == 405
