"""A mail server, and emails of each urgency."""

import itertools

import pytest

from accounts.emails import tasks
from accounts.models import Email, Urgency
from tests.support.smtp_server import SmtpServer

numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    for task in (tasks.deliver_email, tasks.send_waiting):
        monkeypatch.setattr(task, "apply_async", lambda *args, **kwargs: None)


@pytest.fixture
def server(settings):
    smtp = SmtpServer().use(settings)
    yield smtp
    smtp.stop()


@pytest.fixture
def write(db):
    """Write an email, without its templates."""

    def write(to: str = "amina@example.org", urgency=Urgency.URGENT, kind: str = "marked", **fields) -> Email:
        number = next(numbers)
        identity = {"dedupe_key": f"key {number}", "message_id": f"<{number}@example.org>", "language": "en"}
        return Email.objects.create(
            **identity, **{"to": to, "urgency": urgency, "kind": kind, "subject": "S", "text": "T", **fields}
        )

    return write
