"""Links with which somebody chooses a password, made outside a request of that person."""

from __future__ import annotations

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.languages import interface_language
from accounts.models import User


def one_time_link(user: User) -> str:
    """Return a link with which this person sets a password. It works once, for PASSWORD_RESET_TIMEOUT seconds."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return _address(user, "account_reset_password_from_key", uidb36=user_pk_to_url_str(user), key=key)


def forgotten_password_page(user: User) -> str:
    """Return the address of the page that sends such a link."""
    return _address(user, "account_reset_password")


def _address(user: User, name: str, **arguments: str) -> str:
    with translation.override(interface_language(user.language)):
        return settings.BASE_URL + reverse(name, kwargs=arguments)
