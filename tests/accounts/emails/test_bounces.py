"""Emails that come back: by the webhook and by a mailbox, from honest servers and from strangers."""

import imaplib
import json
import socketserver
import threading
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.emails import bounce_mailbox, dsn
from accounts.emails.bounces import WITHIN, Bounce, record
from accounts.models import Email
from accounts.outbox import OutboxState

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "/hooks/email-bounces/"
SECRET = "a long secret of the operator"
UNKNOWN = {"address": "amina@example.org", "status": "5.1.1", "reason": "smtp; 550 no such user"}


@pytest.fixture
def sent(amina, write) -> Email:
    """An email to Amina that our mail server took an hour ago."""
    return write(user=amina, state=OutboxState.DONE, done_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def report(client, settings):
    settings.EMAIL_BOUNCE_SECRET = SECRET

    def post(content, secret: str = SECRET):
        body = content if isinstance(content, bytes) else json.dumps(content)
        return client.post(URL, body, content_type="application/json", headers={"X-Bounce-Secret": secret})

    return post


def outcome(email: Email) -> tuple[str, bool]:
    """The state of the email, and whether its person is told that emails fail."""
    email = Email.objects.select_related("user").get(pk=email.pk)
    return email.state, email.user.mail_fails


UNCHANGED, FAILED, MARKED = ("done", False), ("failed", False), ("failed", True)


def test_a_bounce_fails_its_email_and_marks_the_address(report, sent):
    answer = report([UNKNOWN])
    assert (answer.status_code, answer.json(), outcome(sent)) == (200, {"counted": 1}, MARKED)
    sent.refresh_from_db()
    assert sent.last_error == "5.1.1 smtp; 550 no such user"
    assert report(UNKNOWN).json() == {"counted": 0}


@pytest.mark.parametrize(
    ("status", "expected"), [("5.1.1", MARKED), ("5.1.8", FAILED), ("5.2.2", FAILED), ("5.7.1", FAILED)]
)
def test_only_a_status_about_the_recipient_marks_the_address(report, sent, status, expected):
    report(UNKNOWN | {"status": status})
    assert outcome(sent) == expected


@pytest.mark.parametrize(
    "forged",
    [
        {"address": "baraka@example.org"},  # has an account, and we sent nothing
        {"address": "amina@example.org.evil.example"},
        {"address": "%"},
        {"message_id": "<other@example.org>"},
    ],
)
def test_a_bounce_of_what_we_never_sent_changes_nothing(report, sent, baraka, forged):
    assert report(UNKNOWN | forged).json() == {"counted": 0}
    baraka.refresh_from_db()
    assert (outcome(sent), baraka.mail_fails) == (UNCHANGED, False)


def test_a_bounce_counts_for_seven_days(sent):
    Email.objects.update(done_at=timezone.now() - WITHIN)
    assert not record(Bounce(**UNKNOWN))
    Email.objects.update(done_at=timezone.now() - WITHIN + timedelta(minutes=1))
    assert record(Bounce(**UNKNOWN))


def test_an_email_that_has_not_left_cannot_come_back(write, amina):
    email = write(user=amina)
    assert not record(Bounce(**UNKNOWN))
    assert Email.objects.get(pk=email.pk).state == OutboxState.PENDING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 60_000,
        b"7",
        b'["amina@example.org"]',
        json.dumps({}).encode(),
        json.dumps(UNKNOWN | {"address": ["amina@example.org"]}).encode(),
        json.dumps(UNKNOWN | {"address": "a\0b"}).encode(),
        json.dumps(UNKNOWN | {"address": "a" * 255}).encode(),
        json.dumps(UNKNOWN | {"status": "4.2.0"}).encode(),
        json.dumps(UNKNOWN | {"status": "5.1.1; DROP"}).encode(),
        json.dumps([UNKNOWN] * 101).encode(),
        json.dumps([UNKNOWN, {"address": 1}]).encode(),
    ],
)
def test_a_malformed_report_is_refused_as_a_whole(report, sent, body):
    assert (report(body).status_code, outcome(sent)) == (400, UNCHANGED)


def test_a_large_report_is_not_read(report, sent):
    assert (report(b" " * 70_000).status_code, outcome(sent)) == (413, UNCHANGED)


def test_without_a_secret_there_is_no_webhook(client, sent):
    assert client.post(URL, UNKNOWN, content_type="application/json").status_code == 404
    assert (
        client.post(URL, UNKNOWN, content_type="application/json", headers={"X-Bounce-Secret": ""}).status_code == 404
    )


@pytest.mark.parametrize("secret", ["", "a", SECRET[:-1], SECRET + "x", "ü"])
def test_a_wrong_secret_changes_nothing(report, sent, secret):
    assert (report(UNKNOWN, secret).status_code, outcome(sent)) == (403, UNCHANGED)


def test_guessing_the_secret_is_limited_and_right_calls_are_not(report, sent):
    assert {report([]).status_code for _ in range(40)} == {200}
    assert {report(UNKNOWN, "wrong").status_code for _ in range(30)} == {403}
    assert report(UNKNOWN, "wrong").status_code == 429


def test_the_webhook_takes_post_only(client, settings):
    settings.EMAIL_BOUNCE_SECRET = SECRET
    assert client.get(reverse("email_bounces"), headers={"X-Bounce-Secret": SECRET}).status_code == 405


# Notifications in a mailbox -------------------------------------------------------------------------------
def notification(
    message_id: str = "", recipient: str = "rfc822; amina@example.org", action: str = "failed", status: str = "5.1.1"
) -> bytes:
    returned = f"Message-ID: {message_id}\nSubject: S\n\nT\n" if message_id else "Subject: S\n\nT\n"
    return f"""From: MAILER-DAEMON@mx.example.org
To: bounces@example.org
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

{returned}
--b--
""".encode()


