"""The programme manager's desk in the admin."""

import re

import pytest
from django.urls import NoReverseMatch, reverse
from wagtail.permissions import policy_registry

from accounts import roles
from accounts.models import Email, Role, User
from accounts.outbox import OutboxState
from certificates import issuing
from certificates.models import Certificate

pytestmark = pytest.mark.usefixtures("admin_open")
LISTING = reverse("register:index")


def at(name: str, certificate: Certificate) -> str:
    return reverse(f"register:{name}", args=[certificate.pk])


def listed(response) -> set[int]:
    return {int(pk) for pk in re.findall(r'/admin/register/(\d+)/"', response.content.decode())}


@pytest.fixture
def as_rosa(client, rosa):
    client.force_login(rosa)
    return client


def test_rosa_lists_kenya_omar_egypt_and_the_administrator_everything(
    client, amina, mona, rosa, omar, administrator, ready
):
    hers, monas = ready(amina), ready(mona)
    found = {}
    for user in (rosa, omar, administrator):
        client.force_login(user)
        found[user.name.split()[0]] = listed(client.get(LISTING))
    assert found == {"Rosa": {hers.pk}, "Omar": {monas.pk}, "Ada": {hers.pk, monas.pk}}


def test_a_manager_who_also_trains_everywhere_manages_only_their_country(client, amina, mona, rosa, ready):
    roles.grant(rosa, Role.TRAINER, "*")
    hers, monas = ready(amina), ready(mona)
    client.force_login(rosa)
    assert listed(client.get(LISTING)) == {hers.pk}
    assert client.get(at("inspect", monas), follow=True).status_code == 404


@pytest.mark.parametrize("view", ["inspect", "revoke", "reissue", "try_again"])
@pytest.mark.parametrize("who", ["omar", "kofi", "grace"])
def test_a_foreign_certificate_is_not_there(client, request, amina, ready, who, view):
    certificate = ready(amina)
    client.force_login(request.getfixturevalue(who))
    for verb in (client.get, client.post):
        assert verb(at(view, certificate), {"reason": "x"}, follow=True).status_code == 404
    certificate.refresh_from_db()
    assert certificate.standing == "valid"


def test_who_manages_nobody_has_no_listing_and_no_menu_item(client, kofi):
    client.force_login(kofi)
    assert client.get(LISTING)["Location"] == reverse("wagtailadmin_home")
    assert LISTING not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_learner_has_no_admin(client, amina, ready):
    client.force_login(amina)
    certificate = ready(amina)
    for address in (LISTING, at("inspect", certificate), at("revoke", certificate)):
        assert client.get(address).status_code == 302


def test_a_role_taken_away_counts_from_the_next_request(as_rosa, rosa, amina, ready):
    certificate = ready(amina)
    assert as_rosa.get(at("inspect", certificate)).status_code == 200
    roles.grant(rosa, Role.TRAINER, "GH")
    roles.revoke(rosa, Role.MANAGER, "KE")
    assert as_rosa.get(at("inspect", certificate), follow=True).status_code == 404


def test_there_is_no_way_to_add_edit_or_delete_one():
    for name in ("add", "edit", "delete", "copy", "history", "usage"):
        with pytest.raises(NoReverseMatch):
            reverse(f"register:{name}")
        with pytest.raises(NoReverseMatch):
            reverse(f"register:{name}", args=[1])


def test_the_listing_is_found_by_name_course_and_code_however_typed(as_rosa, amina, baraka, ready):
    hers, his = ready(amina), ready(baraka, course="Overdose")
    found = {
        query: listed(as_rosa.get(LISTING, {"q": query}))
        for query in ("amina", "overdose", his.shown_code, his.shown_code.lower().replace("-", " "), "nobody")
    }
    assert list(found.values()) == [{hers.pk}, {his.pk}, {his.pk}, {his.pk}, set()]


