"""Write emails as Email rows, in the transaction of the change that causes them. The worker delivers them."""

from __future__ import annotations

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import get_random_string

from accounts.emails import tasks
from accounts.languages import interface_language
from accounts.models import Email, Operator, User
from accounts.site_settings import current_operator


def send(kind: str, to: str, context: dict, *, key: str, user: User | None = None, language: str = "") -> Email | None:
    """Write the email of this key from templates/emails/<kind>.* unless it exists. Return it; None without `to`.

    Call it in the transaction of the email's cause. A new email wakes the worker after the commit.
    """
    if not to:
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
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", full).split())
        text = render_to_string(f"emails/{kind}.txt", full)
        html = render_to_string(f"emails/{kind}.html", full)
    email, created = emails.get_or_create(
        dedupe_key=key,
        defaults={
            "message_id": f"<{get_random_string(32)}@{DNS_NAME.get_fqdn()}>",
            "to": to,
            "user": user,
            "kind": kind,
            "language": language,
            "subject": subject[:300],
            "text": text,
            "html": html,
        },
    )
    if created:
        tasks.deliver_email.delay_on_commit(email.pk)
    return email
