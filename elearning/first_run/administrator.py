"""The first administrator: a person with every right, a verified address, and a password or a link that sets one."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.audit import trail
from accounts.audit.trail import Verb
from accounts.models import User
from accounts.scoping import ANYWHERE
from accounts.time_zones import usual_zone


def first_administrator() -> User | None:
    return User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()


def create(email: str, name: str, country: str, password: str | None = None, language: str = "en") -> User:
    """Create an administrator, who may sign in at once. Without a password they need the one-time link.

    Raises ValidationError.
    """
    country = country.strip().upper()
    user = User(
        email=User.objects.normalize_email(email.strip()).lower(),
        name=name,
        country=country,
        language=language,
        time_zone=usual_zone(country),
        is_superuser=True,
    )
    user.clean_fields(exclude={"password"})
    User.objects.check_administrator(user.email)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        trail.record(Verb.ROLE_GIVEN, None, user, role="administrator", country=ANYWHERE)
    return user
