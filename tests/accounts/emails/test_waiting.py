"""Back-off, and the one task that sends the emails that can wait: whose turn it is, how many a minute, when it stops."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.emails import kinds, outgoing, waiting
from accounts.emails.delivery import deliver_email
from accounts.models import Email, SendingLease, Urgency
from accounts.models.email import TRIED_FOR
from accounts.outbox import OutboxState
from elearning import tasks as elearning_tasks
from tests.elearning.test_languages import EMAIL_KINDS
from tests.support import factories
from tests.support.smtp_server import closed_port

MINUTES = [1, 5, 15, 60]


def addresses_sent_to() -> list[str]:
    return [message.to[0] for message in mail.outbox]


def test_an_email_is_tried_after_1_5_15_and_60_minutes_then_hourly_for_two_days(settings, write):
    settings.EMAIL_BACKEND = "accounts.emails.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port()
    email, tried = write(), []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while email.state == OutboxState.PENDING:
            clock.move_to(email.due_at - timedelta(seconds=1))
            assert not Email.objects.due().exists()
            clock.move_to(email.due_at + timedelta(seconds=1))
            tried.append(timezone.now())
            assert not deliver_email(email.pk)
            email.refresh_from_db()
    gaps = [round((later - earlier).total_seconds() / 60) for earlier, later in pairwise(tried)]
    assert gaps[:4] == MINUTES and set(gaps[4:]) == {60}
    assert timedelta(0) <= TRIED_FOR - (tried[-1] - tried[0]) < timedelta(hours=1)
    assert (email.state, "Refused" in email.last_error) == (OutboxState.FAILED, True)
    assert Email.objects.filter(pk=email.pk).requeue() == 1


def test_a_late_loser_does_not_delay_the_try_of_another_worker(write):
    email = write()
    assert Email.objects.claim(email.pk)
    loser = Email.objects.get(pk=email.pk)
    Email.objects.filter(pk=email.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert Email.objects.claim(email.pk)
    Email.objects.note_error(loser, "late")
    email.refresh_from_db()
    assert (email.state, email.last_error) == (OutboxState.CLAIMED, "")


def test_emails_about_one_person_go_before_bulk_and_urgent_ones_have_their_own_task(write):
    urgent = write(to="urgent@example.org")
    write(to="bulk@example.org", urgency=Urgency.BULK)
    write(to="one@example.org", urgency=Urgency.NORMAL)
    assert list(Email.objects.to_wake()) == [urgent]
    assert not waiting.send()
    assert addresses_sent_to() == ["one@example.org", "bulk@example.org"]


def test_the_sweep_wakes_urgent_emails_only(monkeypatch, write):
    woken = []
    monkeypatch.setattr("accounts.emails.tasks.deliver_email.delay", woken.append)
    urgent, _bulk, _normal = write(), write(urgency=Urgency.BULK), write(urgency=Urgency.NORMAL)
    elearning_tasks.sweep()
    assert woken == [urgent.pk]


def test_bulk_emails_leave_at_their_rate(settings, write):
    settings.EMAIL_BULK_PER_MINUTE = 60
    for _ in range(40):
        write(urgency=Urgency.BULK)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        counts = []
        for _ in range(5):
            waiting.send()
            counts.append(len(mail.outbox))
            clock.shift(5)
        clock.shift(3600)  # what nobody used in an hour is not made up for
        waiting.send()
        counts.append(len(mail.outbox))
    assert [later - earlier for earlier, later in pairwise([0, *counts])] == [1, 5, 5, 5, 5, 11]


def test_only_one_task_sends_what_waits_and_a_dead_one_loses_its_lease(write):
    write(urgency=Urgency.NORMAL)
    assert waiting._take() is not None  # and its process dies
    assert (waiting.send(), len(mail.outbox)) == (False, 0)
    SendingLease.objects.update(held_until=timezone.now())
    waiting.send()
    assert len(mail.outbox) == 1
    assert SendingLease.objects.get().held_until <= timezone.now()


def test_a_server_that_is_away_costs_some_emails_a_try_and_not_all_of_them(settings, write, server):
    settings.EMAIL_PORT = closed_port()
    for _ in range(15):
        write(urgency=Urgency.NORMAL)
    assert not waiting.send()
    assert Email.objects.filter(tries=1).count() == waiting.MOST_FAILURES
    assert SendingLease.objects.get().held_until <= timezone.now()


def test_refused_addresses_do_not_stop_the_others(server, write):
    server.answers["RCPT"] = lambda to: "550 5.1.1 unknown" if to.startswith("bad") else "250 ok"
    for number in range(8):
        write(to=f"{'bad' if number < 5 else 'good'}{number}@example.org", urgency=Urgency.NORMAL)
    waiting.send()
    assert [message["To"] for message in server.accepted] == [f"good{number}@example.org" for number in (5, 6, 7)]


def test_a_task_begins_no_email_after_its_window(monkeypatch, write):
    monkeypatch.setattr(waiting, "WINDOW", 0)
    write(urgency=Urgency.NORMAL)
    assert (waiting.send(), len(mail.outbox)) == (True, 0)


def test_every_kind_is_declared_and_only_a_bulk_email_can_be_switched_off():
    assert set(kinds.KINDS) == set(EMAIL_KINDS)
    optional = {name for name, kind in kinds.KINDS.items() if kind.optional}
    assert optional == {"release_required"}
    assert all(kinds.KINDS[name].urgency == Urgency.BULK for name in optional)


@pytest.mark.parametrize(
    ("base_url", "domain"),
    [
        ("https://learn.example.org", "learn.example.org"),
        ("http://[::1]:8000", "[::1]"),
        ("https://تعلم.example", "xn--pgb4a7ae.example"),
    ],
)
def test_a_message_id_has_the_domain_of_the_site_and_stays_the_same(settings, amina, base_url, domain):
    settings.BASE_URL = base_url
    factories.home()
    email = outgoing.send("unknown_account", amina.email, {"signup_url": "http://x"}, key="k", user=amina)
    assert email.message_id.endswith(f"@{domain}>")
    for _ in range(2):
        assert deliver_email(email.pk)
        Email.objects.filter(pk=email.pk).requeue()
    assert {message.extra_headers["Message-ID"] for message in mail.outbox} == {email.message_id}
