"""allauth's account adapter: its emails become Email rows, and its links use BASE_URL, never the Host header."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.utils.crypto import get_random_string
from django.utils.http import urlencode

from accounts import changes
from accounts.authentication import reauthentication
from accounts.emails import outgoing
from accounts.models import AccountChange, User
from accounts.ratelimit import limits


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Write an Email row in the current transaction, from templates/emails/<kind>.*, not allauth's templates."""
        kind = template_prefix.rsplit("/", 1)[-1]
        user = context.get("user")
        if user is None or user.pk is None:
            address = EmailAddress.objects.filter(email__iexact=email).select_related("user").first()
            user = address.user if address else None
        link_names = ("activate_url", "password_reset_url", "signup_url")
        links = {name: on_our_host(context[name]) for name in link_names if name in context}
        outgoing.send(kind, email, links, key=f"{kind}:{get_random_string(24)}", user=user)

    def pre_authenticate(self, request, **credentials) -> None:
        """Count a password attempt before it is checked, at sign-in and when the password is confirmed again."""
        self._attempts = limits.count_password_attempt(request, credentials.get("email", ""))

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user:
            limits.clear_password_attempts(request, credentials.get("email", ""), self._attempts)
        return user

    def reauthenticate(self, user, password) -> bool:
        """Confirm the password. Success rotates the session key, so a stolen key does not inherit the extra rights."""
        confirmed = super().reauthenticate(user, password)
        if confirmed:
            context.request.session.cycle_key()
        return confirmed

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Never: whoever still has to confirm something is led there. allauth would take a code for a password."""
        reauthentication.require(context.request)
        return False

    def set_password(self, user: User, password: str) -> None:
        """Change or reset the password, and tell the person. An address that waits to be confirmed is dropped.

        Somebody else may have added it.
        """
        with changes.recorded(user, AccountChange.Kind.PASSWORD):
            super().set_password(user, password)
            EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).delete()

    def confirm_email(self, request, email_address: EmailAddress) -> bool:
        with changes.recorded(email_address.user, AccountChange.Kind.ADDRESS):
            return super().confirm_email(request, email_address)

    def send_confirmation_mail(self, request, emailconfirmation, signup) -> None:
        if limits.may_send_confirmation(emailconfirmation.email_address.email):
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Send it as often as a confirmation: a known address gets neither more emails than a new one nor more work."""
        if limits.may_send_confirmation(email):
            super().send_account_already_exists_mail(email)

    def get_email_confirmation_url(self, request, emailconfirmation) -> str:
        """The link, with the way back to where the person came from: another device has no session that knows it.

        allauth follows `next` after the confirmation, if it leads to this site. The sign-in page is between, because
        confirming on another device signs nobody in.
        """
        return on_our_host(_with_way_back(super().get_email_confirmation_url(request, emailconfirmation), request))

    def get_reset_password_from_key_url(self, key: str) -> str:
        return on_our_host(_with_way_back(super().get_reset_password_from_key_url(key), context.request))


def _with_way_back(url: str, request) -> str:
    next_url = get_next_redirect_url(request)
    return f"{url}?{urlencode({REDIRECT_FIELD_NAME: redirect_to_login(next_url).url})}" if next_url else url


def on_our_host(url: str) -> str:
    """Return the URL on the host of BASE_URL, whatever Host header the request had."""
    parts = urlsplit(url)
    return settings.BASE_URL + urlunsplit(("", "", parts.path, parts.query, ""))
