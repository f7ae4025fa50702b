"""Certificates in the admin, for programme managers."""

import re

import pytest
from django.urls import NoReverseMatch, reverse
from wagtail.permissions import policy_registry

from accounts import roles
from accounts.models import Email, Role, User
from accounts.outbox import OutboxState
from certificates import delivery, issuing
from certificates.models import Certificate

pytestmark = pytest.mark.usefixtures("admin_access")
INDEX_URL = reverse("register:index")


def url_of(name: str, certificate: Certificate) -> str:
    return reverse(f"register:{name}", args=[certificate.pk])


def listed(response) -> set[int]:
    return {int(pk) for pk in re.findall(r'/admin/register/(\d+)/"', response.content.decode())}


@pytest.fixture
def as_rosa(client, rosa):
    client.force_login(rosa)
    return client


def test_managers_see_their_country_and_administrators_everything(
    client, amina, mona, rosa, omar, administrator, ready
):
    hers, monas = ready(amina), ready(mona)
    listed_by = {}
    for user in (rosa, omar, administrator):
        client.force_login(user)
        listed_by[user.name.split()[0]] = listed(client.get(INDEX_URL))
    assert listed_by == {"Rosa": {hers.pk}, "Omar": {monas.pk}, "Ada": {hers.pk, monas.pk}}


def test_a_manager_who_also_trains_everywhere_manages_only_their_country(client, amina, mona, rosa, ready):
    roles.grant(rosa, Role.TRAINER, "*")
    hers, monas = ready(amina), ready(mona)
    client.force_login(rosa)
    assert listed(client.get(INDEX_URL)) == {hers.pk}
    assert client.get(url_of("inspect", monas), follow=True).status_code == 404


@pytest.mark.parametrize("view", ["inspect", "revoke", "reissue", "try_again"])
@pytest.mark.parametrize("who", ["omar", "kofi", "grace"])
def test_a_certificate_of_another_country_is_not_found(client, request, amina, ready, who, view):
    certificate = ready(amina)
    client.force_login(request.getfixturevalue(who))
    for verb in (client.get, client.post):
        assert verb(url_of(view, certificate), {"reason": "x"}, follow=True).status_code == 404
    certificate.refresh_from_db()
    assert certificate.standing == "valid"


def test_a_trainer_has_no_list_and_no_menu_item(client, kofi):
    client.force_login(kofi)
    assert client.get(INDEX_URL)["Location"] == reverse("wagtailadmin_home")
    assert INDEX_URL not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_learner_cannot_open_the_admin(client, amina, ready):
    client.force_login(amina)
    certificate = ready(amina)
    for address in (INDEX_URL, url_of("inspect", certificate), url_of("revoke", certificate)):
        assert client.get(address).status_code == 302


def test_removing_a_role_takes_effect_on_the_next_request(as_rosa, rosa, amina, ready):
    certificate = ready(amina)
    assert as_rosa.get(url_of("inspect", certificate)).status_code == 200
    roles.grant(rosa, Role.TRAINER, "GH")
    roles.revoke(rosa, Role.MANAGER, "KE")
    assert as_rosa.get(url_of("inspect", certificate), follow=True).status_code == 404


def test_a_certificate_cannot_be_added_edited_or_deleted():
    for name in ("add", "edit", "delete", "copy", "history", "usage"):
        with pytest.raises(NoReverseMatch):
            reverse(f"register:{name}")
        with pytest.raises(NoReverseMatch):
            reverse(f"register:{name}", args=[1])


def test_search_finds_certificates_by_name_course_and_code(as_rosa, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka, course="Overdose")
    results = {
        query: listed(as_rosa.get(INDEX_URL, {"q": query}))
        for query in ("amina", "overdose", his.shown_code, his.shown_code.lower().replace("-", " "), "nobody")
    }
    assert list(results.values()) == [{hers.pk}, {his.pk}, {his.pk}, {his.pk}, set()]


def test_the_list_is_filtered_by_status_file_and_country(
    client, administrator, amina, baraka, mona, rosa, ready, issue
):
    done, pending, monas, failed = ready(amina), issue(amina), ready(mona), issue(baraka)
    Certificate.objects.filter(pk=failed.pk).update(state=OutboxState.FAILED)
    issuing.revoke(monas, "Not hers", rosa)
    client.force_login(administrator)
    results = [
        listed(client.get(INDEX_URL, query))
        for query in (
            {"standing": "revoked"},
            {"file": "done"},
            {"file": "pending"},
            {"file": "failed"},
            {"country": "EG"},
        )
    ]
    assert results == [{monas.pk}, {done.pk, monas.pk}, {pending.pk}, {failed.pk}, {monas.pk}]
    assert client.get(INDEX_URL, {"standing": "x", "file": "y", "country": "ZZ"}).status_code == 200


