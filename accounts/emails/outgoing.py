"""Write emails as Email rows, in the transaction of the change that causes them. The worker delivers them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import get_random_string

from accounts.emails import tasks, unsubscribe
from accounts.emails.kinds import kind_of
from accounts.languages import interface_language
from accounts.models import Email, Operator, Urgency, User
from accounts.site_settings import current_operator


def send(kind: str, to: str, context: dict, *, key: str, user: User | None = None, language: str = "") -> Email | None:
    """Write the email of this key from templates/emails/<kind>.* unless it exists. Return it.

    Return None without `to`, and if the person has switched off such emails. Call it in the transaction of the email's
    cause. A new email wakes the worker after the commit, unless it is one of many.
    """
    declared = kind_of(kind)
    if not to or (declared.optional and user and not user.course_emails):
        return None
    emails = Email.objects.everybody("one email for each cause")
    existing = emails.filter(dedupe_key=key).first()
    if existing:
        return existing
    language = interface_language(language or (user.language if user else translation.get_language() or ""))
    zone = user.zone if user else timezone.get_current_timezone()  # not that of the person whose request this is
    with translation.override(language), timezone.override(zone):
        operator: Operator = current_operator()
        full = {"operator": operator, "base_url": settings.BASE_URL, "person": user, "language": language, **context}
        if declared.optional and user:
            full["unsubscribe_url"] = unsubscribe.url(user, language)
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", full).split())
        text = render_to_string(f"emails/{kind}.txt", full)
        html = render_to_string(f"emails/{kind}.html", full)
    email, created = emails.get_or_create(
        dedupe_key=key,
        defaults={
            "message_id": f"<{get_random_string(32)}@{mail_domain()}>",
            "to": to,
            "user": user,
            "kind": kind,
            "urgency": declared.urgency,
            "language": language,
            "subject": subject[:300],
            "text": text,
            "html": html,
        },
    )
    if created and declared.urgency == Urgency.URGENT:
        tasks.deliver_email.delay_on_commit(email.pk)
    elif created and declared.urgency == Urgency.NORMAL:
        tasks.send_waiting.delay_on_commit()
    return email


def mail_domain() -> str:
    """The host of the site as it stands in a Message-ID."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
