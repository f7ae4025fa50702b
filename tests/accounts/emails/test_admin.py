"""The Emails page of administrators: filters, reasons, sending again. Nobody reads what an email says."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Email, Undeliverable, Urgency, User
from accounts.outbox import OutboxState
from tests.support import factories

pytestmark = pytest.mark.django_db
INDEX = reverse("emails:index")
SECRET = "https://learn.example.org/reset/key/secret"


@pytest.fixture
def admin(client, administrator):
    factories.home()
    client.force_login(administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def failed(write, person: User, **fields) -> Email:
    return write(to=person.email, user=person, state=OutboxState.FAILED, last_error="550 5.1.1 unknown", **fields)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_lists_what_waits_and_what_failed_and_why(admin, amina, baraka, write):
    failed(write, amina, kind="password_reset_key", text=SECRET, html=SECRET, subject=SECRET)
    write(to=baraka.email, user=baraka, kind="regraded", urgency=Urgency.BULK, tries=2)
    page = text_of(admin.get(INDEX))
    for words in (
        amina.email,
        "Link for a new password",
        "550 5.1.1 unknown",
        "waiting, after 2 tries",
        "Test regraded",
    ):
        assert words in page
    assert SECRET not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state": "failed"}, {"amina"}),
        ({"state": "waiting"}, {"baraka"}),
        ({"state": "done"}, {"mona"}),
        ({"kind": "marked"}, {"amina", "mona"}),
        ({"to": "BARAKA@"}, {"baraka"}),
        ({"state": "failed", "to": "mona"}, set()),
    ],
)
def test_the_filters(admin, amina, baraka, mona, write, query, shown):
    failed(write, amina)
    write(to=baraka.email, user=baraka, kind="regraded")
    write(to=mona.email, user=mona, state=OutboxState.DONE)
    page = text_of(admin.get(reverse("emails:index_results"), query))
    assert {name for name in ("amina", "baraka", "mona") if f"{name}@example.org" in page} == shown


def test_the_listing_takes_as_many_queries_for_three_emails_as_for_one(
    admin, amina, write, django_assert_num_queries, django_assert_max_num_queries
):
    failed(write, amina)
    admin.get(INDEX)
    with django_assert_max_num_queries(60) as one:
        admin.get(INDEX)
    for _ in range(2):
        failed(write, amina)
    with django_assert_num_queries(len(one)):
        admin.get(INDEX)


def test_one_email_is_shown_without_what_it_says_and_that_is_recorded(admin, administrator, amina, write):
    email = failed(write, amina, kind="password_reset_key", text=SECRET, html=SECRET, subject=SECRET)
    page = text_of(admin.get(reverse("emails:inspect", args=[email.pk])))
    assert amina.email in page and "550 5.1.1 unknown" in page and email.message_id.strip("<>") in page
    assert SECRET not in page
    entry = AuditEntry.objects.get(verb="email.viewed")
    assert (entry.actor, entry.object_id) == (administrator.uuid, str(email.pk))


def test_one_failed_email_is_sent_again_and_its_address_counts_as_good(admin, amina, write):
    User.objects.filter(pk=amina.pk).update(
        undeliverable_address=amina.email, undeliverable_how=Undeliverable.REFUSED, undeliverable_reason="550"
    )
    email, other = failed(write, amina, tries=51, unconfirmed=2), failed(write, amina)
    url = reverse("emails:send_again", args=[email.pk])
    assert "1 failed email will be sent again." in text_of(admin.get(url))
    assert "1 email is sent again." in text_of(admin.post(url, follow=True))
    email.refresh_from_db()
    amina.refresh_from_db()
    assert (email.state, email.tries, email.unconfirmed, amina.mail_fails) == (OutboxState.PENDING, 0, 0, False)
    assert list(Email.objects.filter(state=OutboxState.FAILED)) == [other]
    entry = AuditEntry.objects.get(verb="email.sent_again")
    assert (entry.object_id, entry.ids) == (str(email.pk), {"rows": 1})


def test_what_did_not_fail_is_not_sent_again(admin, amina, write):
    sent = write(user=amina, state=OutboxState.DONE)
    assert "Nothing was changed" in text_of(admin.post(reverse("emails:send_again", args=[sent.pk]), follow=True))
    sent.refresh_from_db()
    assert (sent.state, AuditEntry.objects.filter(verb="email.sent_again").exists()) == (OutboxState.DONE, False)


def test_all_failed_emails_of_a_filter_are_sent_again(admin, amina, baraka, write):
    for person in (amina, amina, baraka):
        failed(write, person)
    write(user=amina, state=OutboxState.DONE)
    button = f"{reverse('emails:send_all_again')}?to=amina"
    assert button in text_of(admin.get(INDEX, {"to": "amina"}))
    assert "2 failed emails will be sent again." in text_of(admin.get(button))
    admin.post(button)
    assert Email.objects.filter(state=OutboxState.PENDING, user=amina).count() == 2
    assert Email.objects.filter(state=OutboxState.FAILED, user=baraka).count() == 1
    assert AuditEntry.objects.get(verb="email.sent_again").ids == {"rows": 2}


def test_a_wrong_filter_sends_nothing_again(admin, amina, write):
    failed(write, amina)
    admin.post(f"{reverse('emails:send_all_again')}?kind=nothing")
    assert not Email.objects.unfinished().exists()