def test_the_list_shows_an_expired_certificate_as_expired(as_rosa, amina, ready):
    ready(amina, valid_until="2020-01-31")
    assert re.findall(r"<td[^>]*>\s*(Valid|Expired)\s*</td>", as_rosa.get(INDEX_URL).content.decode()) == ["Expired"]


def test_the_detail_page_offers_only_possible_actions(as_rosa, amina, rosa, issue):
    certificate = issue(amina)

    def offered_actions() -> list[str]:
        return re.findall(
            rf"/admin/register/{certificate.pk}/([a-z-]+)/",
            as_rosa.get(url_of("inspect", certificate)).content.decode(),
        )

    assert offered_actions() == ["reissue", "revoke"]
    Certificate.objects.update(state=OutboxState.FAILED)
    assert sorted(offered_actions()) == ["reissue", "revoke", "try-again"]
    issuing.revoke(certificate, "Not hers", rosa)
    assert offered_actions() == []


def test_revoking_requires_a_reason_and_records_it(as_rosa, rosa, amina, ready):
    certificate = ready(amina)
    response = as_rosa.post(url_of("revoke", certificate), {"reason": "  "})
    assert response.status_code == 200
    certificate.refresh_from_db()
    assert certificate.standing == "valid"
    done = as_rosa.post(url_of("revoke", certificate), {"reason": "Not hers"}, follow=True)
    assert "The certificate is revoked." in done.content.decode()
    certificate.refresh_from_db()
    assert (certificate.standing, certificate.standing_reason, certificate.standing_by) == ("revoked", "Not hers", rosa)
    again = as_rosa.post(url_of("revoke", certificate), {"reason": "Once more"}, follow=True)
    assert "Nothing was changed" in again.content.decode()
    assert Email.objects.filter(kind="certificate_revoked").count() == 1


def test_reissuing_makes_a_new_certificate_with_the_corrected_name(as_rosa, amina, ready):
    old = ready(amina)
    User.objects.filter(pk=amina.pk).update(name="Amina Yusuf Hasan")
    assert "Amina Yusuf Hasan" in as_rosa.get(url_of("reissue", old)).content.decode()
    done = as_rosa.post(url_of("reissue", old), {"reason": "Name misspelt"})
    new = Certificate.objects.get(replaces=old)
    assert done["Location"] == url_of("inspect", new)
    assert new.name == "Amina Yusuf Hasan"
    assert "Public page" not in as_rosa.get(url_of("inspect", new)).content.decode()
    assert delivery.deliver(new.pk)
    again = as_rosa.post(url_of("reissue", old), {"reason": "Name misspelt"}, follow=True)
    assert "Nothing was changed" in again.content.decode()
    assert Certificate.objects.count() == 2


def test_a_certificate_is_not_reissued_for_a_name_that_cannot_be_printed(as_rosa, amina, ready):
    old = ready(amina)
    User.objects.filter(pk=amina.pk).update(name="Amina \U0001f600")
    page = as_rosa.post(url_of("reissue", old), {"reason": "Name misspelt"}, follow=True).content.decode()
    assert "Nothing was changed. This sign cannot be printed on a certificate: \U0001f600." in page
    assert Certificate.objects.get() == old


def test_a_failed_pdf_is_retried(as_rosa, amina, issue):
    certificate = issue(amina)
    assert "Nothing was changed" in as_rosa.post(url_of("try_again", certificate), follow=True).content.decode()
    Certificate.objects.update(state=OutboxState.FAILED, tries=5, last_error="OSError")
    assert "being made again" in as_rosa.post(url_of("try_again", certificate), follow=True).content.decode()
    assert list(Certificate.objects.due()) == [certificate]


def test_get_requests_change_nothing(as_rosa, amina, ready):
    certificate = ready(amina)
    before = Certificate.objects.values().get()
    for view in ("inspect", "revoke", "reissue", "try_again"):
        assert as_rosa.get(url_of(view, certificate)).status_code == 200
    assert Certificate.objects.values().get() == before


def test_the_permission_policy_of_wagtail_agrees(rosa, omar, kofi, administrator, amina, ready):
    certificate = ready(amina)
    policy = policy_registry.get_by_type(Certificate)
    assert set(policy.users_with_permission("view")) == {rosa, omar, administrator}
    assert not policy.users_with_permission("change").exists()
    assert [policy.user_has_permission_for_instance(user, "view", certificate) for user in (rosa, omar, kofi)] == [
        True,
        False,
        False,
    ]
    assert not any(policy.user_has_permission(administrator, action) for action in ("add", "change", "delete"))


def test_the_list_takes_the_same_queries_for_1_and_30_certificates(
    as_rosa, amina, issue, django_assert_max_num_queries
):
    issue(amina)
    as_rosa.get(INDEX_URL)
    with django_assert_max_num_queries(60) as few:
        as_rosa.get(INDEX_URL)
    for _ in range(29):
        issue(amina)
    with django_assert_max_num_queries(60) as many:
        as_rosa.get(INDEX_URL)
    assert len(many) == len(few)
