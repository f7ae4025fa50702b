"""Every mail is a Letter row, written with its cause; accounts.post sends it from a task of its own."""

from __future__ import annotations

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.crypto import get_random_string

from accounts import tasks
from accounts.models import Letter, Operator, User
from accounts.sites import current_operator


def write(kind: str, to: str, context: dict, *, key: str, user: User | None = None, language: str = "") -> Letter:
    """The letter of this key, written now from templates/emails/<kind>.* unless it is there already.

    Call it in the transaction of its cause; the worker is woken after the commit.
    """
    post = Letter.objects.everybody("one letter a cause")
    existing = post.filter(dedupe_key=key).first()
    if existing:
        return existing
    language = language or (user.language if user else translation.get_language() or settings.LANGUAGE_CODE)
    with translation.override(language):
        operator: Operator = current_operator()
        full = {"operator": operator, "base_url": settings.BASE_URL, "person": user, "language": language, **context}
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", full).split())
        text = render_to_string(f"emails/{kind}.txt", full)
        html = render_to_string(f"emails/{kind}.html", full)
    letter, created = post.get_or_create(
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
        tasks.send_letter.delay_on_commit(letter.pk)
    return letter
