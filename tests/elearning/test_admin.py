"""Every page of Wagtail's admin that this product uses opens for an administrator."""

import pytest

from tests.support import factories

PAGES = [
    "/admin/", "/admin/users/", "/admin/users/new/", "/admin/groups/", "/admin/pages/", "/admin/reports/completion/",
    "/admin/account/", "/admin/workflows/list/", "/admin/reports/site-history/", "/admin/images/", "/admin/documents/",
    "/admin/reports/workflow/", "/admin/reports/locked/", "/admin/sites/", "/admin/collections/",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_an_administrator_opens(client, administrator, path):
    factories.home()
    client.force_login(administrator)
    assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_an_administrator_edits_the_operator_and_an_unreadable_accent_is_refused(client, administrator):
    factories.home()
    client.force_login(administrator)
    page = client.get("/admin/settings/accounts/operator/", follow=True)
    url = page.redirect_chain[-1][0]
    form = {"name": "Ministry of Health", "site_name": "Care School", "accent": "#ffff00", "accent_dark": "#84cbd0"}
    assert "hard to read" in client.post(url, form).content.decode()
    client.post(url, {**form, "accent": "#0d5a63"})
    assert "Care School" in client.get("/en/").content.decode()


@pytest.mark.django_db
def test_an_administrator_changes_a_person(client, administrator, amina):
    factories.home()
    client.force_login(administrator)
    url = f"/admin/users/edit/{amina.pk}/"
    assert client.get(url).status_code == 200