def test_the_listing_is_filtered_by_standing_file_and_country(
    client, administrator, amina, baraka, mona, rosa, ready, issue
):
    done, pending, monas, dead = ready(amina), issue(amina), ready(mona), issue(baraka)
    Certificate.objects.filter(pk=dead.pk).update(state=OutboxState.FAILED)
    issuing.revoke(monas, "Not hers", rosa)
    client.force_login(administrator)
    found = [
        listed(client.get(LISTING, query))
        for query in (
            {"standing": "revoked"},
            {"file": "done"},
            {"file": "pending"},
            {"file": "failed"},
            {"country": "EG"},
        )
    ]
    assert found == [{monas.pk}, {done.pk, monas.pk}, {pending.pk}, {dead.pk}, {monas.pk}]
    assert client.get(LISTING, {"standing": "x", "file": "y", "country": "ZZ"}).status_code == 200


def test_the_listing_says_expired_where_that_is_so(as_rosa, amina, ready):
    ready(amina, valid_until="2020-01-31")
    assert re.findall(r"<td[^>]*>\s*(Valid|Expired)\s*</td>", as_rosa.get(LISTING).content.decode()) == ["Expired"]


def test_the_page_of_one_offers_what_may_be_done(as_rosa, amina, rosa, issue):
    certificate = issue(amina)

    def offered() -> list[str]:
        return re.findall(
            rf"/admin/register/{certificate.pk}/([a-z-]+)/", as_rosa.get(at("inspect", certificate)).content.decode()
        )

    assert offered() == ["reissue", "revoke"]
    Certificate.objects.update(state=OutboxState.FAILED)
    assert sorted(offered()) == ["reissue", "revoke", "try-again"]
    issuing.revoke(certificate, "Not hers", rosa)
    assert offered() == []


def test_revoking_needs_a_reason_and_is_shown_with_it(as_rosa, rosa, amina, ready):
    certificate = ready(amina)
    refused = as_rosa.post(at("revoke", certificate), {"reason": "  "})
    assert refused.status_code == 200
    certificate.refresh_from_db()
    assert certificate.standing == "valid"
    done = as_rosa.post(at("revoke", certificate), {"reason": "Not hers"}, follow=True)
    assert "The certificate is revoked." in done.content.decode()
    certificate.refresh_from_db()
    assert (certificate.standing, certificate.standing_reason, certificate.standing_by) == ("revoked", "Not hers", rosa)
    again = as_rosa.post(at("revoke", certificate), {"reason": "Once more"}, follow=True)
    assert "Nothing was changed" in again.content.decode()
    assert Email.objects.filter(kind="certificate_revoked").count() == 1


def test_a_corrected_name_makes_a_new_certificate(as_rosa, amina, ready):
    old = ready(amina)
    User.objects.filter(pk=amina.pk).update(name="Amina Yusuf Hasan")
    assert "Amina Yusuf Hasan" in as_rosa.get(at("reissue", old)).content.decode()
    done = as_rosa.post(at("reissue", old), {"reason": "Name misspelt"})
    new = Certificate.objects.get(replaces=old)
    assert done["Location"] == at("inspect", new)
    assert new.name == "Amina Yusuf Hasan"
    again = as_rosa.post(at("reissue", old), {"reason": "Name misspelt"}, follow=True)
    assert "Nothing was changed" in again.content.decode()
    assert Certificate.objects.count() == 2


def test_a_given_up_file_is_tried_again(as_rosa, amina, issue):
    certificate = issue(amina)
    assert "Nothing was changed" in as_rosa.post(at("try_again", certificate), follow=True).content.decode()
    Certificate.objects.update(state=OutboxState.FAILED, tries=5, last_error="OSError")
    assert "being printed again" in as_rosa.post(at("try_again", certificate), follow=True).content.decode()
    assert list(Certificate.objects.due()) == [certificate]


def test_nothing_is_changed_by_looking(as_rosa, amina, ready):
    certificate = ready(amina)
    before = Certificate.objects.values().get()
    for view in ("inspect", "revoke", "reissue", "try_again"):
        assert as_rosa.get(at(view, certificate)).status_code == 200
    assert Certificate.objects.values().get() == before


def test_wagtails_policy_says_the_same(rosa, omar, kofi, administrator, amina, ready):
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


def test_the_listing_costs_the_same_queries_with_1_and_with_30(as_rosa, amina, issue, django_assert_max_num_queries):
    issue(amina)
    as_rosa.get(LISTING)
    with django_assert_max_num_queries(60) as few:
        as_rosa.get(LISTING)
    for _ in range(29):
        issue(amina)
    with django_assert_max_num_queries(60) as many:
        as_rosa.get(LISTING)
    assert len(many) == len(few)