def record_notification(raw: bytes) -> list[bool]:
    return [record(bounce) for bounce in dsn.read(raw)]


def test_a_notification_names_the_recipient_the_status_and_our_email(sent):
    (bounce,) = dsn.read(notification(sent.message_id))
    assert bounce == Bounce("amina@example.org", "5.1.1", "smtp; 550 5.1.1 no such user", sent.message_id)
    assert (record(bounce), outcome(sent)) == (True, MARKED)


def test_a_notification_without_our_email_is_matched_by_its_recipient(sent):
    assert record_notification(notification()) == [True]


FORGED = {
    "another email": notification("<forged@example.org>"),
    "delayed": notification(action="delayed", status="4.4.1"),
    "delivered": notification(action="delivered", status="2.0.0"),
    "failed for now": notification(status="4.2.2"),
    "no address": notification(recipient="rfc822;"),
    "another kind of address": notification(recipient="x400; amina@example.org"),
    "a long address": notification(recipient=f"rfc822; {'a' * 300}@example.org"),
    "an address with a NUL": notification(recipient="rfc822; amina\0x@example.org"),
    "no report": notification().replace(b"multipart/report", b"multipart/mixed"),
    "no boundary": notification().replace(b'boundary="b"', b""),
    "an unknown charset": notification().replace(b"message/delivery-status", b"text/plain; charset=x"),
    "half": notification()[:300],
    "empty": b"",
    "noise": bytes(range(256)) * 40,
    "nested": b'Content-Type: multipart/report; boundary="b"\n\n'
    + b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n' * 2000,
    "many headers": b"X: y\n" * 60_000 + notification(),
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
def test_a_forged_or_malformed_notification_changes_nothing(sent, raw):
    assert not any(record_notification(raw))
    assert outcome(sent) == UNCHANGED


def test_a_notification_of_many_recipients_is_read_in_part(sent):
    block = b"\nFinal-Recipient: rfc822; x@example.org\nAction: failed\nStatus: 5.1.1\n"
    raw = notification().replace(
        b"\n--b\nContent-Type: message/rfc822", block * 500 + b"\n--b\nContent-Type: message/rfc822"
    )
    assert len(dsn.read(raw)) == dsn.MOST_RECIPIENTS


class Mailbox(socketserver.ThreadingTCPServer):
    """An IMAP server with these messages."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, messages: list[bytes], password: str = "pass word"):
        self.messages, self.unseen, self.password = messages, list(range(1, len(messages) + 1)), password
        super().__init__(("127.0.0.1", 0), ImapHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ImapHandler(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.wfile.write(b"* OK here\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, command, *arguments = line.split(" ", 3)
            method = getattr(self, command.lower(), lambda _: b"")
            answer = method(arguments)
            ok = b"NO" if answer is None else b"OK"
            self.wfile.write((answer or b"") + tag.encode() + b" " + ok + b" done\r\n")
            if command == "LOGOUT":
                return

    def capability(self, _arguments) -> bytes:
        return b"* CAPABILITY IMAP4rev1\r\n"

    def login(self, arguments) -> bytes | None:
        return b"" if f'"{self.server.password}"' in " ".join(arguments) else None

    def select(self, _arguments) -> bytes:
        return b"* %d EXISTS\r\n" % len(self.server.messages)

    def uid(self, arguments) -> bytes:
        if arguments[0] == "SEARCH":
            return b"* SEARCH " + " ".join(map(str, self.server.unseen)).encode() + b"\r\n"
        number = int(arguments[1].split()[0])
        if arguments[0] == "STORE":
            self.server.unseen.remove(number)
            return b""
        raw = self.server.messages[number - 1]
        return b"* %d FETCH (BODY[]<0> {%d}\r\n%b)\r\n" % (number, len(raw), raw)


@pytest.fixture
def mailbox(settings):
    opened = []

    def open_mailbox(*messages: bytes, password: str = "pass%20word") -> Mailbox:
        server = Mailbox(list(messages))
        opened.append(server)
        settings.EMAIL_BOUNCE_IMAP_URL = f"imap://us%40er:{password}@127.0.0.1:{server.server_address[1]}/Bounces"
        return server

    yield open_mailbox
    for server in opened:
        server.shutdown()
        server.server_close()


def test_the_mailbox_is_read_once_and_nothing_in_it_stops_the_reader(mailbox, sent):
    server = mailbox(*FORGED.values(), notification(sent.message_id), b"Subject: Hello\n\nA letter.")
    assert (bounce_mailbox.read(), outcome(sent)) == (1, MARKED)
    assert server.unseen == []
    assert bounce_mailbox.read() == 0


def test_a_mailbox_that_refuses_or_is_away_changes_nothing(mailbox, settings, sent):
    server = mailbox(notification(sent.message_id), password="wrong")
    assert (bounce_mailbox.read(), server.unseen) == (0, [1])
    settings.EMAIL_BOUNCE_IMAP_URL = "imap://u:p@127.0.0.1:1/INBOX"
    assert bounce_mailbox.read() == 0
    settings.EMAIL_BOUNCE_IMAP_URL = ""
    assert bounce_mailbox.read() == 0
    assert outcome(sent) == UNCHANGED


def test_the_certificate_of_the_mail_server_is_checked(monkeypatch):
    asked = {}
    monkeypatch.setattr(imaplib, "IMAP4_SSL", lambda *args, **options: asked.update(options))
    bounce_mailbox._connection("imaps", "mail.example.org", None)
    assert asked["ssl_context"].check_hostname and asked["timeout"] == bounce_mailbox.TIMEOUT
