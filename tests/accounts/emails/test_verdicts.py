"""What each answer of a mail server does to an email and to its address: the table of decision 79."""

import smtplib
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.emails.delivery import MOST_UNCONFIRMED, deliver_email
from accounts.emails.verdicts import Fate, judge
from accounts.models import Email
from accounts.outbox import OutboxState
from tests.support.smtp_server import closed_port

pytestmark = pytest.mark.once

LATER, MAIL, ADDRESS = Fate.LATER, Fate.MAIL, Fate.ADDRESS
TABLE = [
    # the command, the server's answer, what it means
    ("RCPT", "550 5.1.1 no such user", ADDRESS),
    ("RCPT", "550 5.1.2 bad destination", ADDRESS),
    ("RCPT", "550 5.1.10 null MX", ADDRESS),
    ("RCPT", "550 #5.1.0 Address rejected", ADDRESS),
    ("RCPT", "550 no such user here", ADDRESS),
    ("RCPT", "551 user not local", ADDRESS),
    ("RCPT", "553 mailbox name not allowed", ADDRESS),
    ("RCPT", "550 5.1.8 bad address of the sender", LATER),
    ("RCPT", "550 5.7.1 relaying denied", LATER),
    ("RCPT", "550 relay not permitted", LATER),
    ("RCPT", "554 5.7.1 listed as spam", LATER),
    ("RCPT", "550 blocked, see our policy", LATER),
    ("RCPT", "552 5.2.2 mailbox full", LATER),
    ("RCPT", "552 mailbox full", LATER),
    ("RCPT", "503 wrong order", LATER),
    ("RCPT", "450 4.2.0 greylisted", LATER),
    ("RCPT", "451 4.1.1 user unknown for now", LATER),
    ("RCPT", "421 closing", LATER),
    ("MAIL", "550 5.1.7 bad sender", LATER),
    ("MAIL", "530 5.7.0 sign in first", LATER),
    ("MAIL", "451 4.3.0 busy", LATER),
    ("DATA", "554 5.7.1 policy", LATER),
    ("DATA", "451 4.3.0 busy", LATER),
    (".", "550 5.1.1 no such user after all", ADDRESS),
    (".", "552 5.3.4 too large", MAIL),
    (".", "554 5.6.0 malformed", MAIL),
    (".", "554 5.7.1 spam", LATER),
    (".", "550 spam", LATER),
    (".", "451 4.7.1 greylisted", LATER),
    (".", "421 4.3.2 shutting down", LATER),
    ("greeting", "554 no service", LATER),
    ("greeting", "421 too many connections", LATER),
    ("greeting", "", LATER),
    ("EHLO", "", LATER),
]


@pytest.mark.parametrize(("command", "answer", "fate"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_an_answer_of_the_server_means_what_the_table_says(server, amina, write, command, answer, fate):
    server.answers[command] = answer
    email = write(user=amina)
    assert not deliver_email(email.pk)
    email.refresh_from_db()
    amina.refresh_from_db()
    assert email.state == (OutboxState.PENDING if fate == LATER else OutboxState.FAILED)
    assert amina.mail_fails is (fate == ADDRESS)
    assert answer[:3] in email.last_error
    assert server.accepted == []


ERRORS = [
    (smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong password"), LATER),
    (smtplib.SMTPAuthenticationError(535, b"5.1.1 even so"), LATER),
    (smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."), LATER),
    (smtplib.SMTPNotSupportedError("SMTPUTF8 not supported by server"), ADDRESS),
    (smtplib.SMTPHeloError(550, b"5.1.1 unknown"), LATER),
    (ConnectionRefusedError(111, "refused"), LATER),
    (TimeoutError("timed out"), LATER),
    (OSError("no route"), LATER),
    (ValueError("a fault of ours"), LATER),
    (smtplib.SMTPDataError(-1, b""), LATER),
]


@pytest.mark.parametrize(("error", "fate"), ERRORS, ids=[f"{type(error).__name__} {error}" for error, _ in ERRORS])
def test_an_error_without_an_answer_about_the_recipient_never_marks_an_address(error, fate):
    assert judge(error).fate == fate


def test_a_server_that_is_away_costs_a_try(settings, amina, write, server):
    settings.EMAIL_PORT = closed_port()
    email = write(user=amina)
    assert not deliver_email(email.pk)
    email.refresh_from_db()
    assert (email.state, email.tries) == (OutboxState.PENDING, 1)
    assert timedelta(seconds=50) < email.due_at - timezone.now() <= timedelta(minutes=1)


@pytest.mark.parametrize("address", [f"a@{'x' * 64}.org", "a@ü..org", "ämina@example.org"])
def test_an_address_that_cannot_be_encoded_fails_at_once(server, amina, write, address):
    type(amina).objects.filter(pk=amina.pk).update(email=address)
    email = write(to=address, user=amina)
    assert not deliver_email(email.pk)
    email.refresh_from_db()
    amina.refresh_from_db()
    assert (email.state, amina.mail_fails) == (OutboxState.FAILED, True)
    assert (server.seen, amina.undeliverable_how) == ([], "unencodable")


def test_an_email_that_is_never_confirmed_is_given_up_after_the_second_time(server, write):
    server.answers["."] = ""  # the server may have taken it
    email = write()
    for tries in range(1, MOST_UNCONFIRMED + 1):
        assert not deliver_email(email.pk)
        email.refresh_from_db()
        assert email.unconfirmed == tries
        assert email.state == (OutboxState.PENDING if tries < MOST_UNCONFIRMED else OutboxState.FAILED)
        Email.objects.filter(pk=email.pk).update(due_at=timezone.now())
    assert not deliver_email(email.pk)
    assert [message_id for _when, message_id in server.seen] == [email.message_id] * 2


def test_the_whole_conversation_has_one_time_limit(server, settings, write):
    """Django's limit is for each answer. Here every answer comes in time, and all of them too late."""
    settings.EMAIL_TIMEOUT = 0.3
    server.answers |= dict.fromkeys(("EHLO", "MAIL", "RCPT"), lambda _to: time.sleep(0.12) or "250 ok")
    email = write()
    assert not deliver_email(email.pk)
    email.refresh_from_db()
    assert (email.state, email.unconfirmed, server.seen) == (OutboxState.PENDING, 0, [])


def test_a_server_that_answers_too_late_may_have_taken_the_email(server, settings, write):
    settings.EMAIL_TIMEOUT, server.seconds = 0.1, 0.2
    email = write()
    assert not deliver_email(email.pk)
    email.refresh_from_db()
    assert (email.state, email.unconfirmed) == (OutboxState.PENDING, 1)


def test_what_the_server_accepts_is_done_and_takes_back_that_it_refused(server, amina, write):
    server.answers["RCPT"] = "550 5.1.1 unknown"
    deliver_email(write(user=amina).pk)
    amina.refresh_from_db()
    assert amina.mail_fails
    del server.answers["RCPT"]
    assert deliver_email(write(user=amina).pk)
    amina.refresh_from_db()
    assert (amina.mail_fails, amina.undeliverable_since, len(server.accepted)) == (False, None, 1)
