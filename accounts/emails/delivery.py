"""Deliver emails to the mail server. Only the worker calls this."""

from django.core.mail import EmailMultiAlternatives

from accounts import fault_injection, outbox
from accounts.models import Email


def deliver_email(pk: int) -> bool:
    """Deliver one email if it is due. Return whether it was sent now.

    A crash after the mail server accepts the email and before the row is done sends it again, at most once for each
    crash. The Message-ID stays the same, so mail programs can show it once.
    """
    return outbox.work(Email, pk, _deliver)


def _deliver(email: Email) -> bool:
    message = EmailMultiAlternatives(email.subject, email.text, to=[email.to], headers={"Message-ID": email.message_id})
    if email.html:
        message.attach_alternative(email.html, "text/html")
    message.send()
    fault_injection.reach("email sent", email.pk)
    return bool(Email.objects.this(email).finish())
