"""Delete data after its retention time, as the page "What we keep about you" states."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Email

EMAILS_KEPT = timedelta(days=90)


def tidy() -> None:
    """Delete expired sessions, and emails that were sent more than EMAILS_KEPT ago."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    Email.objects.everybody("expired emails").filter(done_at__lt=now - EMAILS_KEPT).delete()
