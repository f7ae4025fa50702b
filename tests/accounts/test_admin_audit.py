"""Who may open the audit trail, and which admin actions are recorded in it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import AuditEntry, CountryScope, Role
from elearning.health import summary
from tests.support.factories import home
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


def entries_of(actor):
    entries = AuditEntry.objects.filter(actor=actor.uuid).order_by("pk")
    return [(entry.verb, entry.object_id, entry.ids) for entry in entries]


@pytest.fixture
def boss(client, administrator):
    client.force_login(administrator)
    return administrator


def details(person, **changes):
    fields = ("email", "name", "language", "time_zone", "cadre", "licence_number", "sex", "is_active")
    return {"country": person.country.code, **{name: getattr(person, name) for name in fields}, **changes}


def test_changing_a_person_records_the_names_of_the_changed_fields(client, boss, amina):
    edit = reverse("wagtailusers_users:edit", args=[amina.pk])
    assert client.post(edit, details(amina, licence_number="KE-17")).status_code == 302
    deactivated = details(amina, licence_number="KE-17")
    del deactivated["is_active"]
    deactivated["your_password"] = PASSWORD
    assert client.post(edit, deactivated).status_code == 302
    assert client.post(edit, deactivated).status_code == 302  # changes nothing, records nothing
    uuid = str(amina.uuid)
    assert entries_of(boss) == [
        ("person.changed", uuid, {"fields": "licence_number"}),
        ("person.changed", uuid, {"fields": "is_active"}),
        ("person.shut_out", uuid, {}),
    ]


def test_an_invitation_is_recorded(client, boss):
    new = {"email": "new@example.org", "name": "New Person", "country": "KE", "language": "en", "time_zone": "UTC",
           "is_active": "on", "password1": "a long enough word", "password2": "a long enough word",
           "your_password": PASSWORD}  # fmt: skip
    assert client.post(reverse("wagtailusers_users:add"), new).status_code == 302
    assert [verb for verb, _object, _ids in entries_of(boss)] == ["person.invited"]


def test_a_bulk_deactivation_records_one_entry_for_each_person(client, boss, amina, baraka):
    url = reverse("wagtail_bulk_action", args=["accounts", "user", "set_active_state"])
    people = f"?id={amina.pk}&id={baraka.pk}&id={boss.pk}"
    assert client.post(url + people, {"mark_as_active": "False"}).status_code == 302
    assert sorted(entries_of(boss)) == sorted(("person.shut_out", str(person.uuid), {}) for person in (amina, baraka))


def test_granting_and_revoking_a_role_in_the_admin_is_recorded_with_the_actor(client, boss, amina):
    role = {"email": amina.email, "role": "manager", "country": "KE", "your_password": PASSWORD}
    assert client.post(reverse("roles:add"), role).status_code == 302
    scope = CountryScope.objects.get(user=amina)
    assert client.post(reverse("roles:delete", args=[scope.pk])).status_code == 302
    ids = {"role": "manager", "country": "KE"}
    assert entries_of(boss) == [("role.given", str(amina.uuid), ids), ("role.taken", str(amina.uuid), ids)]


def test_an_administrator_filters_the_trail_by_person_and_verb(client, boss, amina, baraka):
    roles.grant(amina, Role.TRAINER, "KE", by=boss)
    roles.grant(baraka, Role.REVIEWER, "KE", by=boss)
    page = client.get(reverse("audit_trail")).content.decode()
    assert (amina.name in page, baraka.name in page, "role given" in page) == (True, True, True)
    page = client.get(reverse("audit_trail_results"), {"person": amina.email}).content.decode()
    assert (amina.name in page, baraka.name in page) == (True, False)
    page = client.get(reverse("audit_trail_results"), {"verb": "role.taken"}).content.decode()
    assert (amina.name in page, baraka.name in page) == (False, False)


@pytest.mark.parametrize("who", ["kofi", "grace", "rosa"])
def test_other_staff_cannot_open_the_trail(client, request, admin_open, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    assert client.get(reverse("audit_trail")).status_code == 302
    assert client.get(reverse("audit_trail_results")).status_code == 302


@pytest.fixture
def admin_open(db):
    home()


def test_the_page_takes_the_same_number_of_queries_for_one_entry_and_for_three(client, boss):
    counts = []
    for many in (1, 2):
        for _number in range(many):
            trail.record(Verb.REPORT_EXPORTED, boss)
        client.get(reverse("audit_trail"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("audit_trail"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_broken_trail_is_shown_on_the_page_and_by_health(client, boss, monkeypatch):
    assert summary.read()["audit"].state == "ok"
    monkeypatch.setattr(trail, "broken", lambda: ["the entries of seal 7 were changed"])
    trail.record(Verb.REPORT_EXPORTED, boss)
    assert "seal 7" in client.get(reverse("audit_trail")).content.decode()
    assert client.get(reverse("health")).json()["parts"]["audit"]["state"] == "failing"


def test_a_trail_that_is_not_sealed_is_reported_as_late(boss):
    entry = trail.record(Verb.REPORT_EXPORTED, boss)
    assert summary.read()["audit"].state == "ok"
    AuditEntry.objects.create(verb=entry.verb, at=entry.at - timedelta(hours=1))
    assert summary.read()["audit"].state == "degraded"
