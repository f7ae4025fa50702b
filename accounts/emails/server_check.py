"""Send one email at once, past the outbox, to learn what the mail server says of it."""

from __future__ import annotations

import smtplib
import socket
import ssl

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from accounts.site_settings import current_operator


def check_server(to: str) -> str:
    """Send a test email. Return "" if the mail server has taken it, else what it said and what to check."""
    subject = _("Test of the emails of %(site)s") % {"site": current_operator().site_name}
    text = _("This email was sent from %(url)s to test the mail server. You need not do anything.")
    message = EmailMessage(subject, text % {"url": settings.BASE_URL}, to=[to])
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        return _without_password(f"{_advice(error)} ({_said(error)})")
    return ""


def _advice(error: Exception) -> str:
    """Say in plain words what went wrong, and which setting to check."""
    # The order counts: most of these are kinds of OSError.
    advice: list[tuple[type[Exception] | tuple[type[Exception], ...], str]] = [
        (smtplib.SMTPAuthenticationError, _("The mail server refuses the user name or the password. Check EMAIL_URL.")),
        (smtplib.SMTPSenderRefused, _("The mail server refuses the sender. Check DEFAULT_FROM_EMAIL.")),
        (smtplib.SMTPRecipientsRefused, _("The mail server refuses the recipient. Check the address.")),
        (smtplib.SMTPNotSupportedError, _("The mail server does not offer what EMAIL_URL asks for. Check the port.")),
        (smtplib.SMTPException, _("The mail server broke off. Check the port and the encryption in EMAIL_URL.")),
        (ssl.SSLError, _("The encryption failed. In EMAIL_URL, smtp+tls belongs to port 587, smtp+ssl to port 465.")),
        (socket.gaierror, _("The name of the mail server is not known. Check the host in EMAIL_URL.")),
        (TimeoutError, _("The mail server does not answer. Check host and port in EMAIL_URL, and the firewall.")),
    ]
    other = _("The mail server cannot be reached. Check host and port in EMAIL_URL.")
    return next((text for kinds, text in advice if isinstance(error, kinds)), other)


def _said(error: Exception) -> str:
    """What the server or the system said, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        error_texts = [f"{code} {_text(words)}" for code, words in error.recipients.values()]
        return "; ".join(error_texts)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return " ".join(str(error).split()) or type(error).__name__


def _text(words: bytes | str) -> str:
    return " ".join((words.decode(errors="replace") if isinstance(words, bytes) else words).split())


def _without_password(text: str) -> str:
    password = getattr(settings, "EMAIL_HOST_PASSWORD", "")
    return text.replace(password, "…") if password else text
