"""Deliver emails to the mail server; called by the worker only."""

from django.core.mail import EmailMultiAlternatives

from accounts import fault_injection, outbox
from accounts.models import Email


def deliver_email(pk: int) -> bool:
    """Deliver one email if it is due; True when it went out now.

    A crash between the mail server's yes and our row sends it again, at most once more for each crash,
    with the same Message-ID, by which mail programs show it once.
    """
    return outbox.work(Email, pk, _deliver)


def _deliver(email: Email) -> bool:
    message = EmailMultiAlternatives(email.subject, email.text, to=[email.to], headers={"Message-ID": email.message_id})
    if email.html:
        message.attach_alternative(email.html, "text/html")
    message.send()
    fault_injection.reach("email sent", email.pk)
    return bool(Email.objects.this(email).finish())
