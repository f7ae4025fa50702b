"""Deliver emails to the mail server. Only the worker calls this."""

from __future__ import annotations

import structlog
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.db.models import F
from django.utils.translation import gettext_noop

from accounts import fault_injection, outbox
from accounts.emails import addresses, unsubscribe
from accounts.emails.kinds import kind_of
from accounts.emails.verdicts import Fate, Unconfirmed, UnencodableAddress, judge
from accounts.models import Email, Undeliverable, Urgency
from accounts.site_settings import current_operator

log = structlog.get_logger(__name__)
MOST_UNCONFIRMED = 2  # an email arrives at most twice
NOT_TRIED = gettext_noop("Not tried: emails to this address do not arrive.")
NOT_WANTED = gettext_noop("Not sent: the person has switched off such emails.")
NEVER_CONFIRMED = gettext_noop("The mail server took this email twice and never confirmed it. It may have arrived.")


def deliver_email(pk: int) -> bool:
    """Deliver one email if it is due. Return whether it was sent now.

    A crash after the mail server accepts the email and before the row is done sends it again, at most once for each
    crash. The Message-ID stays the same, so mail programs can show it once.
    """
    return outbox.work(Email, pk, _deliver)


def _deliver(email: Email) -> bool:
    if email.urgency == Urgency.BULK and (reason := _no_longer_wanted(email)):
        Email.objects.this(email).fail(reason)
        return False
    try:
        _send(email)
    except Unconfirmed as error:
        return _count_unconfirmed(email, error)
    except Exception as error:
        return _judge(email, error)
    fault_injection.reach("email sent", email.pk)
    done = bool(Email.objects.this(email).finish())
    addresses.accepted(email)
    return done


def _no_longer_wanted(email: Email) -> str:
    """Why a bulk email is not sent, although it was written; "" if it is. It may have waited for long."""
    if kind_of(email.kind).optional and email.user and not email.user.course_emails:
        return NOT_WANTED
    return NOT_TRIED if addresses.is_undeliverable(email) else ""


def _send(email: Email) -> None:
    _check_address(email.to)
    message_of(email).send()


def message_of(email: Email) -> EmailMultiAlternatives:
    """The message as it is sent: Reply-To of the operator, and List-Unsubscribe if the person may switch it off."""
    contact = current_operator().contact
    headers = {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}
    if kind_of(email.kind).optional and email.user:
        headers["List-Unsubscribe"] = f"<{unsubscribe.url(email.user, email.language)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        email.subject, email.text, to=[email.to], headers=headers, reply_to=[contact] if contact else None
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    return message


def _check_address(address: str) -> None:
    """Raise UnencodableAddress unless the address can be written in an SMTP command."""
    try:
        address.rpartition("@")[0].encode("ascii")  # Django would encode it as if it were a name
        sanitize_address(address, "utf-8")
    except ValueError as error:  # UnicodeError is one
        raise UnencodableAddress(type(error).__name__) from error


def _judge(email: Email, error: Exception) -> bool:
    """Fail the email if no retry can help, and mark its address if that is the reason. Otherwise raises TryLater."""
    verdict = judge(error)
    if verdict.fate == Fate.LATER:
        if isinstance(error, OSError):  # as smtplib's errors are
            raise outbox.TryLater(verdict.reason) from error
        raise error  # ours: it is logged with its traceback
    log.warning("email_refused", email=email.pk, fate=verdict.fate.name, reason=verdict.reason)
    Email.objects.this(email).fail(verdict.reason)
    if verdict.fate == Fate.ADDRESS:
        how = Undeliverable.UNENCODABLE if isinstance(error, UnencodableAddress) else Undeliverable.REFUSED
        addresses.mark(email.to, how, verdict.reason)
    return False


def _count_unconfirmed(email: Email, error: Unconfirmed) -> bool:
    """The email may have arrived. Try it once more; if that is not confirmed either, it could arrive a third time."""
    Email.objects.this(email).update(unconfirmed=F("unconfirmed") + 1)
    if email.unconfirmed + 1 < MOST_UNCONFIRMED:
        raise outbox.TryLater(str(error)) from error
    log.warning("email_never_confirmed", email=email.pk)
    Email.objects.this(email).fail(NEVER_CONFIRMED)
    return False
