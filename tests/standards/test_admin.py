"""In the admin, staff can search and choose statements, but not edit them."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from standards.models import Statement

SNIPPET = "wagtailsnippets_standards_statement"


@pytest.fixture
def staff_client(client, kofi):
    """A client signed in as Kofi, who may open the admin and nothing else."""
    kofi.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(kofi)
    return client


def test_authors_can_list_search_and_filter_statements(staff_client, small):
    html = staff_client.get(reverse(f"{SNIPPET}:list")).content.decode()
    assert "1.3.10 Not everyone who uses drugs" in html
    html = staff_client.get(reverse(f"{SNIPPET}:list"), {"q": "dependence"}).content.decode()
    assert "1.3.6 ICD" in html
    assert "1.1.1 The publication" not in html
    html = staff_client.get(reverse(f"{SNIPPET}:list"), {"section": small.sections.get(code="1.1").pk}).content.decode()
    assert "1.1.1 The publication" in html
    assert "1.3.6 ICD" not in html


def test_authors_can_choose_a_statement_to_cite(staff_client, small):
    chooser = "wagtailsnippetchoosers_standards_statement"
    assert "1.3.6 ICD" in staff_client.get(reverse(f"{chooser}:choose_results"), {"q": "dependence"}).content.decode()
    chosen = staff_client.get(reverse(f"{chooser}:chosen", args=[Statement.objects.get(code="1.3.6").pk])).json()
    assert chosen["result"]["string"].startswith("1.3.6 ICD")


def test_authors_can_view_a_statement(staff_client, small):
    url = reverse(f"{SNIPPET}:inspect", args=[Statement.objects.get(code="1.3.6").pk])
    assert "impaired regulation of use" in staff_client.get(url).content.decode()


@pytest.mark.parametrize("who", ["kofi", "administrator"])
def test_nobody_can_add_change_or_delete_a_statement(client, small, who, request):
    user = request.getfixturevalue(who)
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label__in=["wagtailadmin", "standards"]))
    client.force_login(user)
    pk = Statement.objects.get(code="1.3.6").pk
    before = list(Statement.objects.values())
    for name, args in (("add", []), ("edit", [pk]), ("delete", [pk])):
        response = client.post(reverse(f"{SNIPPET}:{name}", args=args), {"code": "9.9.9"})
        assert (response.status_code, response["Location"]) == (302, reverse("wagtailadmin_home"))
    bulk = reverse("wagtail_bulk_action", args=["standards", "statement", "delete"])
    client.post(f"{bulk}?id={pk}")
    assert list(Statement.objects.values()) == before


def test_a_learner_cannot_open_the_list(client, small, amina):
    client.force_login(amina)
    assert client.get(reverse(f"{SNIPPET}:list")).status_code == 302
