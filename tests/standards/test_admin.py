"""In the admin the Standards are looked up and chosen, never edited."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from standards.models import Statement

SNIPPET = "wagtailsnippets_standards_statement"


@pytest.fixture
def desk(client, kofi):
    """Kofi, signed in, with the right to enter the admin and nothing else."""
    kofi.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(kofi)
    return client


def test_an_author_lists_searches_and_filters_statements(desk, small):
    html = desk.get(reverse(f"{SNIPPET}:list")).content.decode()
    assert "1.3.10 Not everyone who uses drugs" in html
    html = desk.get(reverse(f"{SNIPPET}:list"), {"q": "dependence"}).content.decode()
    assert "1.3.6 ICD" in html
    assert "1.1.1 The publication" not in html
    html = desk.get(reverse(f"{SNIPPET}:list"), {"section": small.sections.get(code="1.1").pk}).content.decode()
    assert "1.1.1 The publication" in html
    assert "1.3.6 ICD" not in html


def test_an_author_chooses_a_statement_to_cite(desk, small):
    chooser = "wagtailsnippetchoosers_standards_statement"
    assert "1.3.6 ICD" in desk.get(reverse(f"{chooser}:choose_results"), {"q": "dependence"}).content.decode()
    chosen = desk.get(reverse(f"{chooser}:chosen", args=[Statement.objects.get(code="1.3.6").pk])).json()
    assert chosen["result"]["string"].startswith("1.3.6 ICD")


def test_an_author_reads_a_statement_there(desk, small):
    url = reverse(f"{SNIPPET}:inspect", args=[Statement.objects.get(code="1.3.6").pk])
    assert "impaired regulation of use" in desk.get(url).content.decode()


@pytest.mark.parametrize("who", ["kofi", "administrator"])
def test_nobody_may_add_change_or_remove_one(client, small, who, request):
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


def test_a_learner_does_not_get_in(client, small, amina):
    client.force_login(amina)
    assert client.get(reverse(f"{SNIPPET}:list")).status_code == 302
