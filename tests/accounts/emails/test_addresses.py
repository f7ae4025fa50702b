"""A person whose address emails do not reach: they are told, get no bulk emails, and can try again."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from accounts.emails import addresses
from accounts.emails.addresses import clear, mark
from accounts.emails.delivery import NOT_TRIED, deliver_email
from accounts.models import Email, Undeliverable, Urgency, User
from accounts.outbox import OutboxState
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOTICE = "do not arrive. Check the address."


@pytest.fixture
def signed_in(client, amina):
    factories.home()
    client.force_login(amina, backend="allauth.account.auth_backends.AuthenticationBackend")
    mark(amina.email, Undeliverable.REFUSED, "550 5.1.1 unknown")
    return client


def shows_notice(client, url_name: str = "learning") -> bool:
    return NOTICE in client.get(reverse(url_name)).content.decode()


@pytest.mark.parametrize("url_name", ["learning", "profile", "catalogue", "certificates:mine", "help"])
def test_every_page_says_that_emails_do_not_arrive(signed_in, url_name):
    page = signed_in.get(reverse(url_name)).content.decode()
    assert f"Emails to <bdi>amina@example.org</bdi> {NOTICE}" in " ".join(page.split())
    assert reverse("account_email") in page and reverse("try_email_again") in page


def test_the_notice_costs_no_query(signed_in, amina, django_assert_num_queries, django_assert_max_num_queries):
    signed_in.get(reverse("help"))
    with django_assert_max_num_queries(20) as with_notice:
        assert shows_notice(signed_in, "help")
    clear(amina.email)
    with django_assert_num_queries(len(with_notice)):
        assert not shows_notice(signed_in, "help")


def test_nobody_else_is_told(client, signed_in, baraka):
    client.logout()
    assert not shows_notice(client, "catalogue")
    client.force_login(baraka, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert not shows_notice(client)


def test_a_new_address_ends_the_notice(signed_in, amina):
    User.objects.filter(pk=amina.pk).update(email="new@example.org")
    EmailAddress.objects.filter(user=amina).update(email="new@example.org")
    assert not shows_notice(signed_in)


def test_bulk_emails_are_not_tried_and_others_are(signed_in, amina, write):
    bulk, urgent = write(user=amina, urgency=Urgency.BULK), write(user=amina)
    assert not deliver_email(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.last_error, mail.outbox) == (OutboxState.FAILED, NOT_TRIED, [])
    assert deliver_email(urgent.pk)


def test_trying_again_sends_what_failed_lately_and_no_old_links(signed_in, amina, baraka, write):
    failed = {"state": OutboxState.FAILED, "urgency": Urgency.BULK}
    again = write(user=amina, **failed)
    link = write(user=amina, state=OutboxState.FAILED)
    perhaps_arrived = write(user=amina, unconfirmed=2, **failed)
    others = [write(user=baraka, to=baraka.email, **failed), write(user=amina, to="old@example.org", **failed)]
    answer = signed_in.post(reverse("try_email_again"), follow=True)
    assert "We send emails to your address again, and 1 that did not arrive." in answer.content.decode()
    assert list(Email.objects.unfinished()) == [again]
    assert {email.state for email in Email.objects.exclude(pk=again.pk)} == {OutboxState.FAILED}
    assert {link, perhaps_arrived, *others} == set(Email.objects.exclude(pk=again.pk))
    assert not shows_notice(signed_in)


def test_trying_again_is_limited_and_does_nothing_without_a_mark(signed_in, amina, write):
    for _ in range(5):
        mark(amina.email, Undeliverable.REFUSED, "550")
        assert signed_in.post(reverse("try_email_again")).status_code == 302
    mark(amina.email, Undeliverable.REFUSED, "550")
    assert signed_in.post(reverse("try_email_again")).status_code == 429
    clear(amina.email)
    write(user=amina, state=OutboxState.FAILED, urgency=Urgency.BULK)
    assert signed_in.post(reverse("try_email_again")).status_code == 302
    assert not Email.objects.unfinished().exists()


def test_a_bounce_stays_noted_although_our_server_accepts_the_next_email(amina, write):
    mark(amina.email, Undeliverable.BOUNCED, "5.1.1")
    assert deliver_email(write(user=amina).pk)
    amina.refresh_from_db()
    assert amina.mail_fails
    assert addresses.try_again(amina) == 0
    amina.refresh_from_db()
    assert not amina.mail_fails


def test_only_an_address_of_a_person_is_marked_and_its_spelling_does_not_matter(amina):
    assert not mark("nobody@example.org", Undeliverable.REFUSED, "550")
    assert mark(" Amina@Example.org ", Undeliverable.REFUSED, "550")
    assert not mark(amina.email, Undeliverable.REFUSED, "a second time changes nothing")
    assert User.objects.get(pk=amina.pk).undeliverable_reason == "550"
