"""Sending letters, from the worker only."""

from django.core.mail import EmailMultiAlternatives

from accounts import failpoints, outbox
from accounts.models import Letter


def send(pk: int) -> bool:
    """Send one letter if it is due; True when it went out now.

    A crash between the mail server's yes and our row sends it again, once more at the most a crash,
    with the same Message-ID, by which mail programs show it once.
    """
    return outbox.work(Letter, pk, _send)


def _send(letter: Letter) -> bool:
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.to], headers={"Message-ID": letter.message_id}
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    message.send()
    failpoints.reach("letter sent", letter.pk)
    return bool(Letter.objects.this(letter).finish())
