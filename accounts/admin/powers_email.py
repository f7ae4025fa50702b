"""Tell the administrators that somebody was given powers, so that one who did not do it can take them back."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import get_random_string

from accounts.emails import outgoing
from accounts.languages import interface_language
from accounts.models import User


def tell_administrators(person: User, what: Callable[[], str]) -> None:
    """Email every administrator but the new one, in the transaction of the grant. The email names nobody: it has links.

    `what` says which powers, in the language of the moment.
    Whoever gave the powers is told too: it may have been somebody else in their session.
    """
    key = get_random_string(24)
    for administrator in User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk):
        with translation.override(interface_language(administrator.language)):
            context = {
                "what": what(),
                "person_url": settings.BASE_URL + reverse("wagtailusers_users:edit", args=[person.pk]),
                "trail_url": settings.BASE_URL + reverse("audit_trail"),
            }
        outgoing.send(
            "powers_given", administrator.email, context, key=f"powers:{key}:{administrator.pk}", user=administrator
        )
