"""Django's SMTP backend with one time limit for the whole conversation with the server.

Django's EMAIL_TIMEOUT holds for each reply, and a conversation has about ten. A task that takes longer than its lease
would send the email a second time.
"""

from __future__ import annotations

import smtplib
import time
from typing import Any

from django.core.mail.backends import smtp

from accounts.emails.verdicts import Unconfirmed


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return TimedSMTPOverTLS if self.use_ssl else TimedSMTP


class TimedSMTP(smtplib.SMTP):
    """An SMTP connection that ends `timeout` seconds after it began. Raises Unconfirmed once the email was handed over."""

    def __init__(self, *args: Any, timeout: float, **kwargs: Any):
        self._deadline = time.monotonic() + timeout
        self._body_is_sent = False
        super().__init__(*args, timeout=timeout, **kwargs)  # type: ignore[misc]  # Django passes names only

    def send(self, s: Any) -> None:
        super().send(s)
        self._body_is_sent = isinstance(s, bytes)  # smtplib sends commands as text

    def getreply(self) -> tuple[int, bytes]:
        try:
            self._limit_time()
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self._body_is_sent:
                raise Unconfirmed("the server took the email and did not answer") from error
            raise

    def _limit_time(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            self.close()
            raise smtplib.SMTPServerDisconnected("the mail server is too slow")
        if self.sock:
            self.sock.settimeout(left)


class TimedSMTPOverTLS(TimedSMTP, smtplib.SMTP_SSL):
    """The same over TLS from the beginning."""
