"""Read the mailbox that bounces come back to, if EMAIL_BOUNCE_IMAP_URL names one. The beat calls it."""

from __future__ import annotations

import imaplib
import ssl
import time
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings

from accounts.emails import bounces, dsn

log = structlog.get_logger(__name__)
MOST_MESSAGES = 50  # in one run
TIMEOUT = 5  # seconds for each answer of the server
TIME = 10  # seconds in which a run begins to read a message


def read() -> int:
    """Record the bounces among the unread messages, and mark all of them as read. Return how many bounces counted.

    Nothing is deleted. A message that was read before a crash is read again, which changes nothing.
    """
    if not settings.EMAIL_BOUNCE_IMAP_URL:
        return 0
    try:
        return _read(settings.EMAIL_BOUNCE_IMAP_URL)
    except (imaplib.IMAP4.error, OSError) as error:
        log.warning("bounce_mailbox_failed", error=f"{type(error).__name__}: {error}")
        return 0


def _read(url: str) -> int:
    parts = urlsplit(url)
    with _connection(parts.scheme, parts.hostname or "", parts.port) as mailbox:
        mailbox.login(unquote(parts.username or ""), unquote(parts.password or ""))
        status, _data = mailbox.select(unquote(parts.path.strip("/")) or "INBOX")
        return _read_messages(mailbox) if status == "OK" else 0


def _connection(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    """Connect over TLS, whose certificate is checked; without it for imap://, which is for a server on this machine."""
    if scheme == "imaps":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(host, port or 993, ssl_context=context, timeout=TIMEOUT)
    return imaplib.IMAP4(host, port or 143, timeout=TIMEOUT)


def _read_messages(mailbox: imaplib.IMAP4) -> int:
    status, data = mailbox.uid("SEARCH", "UNSEEN")
    numbers = data[0].split()[:MOST_MESSAGES] if status == "OK" and data and data[0] else []
    until, counted = time.monotonic() + TIME, 0
    for number in numbers:
        if time.monotonic() >= until:
            break
        _status, content = mailbox.uid("FETCH", number, f"(BODY.PEEK[]<0.{dsn.LARGEST}>)")
        for item in content:
            if isinstance(item, tuple):
                counted += bounces.record_all(dsn.read(item[1]))
        mailbox.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
    return counted
