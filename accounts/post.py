"""Sending letters, from the worker only."""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts import failpoints
from accounts.models import Letter


def send(pk: int) -> bool:
    """Send one letter if it is owed; True when it went out now.

    A crash between the mail server's yes and our row sends it again, once more at the most a crash,
    with the same Message-ID, by which mail programs show it once.
    """
    if not Letter.objects.claim(pk):
        return False
    letter = Letter.objects.everybody("the queue").get(pk=pk)
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.to], headers={"Message-ID": letter.message_id}
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except Exception as error:  # whatever the mail server or its library does, the row must keep the reason
        Letter.objects.failed(pk, f"{type(error).__name__}: {error}")
        return False
    failpoints.reach("letter sent", pk)
    Letter.objects.this(letter).update(settled_at=timezone.now(), last_error="")
    return True
